import type { LogIndex } from '../index/logIndex.ts';
import type { RecordChunk } from '../index/recordChunk.ts';

/** What a whole index sums up to. */
export interface Totals {
  /** Records by code of levels.ts. */
  levels: number[];
  /** ms since the epoch of the earliest and the latest record; absent while none has a time. */
  from?: number;
  to?: number;
}

interface ChunkTotals {
  levels: Float64Array;
  from: number;
  to: number;
}

/** Sums up an index that grows: each complete chunk is looked at once. */
export class IndexTotals {
  readonly #index: LogIndex;
  readonly #chunks: ChunkTotals[] = [];
  /** Chunks that had another behind them when they were summed up: only the last one grows. */
  readonly #final = new Set<number>();

  constructor(index: LogIndex) {
    this.#index = index;
  }

  /** As of now. */
  get(): Totals {
    const levels = new Array<number>(8).fill(0);
    let from = Number.POSITIVE_INFINITY;
    let to = Number.NEGATIVE_INFINITY;
    for (let number = 0; number < this.#index.chunkCount; number += 1) {
      const chunk = this.#of(number);
      for (let level = 0; level < 8; level += 1) levels[level] = (levels[level] ?? 0) + (chunk.levels[level] ?? 0);
      from = Math.min(from, chunk.from);
      to = Math.max(to, chunk.to);
    }
    return { levels, ...(from <= to ? { from, to } : {}) };
  }

  #of(number: number): ChunkTotals {
    const known = this.#chunks[number];
    if (known && this.#final.has(number)) return known;
    if (number < this.#index.chunkCount - 1) this.#final.add(number);
    const totals = totalsOf(this.#index.chunk(number));
    this.#chunks[number] = totals;
    return totals;
  }
}

function totalsOf({ count, levels: codes, times }: RecordChunk): ChunkTotals {
  const levels = new Float64Array(8);
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < count; at += 1) {
    const level = codes[at] ?? 0;
    levels[level] = (levels[level] ?? 0) + 1;
    const time = times[at] as number;
    // NaN, where there is no time, is neither smaller nor greater.
    if (time < from) from = time;
    if (time > to) to = time;
  }
  return { levels, from, to };
}
