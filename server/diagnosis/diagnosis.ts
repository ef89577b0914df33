import type { DiagnosisProgress, DiagnosisReport, DiagnosisRequest } from '../protocol/diagnosis.ts';

/** Diagnoses folders; the one entry to this noun for every edge. */
export interface Diagnosis {
  /**
   * Finds what is broken in a folder and why. Reads only: nothing in the folder is executed or changed.
   * @throws TektraError workspace.unreadable, target.unknown, request.cancelled
   */
  run(
    request: DiagnosisRequest,
    options: { signal: AbortSignal; onProgress?: (progress: DiagnosisProgress) => void },
  ): Promise<DiagnosisReport>;
  /** The last report of a folder, if there is one. */
  last(workspace: string): DiagnosisReport | undefined;
}
