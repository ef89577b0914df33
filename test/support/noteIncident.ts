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
  /** Causes of findings that offer a fix. */
  offered: string[];
}

/** A fix that a test applied for real. */
export interface FixRow {
  cause: string;
  fixed: 'verified' | 'undone';
}

/** Writes the diagnosis down, as one line of JSON, in the file that `TEKTRA_INCIDENT_ROWS` names. */
export function noteIncident(report: DiagnosisReport): void {
  const { testPath = '', currentTestName = '' } = expect.getState();
  const root = report.findings[0];
  const row: IncidentRow = {
    file: testPath,
    test: currentTestName,
    cause: root?.cause,
    target: root?.target,
    findings: report.findings.length,
    durationMs: report.durationMs,
    offered: report.findings
      .filter(({ fixes }) => fixes.some(({ changes }) => changes.length > 0))
      .map(({ cause }) => cause),
  };
  note(row);
}

/** Writes down that a fix was applied and the cause gone, or that it was taken back and the former bytes were there. */
export function noteFix(row: FixRow): void {
  note(row);
}

function note(row: IncidentRow | FixRow): void {
  const rows = process.env.TEKTRA_INCIDENT_ROWS;
  if (rows !== undefined && rows !== '') appendFileSync(rows, `${JSON.stringify(row)}\n`);
}
