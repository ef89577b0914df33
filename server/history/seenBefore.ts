import type { Finding, SeenBefore } from '../protocol/diagnosis.ts';
import type { AppliedFix } from '../protocol/fix.ts';
import type { Occurrence } from './history.ts';

/** What is known of earlier times of a finding; undefined when this is the first. */
export function seenBefore(
  { cause, target }: Pick<Finding, 'cause' | 'target'>,
  occurrences: readonly Occurrence[],
  fixes: readonly AppliedFix[],
): SeenBefore | undefined {
  const past = occurrences.filter(
    (each) => each.cause === cause && each.target === target && each.endedAt !== undefined,
  );
  const [first] = past;
  const last = past.at(-1);
  if (!first || !last) return undefined;
  const fix = fixes.find(
    (each) => isOf(each, last) && each.appliedAt >= last.firstAt && each.appliedAt <= (last.endedAt ?? ''),
  );
  return {
    count: past.length,
    firstAt: first.firstAt,
    lastAt: last.lastAt,
    ...(fix === undefined ? {} : { fixedBy: { title: fix.title, appliedAt: fix.appliedAt } }),
  };
}

/** A fix that was verified and not taken back since. */
export function isOf(fix: AppliedFix, { cause, target }: Pick<Finding, 'cause' | 'target'>): boolean {
  return fix.outcome.kind === 'verified' && fix.cause === cause && fix.target === target;
}
