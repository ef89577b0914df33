import { type DiagnosisReport, type Finding, type SuppressedFinding, statusOf } from '../protocol/diagnosis.ts';
import type { Suppression } from '../protocol/suppression.ts';
import { fingerprintOf } from './fingerprint.ts';

/**
 * The report with its suppressed findings apart. What follows from suppressed findings alone is held back with them, and listed;
 * what has another explanation, or none, is told.
 */
export function holdBack(report: DiagnosisReport, active: readonly Suppression[]): DiagnosisReport {
  const byFingerprint = new Map(active.map((suppression) => [suppression.fingerprint, suppression]));
  const held = new Map<string, Suppression>();
  for (const finding of report.findings) {
    const own = byFingerprint.get(finding.fingerprint ?? fingerprintOf(finding));
    if (own) held.set(finding.id, own);
  }
  if (held.size === 0) return report;
  for (let size = -1; size !== held.size; ) {
    size = held.size;
    for (const { id } of report.findings) {
      const explainers = report.findings.filter(({ explains }) => explains.includes(id));
      const [first] = explainers;
      const reason = first && held.get(first.id);
      if (!held.has(id) && reason && explainers.every((other) => held.has(other.id))) held.set(id, reason);
    }
  }
  const told = report.findings.filter(({ id }) => !held.has(id));
  const apart = report.findings.filter(({ id }) => held.has(id));
  const ids = new Map([...told, ...apart].map(({ id }, index) => [id, `f${index + 1}`]));
  const renamed = (finding: Finding, among: readonly Finding[]): Finding => ({
    ...finding,
    id: ids.get(finding.id) ?? finding.id,
    explains: finding.explains.filter((id) => among.some((other) => other.id === id)).map((id) => ids.get(id) ?? id),
  });
  return {
    ...report,
    status: statusOf(told),
    findings: told.map((finding) => renamed(finding, told)),
    suppressed: apart.flatMap((finding): SuppressedFinding[] => {
      const suppression = held.get(finding.id);
      if (!suppression) return [];
      const { reason, since, until, id } = suppression;
      return [{ finding: renamed(finding, apart), reason, since, ...(until === undefined ? {} : { until }), id }];
    }),
  };
}
