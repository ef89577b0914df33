import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { DiagnosisReport } from '../../server/protocol/diagnosis.ts';
import { evidenceLocation } from '../../server/protocol/evidenceSource.ts';

/** Every form in which a secret must not leave: as written, in JSON, percent-encoded and base64. */
function formsOf(secret: string): string[] {
  const encoded = encodeURIComponent(secret);
  const base64 = Buffer.from(secret).toString('base64');
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encoded,
    encoded.toLowerCase(),
    base64,
    base64.replace(/=+$/, ''),
  ];
}

/** Every `path:line` of a report resolves, and no secret is in it. */
export function expectOpenAndClean(report: DiagnosisReport, secrets: readonly string[] = []): void {
  const text = JSON.stringify(report);
  for (const secret of secrets)
    for (const form of formsOf(secret)) expect(text.includes(form), `the report holds ${form}`).toBe(false);
  const entries = [...report.findings, ...report.ruledOut];
  for (const evidence of entries.flatMap((entry) => entry.evidence)) {
    const location = evidenceLocation(evidence);
    if (!location) continue;
    const lines = readFileSync(path.join(report.workspace, location.path), 'utf8').split('\n');
    expect(location.line, evidence.source).toBeLessThanOrEqual(lines.length);
  }
}

/**
 * What must hold of every report: its `path:line` sources resolve, its ids are right, each finding but the roots named is
 * explained by another, and no secret is in it.
 */
export function expectSound(
  report: DiagnosisReport,
  options: { roots: readonly string[]; secrets?: readonly string[] },
): void {
  expectOpenAndClean(report, options.secrets);
  const explained = new Set(report.findings.flatMap((finding) => finding.explains));
  const roots = report.findings.filter((finding) => !explained.has(finding.id));
  expect(
    roots.map((finding) => `${finding.cause} ${finding.target}`),
    JSON.stringify(report.findings, null, 1),
  ).toEqual(options.roots);
  expect(report.status).toBe(
    report.findings.length === 0
      ? 'pass'
      : report.findings.some((each) => each.confidence === 'proved')
        ? 'fail'
        : 'warn',
  );
}

/** `cause target` of everything that a report rules out. */
export function ruledOutIn(report: DiagnosisReport): string[] {
  return report.ruledOut.map((entry) => `${entry.cause} ${entry.target}`);
}
