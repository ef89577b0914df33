import type { Bitmap } from './bitmap.ts';
import { COLUMN, type Piece, type Predicate } from './predicate.ts';
import type { NumberRange } from './query.ts';
import type { Zone } from './zone.ts';

/** @param from,to codes of levels.ts, both included */
export function levelPredicate(from: number, to: number): Predicate {
  let mask = 0;
  for (let level = Math.max(0, from); level <= Math.min(7, to); level += 1) mask |= 1 << level;
  return {
    cost: COLUMN,
    mayMatch: ({ levels }) => (levels & mask) !== 0,
    narrow({ chunk: { levels }, from: first, to: end }, bits) {
      for (let word = 0, at = first; at < end; word += 1, at += 32) {
        if (bits[word] === 0) continue;
        const stop = Math.min(32, end - at);
        let kept = 0;
        for (let bit = 0; bit < stop; bit += 1) kept |= ((mask >>> (levels[at + bit] as number)) & 1) << bit;
        bits[word] = (bits[word] as number) & kept;
      }
    },
  };
}

export function durationPredicate(range: NumberRange): Predicate {
  // The column holds floats of 32 bits: 100.1 is 100.0999985 there.
  const low = Math.fround(range.from ?? Number.NEGATIVE_INFINITY);
  const high = Math.fround(range.to ?? Number.POSITIVE_INFINITY);
  const [above, below] = [range.above ? low : Number.NaN, range.below ? high : Number.NaN];
  return {
    cost: COLUMN,
    mayMatch: ({ longest }) => longest >= low,
    narrow: ({ chunk, from, to }, bits) => narrowByRange(chunk.durations, from, to, bits, { low, high, above, below }),
  };
}

/** Times in [from, to). */
export function timePredicate(from: number, to: number): Predicate {
  return {
    cost: COLUMN,
    mayMatch: ({ firstTime, lastTime }: Zone) => lastTime >= from && firstTime < to,
    narrow: (piece, bits) =>
      narrowByRange(piece.chunk.times, piece.from, piece.to, bits, {
        low: from,
        high: to,
        above: Number.NaN,
        below: to,
      }),
  };
}

/** Both ends included, but for `above` and `below`; NaN, no value, is in no range. */
interface Ends {
  low: number;
  high: number;
  above: number;
  below: number;
}

function narrowByRange(
  values: Float64Array | Float32Array,
  from: number,
  to: number,
  bits: Bitmap,
  { low, high, above, below }: Ends,
): void {
  for (let word = 0, at = from; at < to; word += 1, at += 32) {
    if (bits[word] === 0) continue;
    const stop = Math.min(32, to - at);
    let kept = 0;
    for (let bit = 0; bit < stop; bit += 1) {
      const value = values[at + bit] as number;
      if (value >= low && value <= high && value !== above && value !== below) kept |= 1 << bit;
    }
    bits[word] = (bits[word] as number) & kept;
  }
}

/** Records of which a line lies in [from, to], both 1-based in their source. */
export function linePredicate(from: number, to: number): Predicate {
  return {
    cost: COLUMN,
    narrow({ chunk: { lines, firstLine }, from: first, to: end }, bits) {
      const [low, high] = [from - firstLine, to - firstLine];
      keepWhere(first, end, bits, (at) => (lines[at] as number) <= high && (lines[at + 1] as number) > low);
    },
  };
}

/** Keeps the records for which `holds`, called with their places in the chunk. For what is not hot. */
export function keepWhere(from: number, to: number, bits: Bitmap, holds: (at: number) => boolean): void {
  for (let word = 0, at = from; at < to; word += 1, at += 32) {
    let left = bits[word] as number;
    while (left !== 0) {
      const lowest = left & -left;
      left &= left - 1;
      if (!holds(at + 31 - Math.clz32(lowest))) bits[word] = (bits[word] as number) & ~lowest;
    }
  }
}

/** All of the piece, or nothing of it: for what is the same over a chunk, such as its source. */
export function piecePredicate(cost: number, holds: (piece: Piece) => boolean): Predicate {
  return { cost, narrow: (piece, bits) => (holds(piece) ? undefined : void bits.fill(0)) };
}
