import { logLevels } from '../../protocol/logLevels.ts';
import type { LogView } from './logView.ts';
import type { WalkOptions } from './takeTurns.ts';
import { walkView } from './walkView.ts';

/** Counts over time, by level. */
export interface Histogram {
  /** ms; 0 when no record has a time. */
  from: number;
  /** Width of a bucket in ms, whole; 0: no record has a time. */
  step: number;
  /** For each of the levels its counts, bucket by bucket; a level without records is an empty list. */
  levels: number[][];
}

/**
 * Counts the records of a view in equal parts of time. Records without a time are left out.
 * @param buckets at most so many
 * @param range ms, both ends included; without one: from the first to the last record of the view
 */
export async function histogram(
  view: LogView,
  buckets: number,
  range: { from?: number; to?: number } = {},
  options: WalkOptions = {},
): Promise<Histogram> {
  const whole = range.from === undefined || range.to === undefined ? await timesOfView(view, options) : undefined;
  const from = Math.floor(range.from ?? whole?.first ?? Number.NaN);
  const to = Math.floor(range.to ?? whole?.last ?? Number.NaN);
  if (Number.isNaN(from) || Number.isNaN(to) || to < from) return { from: 0, step: 0, levels: logLevels.map(() => []) };
  const step = Math.max(1, Math.ceil((to - from + 1) / buckets));
  const count = Math.ceil((to - from + 1) / step);
  const counts = logLevels.map(() => new Uint32Array(count));
  const seen = logLevels.map(() => false);
  await walkView(view, options, ({ times, levels }, at) => {
    const time = times[at] as number;
    // Not true for NaN.
    if (!(time >= from && time < to + 1)) return;
    const level = levels[at] as number;
    const row = counts[level] as Uint32Array;
    const bucket = Math.floor((time - from) / step);
    row[bucket] = (row[bucket] as number) + 1;
    seen[level] = true;
  });
  return { from, step, levels: counts.map((row, level) => (seen[level] ? [...row] : [])) };
}

/** ms of the first and last record of a view that has a time; NaN: none has. */
export async function timesOfView(view: LogView, options: WalkOptions): Promise<{ first: number; last: number }> {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  await walkView(view, options, ({ times }, at) => {
    const time = times[at] as number;
    if (time < first) first = time;
    if (time > last) last = time;
  });
  return first <= last ? { first, last } : { first: Number.NaN, last: Number.NaN };
}
