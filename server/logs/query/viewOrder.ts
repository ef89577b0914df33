import type { LogIndex } from '../index/logIndex.ts';
import { type Bitmap, countBits, hasBit, nextBit, rankOf, selectBit, setBit } from './bitmap.ts';

/** Words of a bitmap that are counted together: a look-up adds up few numbers and few words. */
const SPAN = 2_048;

/** A set of numbers with rank and select, over bitmaps of 65,536 bits each. */
export class RankedBits {
  readonly #parts: readonly (Bitmap | undefined)[];
  /** Where each part begins, in numbers and in members. */
  readonly #firsts: readonly number[];
  readonly #ranks: number[] = [];
  readonly count: number;

  /** @param firsts number of each part's first bit, ascending */
  constructor(parts: readonly (Bitmap | undefined)[], firsts: readonly number[], counts?: readonly number[]) {
    this.#parts = parts;
    this.#firsts = firsts;
    let count = 0;
    parts.forEach((part, at) => {
      this.#ranks.push(count);
      count += counts?.[at] ?? (part ? countBits(part) : 0);
    });
    this.count = count;
  }

  /** The member before which `rank` members stand; -1: none. */
  select(rank: number): number {
    if (rank < 0 || rank >= this.count) return -1;
    const at = lastNotAbove(this.#ranks, rank);
    const part = this.#parts[at];
    return part ? (this.#firsts[at] ?? 0) + selectBit(part, rank - (this.#ranks[at] ?? 0)) : -1;
  }

  /** Up to `count` members from a rank on, ascending. */
  slice(rank: number, count: number): number[] {
    const found: number[] = [];
    let member = this.select(rank);
    while (member >= 0 && found.length < count) {
      found.push(member);
      member = this.#after(member);
    }
    return found;
  }

  #after(member: number): number {
    let at = lastNotAbove(this.#firsts, member);
    let from = member + 1 - (this.#firsts[at] ?? 0);
    for (; at < this.#parts.length; at += 1) {
      const part = this.#parts[at];
      const bit = part ? nextBit(part, from) : -1;
      if (bit >= 0) return (this.#firsts[at] ?? 0) + bit;
      from = 0;
    }
    return -1;
  }

  has(number: number): boolean {
    const at = lastNotAbove(this.#firsts, number);
    const part = this.#parts[at];
    return part !== undefined && hasBit(part, number - (this.#firsts[at] ?? 0));
  }

  /** All members, ascending. */
  each(visit: (number: number) => void): void {
    this.#parts.forEach((part, at) => {
      const first = this.#firsts[at] ?? 0;
      part?.forEach((word, wordAt) => {
        for (let left = word; left !== 0; left &= left - 1) visit(first + wordAt * 32 + 31 - Math.clz32(left & -left));
      });
    });
  }

  /** Members below a number. */
  rank(number: number): number {
    const at = lastNotAbove(this.#firsts, number);
    if (at < 0) return 0;
    const part = this.#parts[at];
    return (this.#ranks[at] ?? 0) + (part ? rankOf(part, number - (this.#firsts[at] ?? 0)) : 0);
  }
}

/** The last of ascending numbers that is not above; -1: all are. Of equal ones the last. */
function lastNotAbove(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Of more records than one in so many, all positions are walked; fewer are asked for one by one. */
const SPARSE = 256;

/** The matches by their positions in the order of time, for an index whose records do not stand in that order. */
export function orderByTime(
  index: LogIndex,
  parts: readonly (Bitmap | undefined)[],
  firsts: readonly number[],
): RankedBits {
  const bits = SPAN * 32;
  const spans = Math.ceil(index.records / bits);
  const members = new RankedBits(parts, firsts);
  const ordered: (Bitmap | undefined)[] = Array.from({ length: spans });
  if (index.recordsAt && members.count > index.records / SPARSE) {
    for (let span = 0; span < spans; span += 1) {
      const records = index.recordsAt(span * bits, Math.min(index.records, (span + 1) * bits));
      const target = new Uint32Array(SPAN);
      for (let at = 0; at < records.length; at += 1) if (members.has(records[at] as number)) setBit(target, at);
      ordered[span] = target;
    }
  } else {
    members.each((record) => {
      const position = index.positionOf(record);
      const span = Math.floor(position / bits);
      ordered[span] ??= new Uint32Array(SPAN);
      setBit(ordered[span], position % bits);
    });
  }
  return new RankedBits(
    ordered,
    ordered.map((_, at) => at * bits),
  );
}
