import { createHash } from 'node:crypto';
import type { DiagnosisReport, Finding } from '../protocol/diagnosis.ts';
import { TektraError } from '../protocol/errors.ts';
import type { AppliedFix } from '../protocol/fix.ts';
import { orStorageUnavailable } from '../protocol/storageUnavailable.ts';
import type { History, HistoryStore, ListFixes, Occurrence } from './history.ts';
import { isOf, seenBefore } from './seenBefore.ts';

const FAILED = 'The history cannot be read';

/** See {@link History}. @param onFailure told of a store that does not answer while a report is made */
export function createHistory(parts: {
  store: HistoryStore;
  fixes: ListFixes;
  onFailure: (error: unknown) => void;
}): History {
  const { store, onFailure } = parts;

  /** Brings the occurrences up to what this run found. */
  const follow = (report: DiagnosisReport, fixes: readonly AppliedFix[]): void => {
    const { workspace, startedAt } = report;
    const found = new Map(allFindings(report).map((finding) => [keyOf(finding), finding]));
    const going = new Set<string>();
    for (const occurrence of store.occurrences(workspace)) {
      if (occurrence.endedAt !== undefined) continue;
      // A fix that was verified is a look at the cause as well, and it was gone then.
      const fix = fixes.find((each) => isOf(each, occurrence) && each.appliedAt > occurrence.lastAt);
      if (fix && fix.appliedAt < startedAt) store.end(occurrence.id, fix.appliedAt);
      else if (found.has(keyOf(occurrence))) {
        store.continue(occurrence.id, startedAt);
        going.add(keyOf(occurrence));
      } else if (isUntold(report, occurrence)) going.add(keyOf(occurrence));
      else store.end(occurrence.id, startedAt);
    }
    for (const [key, { cause, target }] of found)
      if (!going.has(key)) store.begin(workspace, { cause, target, firstAt: startedAt });
  };

  return {
    async remember(report, whole) {
      try {
        const fixes = await parts.fixes(report.workspace);
        if (whole) store.transact(() => follow(report, fixes));
        const told = withPast(report, store.occurrences(report.workspace), fixes);
        if (whole) store.transact(() => store.add(told, signatureOf(told)));
        return told;
      } catch (error) {
        onFailure(error);
        return report;
      }
    },
    last(workspace) {
      try {
        return store.last(workspace);
      } catch (error) {
        onFailure(error);
        return undefined;
      }
    },
    list: (workspace) => orStorageUnavailable(FAILED, () => store.list(workspace)),
    get(workspace, id) {
      const report = orStorageUnavailable(FAILED, () => store.get(workspace, id));
      if (!report)
        throw new TektraError('history.unknown', `There is no diagnosis ${id} of this folder any more.`, {
          action: 'See which there are with tektra history.',
        });
      return report;
    },
  };
}

function allFindings({ findings, suppressed = [] }: DiagnosisReport): Finding[] {
  return [...findings, ...suppressed.map(({ finding }) => finding)];
}

function withPast(report: DiagnosisReport, occurrences: readonly Occurrence[], fixes: readonly AppliedFix[]) {
  const add = (finding: Finding): Finding => {
    const seen = seenBefore(finding, occurrences, fixes);
    return seen === undefined ? finding : { ...finding, seenBefore: seen };
  };
  return {
    ...report,
    findings: report.findings.map(add),
    ...(report.suppressed === undefined
      ? {}
      : { suppressed: report.suppressed.map((each) => ({ ...each, finding: add(each.finding) })) }),
  };
}

/** The run could not see whether it is still there. */
function isUntold({ unknown }: DiagnosisReport, { cause, target }: Occurrence): boolean {
  return unknown.some((each) => each.cause === cause && (each.target === undefined || each.target === target));
}

/** Reports with the same one say the same. */
function signatureOf({ status, findings, suppressed = [] }: DiagnosisReport): string {
  const said = [
    status,
    // In any order: what the user asked about comes first, and is no other verdict.
    findings.map(({ fingerprint, confidence }) => `${fingerprint} ${confidence}`).sort(),
    suppressed.map(({ finding }) => finding.fingerprint),
  ];
  return createHash('sha256').update(JSON.stringify(said)).digest('base64url');
}

function keyOf({ cause, target }: Pick<Occurrence, 'cause' | 'target'>): string {
  return `${cause} ${target}`;
}
