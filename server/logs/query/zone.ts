import type { LogIndex } from '../index/logIndex.ts';

/** What is known of a chunk as a whole; spares the look at its records. */
export interface Zone {
  /** Number of its first record, and records that it was made of. */
  first: number;
  count: number;
  /** Only the last chunk of an index grows. */
  isFinal: boolean;
  /** ms; +∞ and −∞ when no record has a time. */
  firstTime: number;
  lastTime: number;
  /** Bit n: a record has level n. */
  levels: number;
  /** ms; NaN when no record has a duration. */
  longest: number;
}

/** 48 bytes a chunk of 65,536 records; gone with its index. */
const zones = new WeakMap<LogIndex, Zone[]>();

/** Of the chunk as it is now; worked out once, and again when the last chunk has grown. */
export function zoneOf(index: LogIndex, number: number): Zone {
  const known = zones.get(index) ?? [];
  if (known.length === 0) zones.set(index, known);
  const zone = known[number];
  if (zone?.isFinal) return zone;
  const chunk = index.chunk(number);
  const isFinal = number < index.chunkCount - 1;
  if (zone?.count === chunk.count) {
    zone.isFinal = isFinal;
    return zone;
  }
  const { count, times, levels, durations } = chunk;
  let firstTime = Number.POSITIVE_INFINITY;
  let lastTime = Number.NEGATIVE_INFINITY;
  let seen = 0;
  let longest = Number.NaN;
  for (let at = 0; at < count; at += 1) {
    const time = times[at] as number;
    if (time < firstTime) firstTime = time;
    if (time > lastTime) lastTime = time;
    seen |= 1 << (levels[at] as number);
    const duration = durations[at] as number;
    if (duration > longest || Number.isNaN(longest)) longest = duration;
  }
  const fresh: Zone = { first: chunk.first, count, isFinal, firstTime, lastTime, levels: seen, longest };
  known[number] = fresh;
  return fresh;
}

/** ms of the earliest and latest record; NaN while no record has a time. */
export function timesOf(index: LogIndex): { first: number; last: number } {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (let number = 0; number < index.chunkCount; number += 1) {
    const { firstTime, lastTime } = zoneOf(index, number);
    if (firstTime < first) first = firstTime;
    if (lastTime > last) last = lastTime;
  }
  return first <= last ? { first, last } : { first: Number.NaN, last: Number.NaN };
}
