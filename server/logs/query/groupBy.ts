import type { RecordChunk } from '../index/recordChunk.ts';
import { ERROR } from '../levels.ts';
import { DurationSketch } from './durationSketch.ts';
import type { FormatOf } from './fieldPredicate.ts';
import { type GroupKey, groupKey } from './groupKey.ts';
import { HeavyHitters } from './heavyHitters.ts';
import type { LogView } from './logView.ts';
import type { WalkOptions } from './takeTurns.ts';
import { walkView } from './walkView.ts';

export interface LogGroup {
  value: string;
  count: number;
  /** Records of level error and above. */
  errors: number;
  /** Percentiles of the durations, ms; absent without durations. Exact up to 256 durations, then within 1 %. */
  p50?: number;
  p95?: number;
  p99?: number;
}

export interface LogGroups {
  /** Most frequent first. */
  groups: LogGroup[];
  /** Different values beyond the limit. */
  others: number;
  /** Records that have no such value. */
  without: number;
}

/** Values of which all is noted down at once; others need a second look when they turn out to be frequent. */
const NOTED = 4_096;

/**
 * Groups the records of a view by a value. Memory is bounded whatever the values are: 4 bytes a number of a column,
 * or 65,536 texts, of which the `limit` most frequent are counted exactly.
 * @param by see groupKey
 */
export async function groupBy(
  view: LogView,
  by: string,
  { limit = 100, formatOf, ...options }: { limit?: number; formatOf: FormatOf } & WalkOptions,
): Promise<LogGroups> {
  const key = groupKey(view, by, formatOf);
  return key.kind === 'number' ? byNumber(view, key, limit, options) : byText(view, key, limit, options);
}

/** What is told of one group. */
class Tally {
  count = 0;
  errors = 0;
  readonly #durations = new DurationSketch();

  add({ levels, durations }: RecordChunk, at: number): void {
    this.count += 1;
    if ((levels[at] as number) >= ERROR) this.errors += 1;
    this.#durations.add(durations[at] as number);
  }

  group(value: string): LogGroup {
    const { count, errors } = this;
    return { value, count, errors, ...percentilesOf(this.#durations) };
  }
}

export function percentilesOf(durations: DurationSketch): { p50?: number; p95?: number; p99?: number } {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => durations.percentile(share));
  return p50 === undefined || p95 === undefined || p99 === undefined ? {} : { p50, p95, p99 };
}

async function byNumber(
  view: LogView,
  key: Extract<GroupKey, { kind: 'number' }>,
  limit: number,
  options: WalkOptions,
): Promise<LogGroups> {
  const counts = new Uint32Array(key.size);
  let without = 0;
  await walkView(view, options, (chunk, at) => {
    const number = key.of(chunk, at);
    if (number < 0 || number >= counts.length) without += 1;
    else counts[number] = (counts[number] as number) + 1;
  });
  const seen: number[] = [];
  counts.forEach((count, number) => {
    if (count > 0) seen.push(number);
  });
  const top = seen.sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0) || a - b).slice(0, limit);
  const tallies = new Map(top.map((number) => [number, new Tally()]));
  await walkView(view, options, (chunk, at) => tallies.get(key.of(chunk, at))?.add(chunk, at));
  return {
    groups: [...tallies].map(([number, tally]) => tally.group(key.text(number))),
    others: seen.length - top.length,
    without,
  };
}

async function byText(
  view: LogView,
  key: Extract<GroupKey, { kind: 'text' }>,
  limit: number,
  options: WalkOptions,
): Promise<LogGroups> {
  const { isDear } = key;
  const hitters = new HeavyHitters();
  let tallies = new Map<string, Tally>();
  let without = 0;
  await walkView(view, { ...options, isDear }, (chunk, at) => {
    const value = key.of(chunk, at);
    if (value === undefined) {
      without += 1;
      return;
    }
    hitters.add(value);
    if (!tallies.has(value) && tallies.size < NOTED) tallies.set(value, new Tally());
    tallies.get(value)?.add(chunk, at);
  });
  // Of candidates that were thinned out, twice as many as are asked for are counted: the order may change.
  const top = hitters.top(hitters.isCut ? 2 * limit : limit).map(({ value }) => value);
  if (top.some((value) => !tallies.has(value))) {
    tallies = new Map(top.map((value) => [value, new Tally()]));
    await walkView(view, { ...options, isDear }, (chunk, at) => {
      const value = key.of(chunk, at);
      if (value !== undefined) tallies.get(value)?.add(chunk, at);
    });
  }
  const groups = top
    .map((value) => (tallies.get(value) ?? new Tally()).group(value))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, limit);
  return { groups, others: Math.max(0, hitters.distinct - groups.length), without };
}
