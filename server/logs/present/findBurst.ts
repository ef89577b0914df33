import type { Refusal, RefusalLog } from './refusals.ts';

export interface Burst {
  /** In the order of time. */
  refusals: Refusal[];
  /** What the log held before, in as much time as the burst's window: a mean. */
  usual: number;
}

export type BurstAnswer =
  | { kind: 'burst'; burst: Burst }
  /** As many as a burst has, but that is how it always is, or no more than the traffic grew, or one client that repeats itself. */
  | { kind: 'noBurst'; because: string; count: number }
  | { kind: 'noBaseline'; count: number };

/** Long enough that a person who mistypes does not fill it, short enough that a slow attempt is still seen as one. */
const WINDOW_MS = 5 * 60_000;
/** One in ten seconds for five minutes: people and a page that loads with an expired session stay below. */
const MIN_REFUSALS = 30;
/** Of one client alone: a page, or a test run, asks for dozens of things with one expired token. */
const MIN_OF_ONE = 60;
/** Of one client with one login: faster than anybody types, and programs that retry wait longer each time. */
const MIN_OF_ONE_LOGIN = 100;
/** Noise of the internet swings by a factor of a few. */
const TIMES_USUAL = 10;
/** A share that grew less than this grew with the traffic. */
const TIMES_SHARE = 3;
const MANY_ADDRESSES = 3;
const MANY_SUBJECTS = 5;
/** Before the burst, at least this much of the log must be there to know what is usual. */
const MIN_BASELINE_MS = 2 * WINDOW_MS;
/** What ended longer ago is history. */
const RECENT_MS = 10 * 60_000;

/** The densest five minutes of the last ones, held against all that the log holds before them; undefined when they are few. */
export function findBurst({ refusals, times }: RefusalLog, now: number): BurstAnswer | undefined {
  const { begin, end } = densest(refusals, now - RECENT_MS - WINDOW_MS, now);
  const found = refusals.slice(begin, end);
  const [first] = found;
  if (!first || found.length < MIN_REFUSALS) return undefined;
  const count = found.length;
  const start = first.at;
  const covered = start - (times[0] ?? start);
  if (covered < MIN_BASELINE_MS) return { kind: 'noBaseline', count };
  const before = refusals.slice(0, begin).length;
  const usual = (before / covered) * WINDOW_MS;
  if (count < usual * TIMES_USUAL)
    return { kind: 'noBurst', because: `${usual.toFixed(1)} in five minutes are usual`, count };
  const allNow = times.filter((time) => time >= start && time <= start + WINDOW_MS).length;
  const allBefore = times.filter((time) => time < start).length;
  const share = count / Math.max(1, allNow);
  const shareBefore = before / Math.max(1, allBefore);
  if (share < shareBefore * TIMES_SHARE)
    return { kind: 'noBurst', because: 'all requests grew as much as the refused ones', count };
  const addresses = new Set(found.map(({ address }) => address)).size;
  const subjects = new Set(found.map(({ subject }) => subject)).size;
  const isEnough =
    addresses >= MANY_ADDRESSES ||
    (count >= MIN_OF_ONE && subjects >= MANY_SUBJECTS) ||
    (count >= MIN_OF_ONE_LOGIN && found.every(({ isLogin }) => isLogin)) ||
    (count >= MIN_OF_ONE && found.every(({ address }) => address === undefined));
  return isEnough
    ? { kind: 'burst', burst: { refusals: found, usual } }
    : { kind: 'noBurst', because: 'it is one client that repeats itself', count };
}

/** The part of five minutes between two times that holds the most. */
function densest(refusals: readonly Refusal[], from: number, to: number): { begin: number; end: number } {
  let best = { begin: 0, end: 0 };
  let begin = 0;
  for (let end = 0; end < refusals.length; end++) {
    const { at } = refusals[end] as Refusal;
    if (at > to) break;
    while ((refusals[begin] as Refusal).at < at - WINDOW_MS) begin++;
    const isRecent = (refusals[begin] as Refusal).at >= from && at >= to - RECENT_MS;
    if (isRecent && end + 1 - begin > best.end - best.begin) best = { begin, end: end + 1 };
  }
  return best;
}
