import type { Check, CheckState } from '../../server/protocol/diagnosis.ts';

/** What a reader looks for first: what goes on, what went wrong; then the rest. */
const RANKS: Readonly<Record<CheckState, number>> = { running: 0, failed: 1, skipped: 2, waiting: 3, done: 4 };
/** More rows than this are read by nobody. */
const SHOWN = 12;

/** Checks as a list shows them. What goes on keeps the order in which it began, so that no row moves under the pointer; the rest is slowest first. */
export function orderChecks(checks: readonly Check[]): Check[] {
  return [...checks].sort(
    (a, b) => RANKS[a.state] - RANKS[b.state] || (a.state === 'running' ? 0 : b.durationMs - a.durationMs),
  );
}

/** The rows that are always shown, and those behind "47 more done". */
export function splitChecks(checks: readonly Check[], shown = SHOWN): { first: Check[]; rest: Check[] } {
  const ordered = orderChecks(checks);
  // A row behind "1 more" would take as much room as the words.
  return ordered.length <= shown + 1
    ? { first: ordered, rest: [] }
    : { first: ordered.slice(0, shown), rest: ordered.slice(shown) };
}

/** "44 done, 2 waiting"; the most frequent states first. */
export function countStates(checks: readonly Check[]): string {
  const counts = new Map<CheckState, number>();
  for (const { state } of checks) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts]
    .sort(([one, a], [other, b]) => b - a || RANKS[one] - RANKS[other])
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
}
