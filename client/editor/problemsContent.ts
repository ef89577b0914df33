import type { DiagnosisReport, Finding } from '../../server/protocol/diagnosis.ts';
import { evidenceLocation, type SourceLocation } from '../../server/protocol/evidenceSource.ts';

/** One entry of the Problems panel, before it is an object of the editor. */
export interface Problem {
  location: SourceLocation;
  severity: 'error' | 'warning' | 'information';
  message: string;
  /** The cause's id. */
  code: string;
  /** The finding's other evidence that stands in files. */
  related: readonly { location: SourceLocation; message: string }[];
}

/**
 * The findings of a report that have a place in the workspace, each once. A place that one can edit comes before a
 * line of a log. What only follows from another finding is less severe than that.
 */
export function problemsOf(report: DiagnosisReport): Problem[] {
  const consequences = new Set(report.findings.flatMap((finding) => finding.explains));
  return report.findings.flatMap((finding) => {
    const places = finding.evidence
      .flatMap((evidence) => {
        const location = evidenceLocation(evidence);
        return location ? [{ location, message: evidence.text, log: evidence.kind === 'log' }] : [];
      })
      .sort((a, b) => Number(a.log) - Number(b.log));
    const [first, ...related] = places;
    if (!first) return [];
    const severity = severityOf(finding, consequences.has(finding.id));
    return [{ location: first.location, severity, message: finding.summary, code: finding.cause, related }];
  });
}

function severityOf(finding: Finding, isConsequence: boolean): Problem['severity'] {
  if (finding.confidence === 'proved') return isConsequence ? 'warning' : 'error';
  return isConsequence ? 'information' : 'warning';
}
