import { expect } from 'vitest';
import type { DiagnosisReport, Finding } from '../../server/protocol/diagnosis.ts';
import { expectOpenAndClean } from './soundReport.ts';

export interface ExpectedRoot {
  /** Acceptable causes of the root. */
  cause: string | readonly string[];
  target?: string;
  /** Each must occur in the root's summary or evidence. */
  mentions?: readonly (string | RegExp)[];
  /** May occur nowhere in the report. */
  secrets?: readonly string[];
  confidence?: Finding['confidence'];
}

/** The root is as expected, explains every other finding, and every `path:line` of the report resolves. */
export function expectRoot(report: DiagnosisReport, expected: ExpectedRoot): Finding {
  const told = report.findings.map(({ cause, target, summary }) => `${cause} ${target}: ${summary}`).join('\n');
  const root = report.findings[0];
  if (!root)
    throw new Error(
      `no finding; unknown: ${JSON.stringify(report.unknown)}; ruled out: ${JSON.stringify(report.ruledOut)}`,
    );
  expect([expected.cause].flat(), told).toContain(root.cause);
  if (expected.target !== undefined) expect(root.target, told).toBe(expected.target);
  if (expected.confidence !== undefined) expect(root.confidence, told).toBe(expected.confidence);
  const said = [root.summary, ...root.evidence.map(({ source, text }) => `${source} ${text}`)].join('\n');
  for (const mention of expected.mentions ?? []) {
    if (typeof mention === 'string') expect(said).toContain(mention);
    else expect(said).toMatch(mention);
  }
  const explained = new Set([root.id]);
  for (let size = 0; size !== explained.size; ) {
    size = explained.size;
    for (const { id, explains } of report.findings)
      if (explained.has(id)) for (const other of explains) explained.add(other);
  }
  const extra = report.findings
    .filter(({ id }) => !explained.has(id))
    .map(({ cause, summary }) => `${cause}: ${summary}`);
  expect(extra, `not explained by the root ${root.summary}`).toEqual([]);
  expectOpenAndClean(report, expected.secrets);
  return root;
}

/** No finding at all, and a sound report. */
export function expectSilence(report: DiagnosisReport, secrets?: readonly string[]): void {
  expect(report.findings.map(({ cause, summary }) => `${cause}: ${summary}`)).toEqual([]);
  expect(report.status).toBe('pass');
  expectOpenAndClean(report, secrets);
}
