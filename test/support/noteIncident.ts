import { appendFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { DiagnosisReport } from '../../server/protocol/diagnosis.ts';

/** One diagnosis of a test, as `npm run incidents` prints it. */
export interface IncidentRow {
  /** Absolute path of the test file. */
  file: string;
  /** Names of the suites and the test, joined by ` > `. */
  test: string;
  /** What was found first; undefined when nothing was. */
  cause: string | undefined;
  target: string | undefined;
  findings: number;
  durationMs: number;
}

/** Writes the diagnosis down, as one line of JSON, in the file that `TEKTRA_INCIDENT_ROWS` names. */
export function noteIncident(report: DiagnosisReport): void {
  const rows = process.env.TEKTRA_INCIDENT_ROWS;
  if (rows === undefined || rows === '') return;
  const { testPath = '', currentTestName = '' } = expect.getState();
  const root = report.findings[0];
  const row: IncidentRow = {
    file: testPath,
    test: currentTestName,
    cause: root?.cause,
    target: root?.target,
    findings: report.findings.length,
    durationMs: report.durationMs,
  };
  appendFileSync(rows, `${JSON.stringify(row)}\n`);
}
