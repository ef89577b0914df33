import type { DiagnosisReport } from '../protocol/diagnosis.ts';

/** Where reports outlive the process. */
export interface ReportStore {
  save(report: DiagnosisReport): void;
  last(workspace: string): DiagnosisReport | undefined;
}
