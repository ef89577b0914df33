import type { DiagnosisReport } from '../protocol/diagnosis.ts';

const WITHHELD = '‹withheld: what is secret in this workspace could not be found out›';

/**
 * The report without a word that somebody else wrote: what was found, where and how sure it is, and no quotation. For the case that
 * the secrets of the workspace could not be read, so that none can be told from the text around it.
 * @param summaryOf what a cause means, without the particulars of a case
 */
export function withholdQuotes(report: DiagnosisReport, summaryOf: (cause: string) => string): DiagnosisReport {
  const { checks, asked, ...rest } = report;
  return {
    ...rest,
    findings: report.findings.map((finding) => ({
      ...finding,
      summary: summaryOf(finding.cause),
      evidence: finding.evidence.map((evidence) => ({ ...evidence, text: WITHHELD })),
      advice: {
        sure: 'The facts were seen; they are not shown, since a secret in them could not be recognised.',
        first: 'Diagnose again, with more time where the time was short.',
        verify: 'The finding shows its evidence.',
      },
      fixes: [],
    })),
    ruledOut: report.ruledOut.map((entry) => ({ ...entry, because: WITHHELD, evidence: [] })),
    unknown: report.unknown.map(({ cause, target }) => ({
      cause,
      because: WITHHELD,
      ...(target === undefined ? {} : { target }),
    })),
    ...(asked ? { asked } : {}),
    ...(checks ? { checks: checks.map(({ because, ...check }) => check) } : {}),
  };
}
