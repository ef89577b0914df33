import type { LogIndex } from '../index/logIndex.ts';
import type { RecordChunk } from '../index/recordChunk.ts';

/** A record without a time takes that of one of so many records before it. */
const LOOK_BACK = 64;

/** Single records of an index, by position in the order of time. For looks at a few, not for passes over all. */
export class RecordLook {
  readonly #index: LogIndex;

  constructor(index: LogIndex) {
    this.#index = index;
  }

  /** @returns its chunk, and its place there */
  at(position: number): { chunk: RecordChunk; at: number } {
    const record = this.#index.recordAt(position);
    const chunk = this.#index.chunk(this.#index.chunkOf(record));
    return { chunk, at: record - chunk.first };
  }

  /** ms since the epoch; undefined: neither it nor those just before it tell one. */
  time(position: number): number | undefined {
    for (let back = 0; back <= Math.min(LOOK_BACK, position); back += 1) {
      const { chunk, at } = this.at(position - back);
      const time = chunk.times[at] as number;
      if (!Number.isNaN(time)) return time;
    }
    return undefined;
  }

  level(position: number): number {
    const { chunk, at } = this.at(position);
    return chunk.levels[at] as number;
  }

  shape(position: number): number {
    const { chunk, at } = this.at(position);
    return chunk.shapes[at] as number;
  }

  trace(position: number): number {
    const { chunk, at } = this.at(position);
    return chunk.traces[at] as number;
  }

  component(position: number): number {
    const { chunk, at } = this.at(position);
    return chunk.components[at] as number;
  }
}
