import type { LogRow } from '../../server/protocol/logs.ts';

/** Rows of one request. */
export const BLOCK_ROWS = 200;
/** 16,000 rows of about 0.5 KB: some 8 MB, whatever the log's size. */
const MAX_BLOCKS = 80;
/** A longer way at once is a jump, or a drag of the scrollbar: what lies around is not worth asking for yet. */
const JUMP_ROWS = 5 * BLOCK_ROWS;
/** More at once would only delay the rows that are looked at by now. */
const MAX_IN_FLIGHT = 2;

interface Block {
  rows: readonly LogRow[];
  /** It has grown or changed since: shown until the new one is there. */
  stale: boolean;
}

export type LoadRows = (position: number, count: number) => Promise<{ rows: LogRow[]; matches: number }>;

interface Listener {
  /** Rows came, or the number of matches is another. */
  changed(matches: number): void;
  failed(error: unknown): void;
}

/**
 * The rows of one view, loaded in blocks around what is looked at, the ones in the direction of scrolling first; the least
 * recently used are forgotten. What was wanted and is not any more is never asked for.
 */
export class RowCache {
  readonly #load: LoadRows;
  readonly #listener: Listener;
  /** In order of use, the latest last. */
  readonly #blocks = new Map<number, Block>();
  readonly #inFlight = new Set<number>();
  #wanted: number[] = [];
  #first = 0;
  #closed = false;

  constructor(load: LoadRows, listener: Listener) {
    this.#load = load;
    this.#listener = listener;
  }

  /** The row at a position of the view, if it is loaded. */
  row(position: number): LogRow | undefined {
    return this.#blocks.get(Math.floor(position / BLOCK_ROWS))?.rows[position % BLOCK_ROWS];
  }

  /** @param last inclusive @param direction of scrolling: its sign says on which side the next rows are */
  want(first: number, last: number, count: number, direction: number): void {
    const isJump = Math.abs(first - this.#first) > JUMP_ROWS;
    this.#first = first;
    this.#wanted = wantedBlocks(first, last, count, isJump ? 0 : direction);
    for (const number of this.#wanted) {
      const block = this.#blocks.get(number);
      if (!block) continue;
      this.#blocks.delete(number);
      this.#blocks.set(number, block);
    }
    this.#pump();
  }

  /** The view has grown: its last block is not full any more. `all`: rows may have come in between, or marks may differ. */
  grew(all: boolean): void {
    for (const block of this.#blocks.values()) if (all || block.rows.length < BLOCK_ROWS) block.stale = true;
    this.#pump();
  }

  /** Answers that are still under way are dropped. */
  close(): void {
    this.#closed = true;
    this.#blocks.clear();
  }

  get loadedBlocks(): number {
    return this.#blocks.size;
  }

  #pump(): void {
    for (const number of this.#wanted) {
      if (this.#closed || this.#inFlight.size >= MAX_IN_FLIGHT) return;
      const block = this.#blocks.get(number);
      if ((block && !block.stale) || this.#inFlight.has(number)) continue;
      this.#inFlight.add(number);
      if (block) block.stale = false;
      void this.#fetch(number);
    }
  }

  async #fetch(number: number): Promise<void> {
    try {
      const { rows, matches } = await this.#load(number * BLOCK_ROWS, BLOCK_ROWS);
      if (this.#closed) return;
      const stale = this.#blocks.get(number)?.stale ?? false;
      this.#blocks.delete(number);
      this.#blocks.set(number, { rows, stale });
      this.#forget();
      this.#listener.changed(matches);
    } catch (error) {
      if (this.#closed) return;
      // Not asked for again at once: what failed would fail in a loop. The next scrolling tries again.
      this.#wanted = this.#wanted.filter((wanted) => wanted !== number);
      this.#listener.failed(error);
    } finally {
      this.#inFlight.delete(number);
      this.#pump();
    }
  }

  #forget(): void {
    for (const number of this.#blocks.keys()) {
      if (this.#blocks.size <= MAX_BLOCKS) return;
      if (!this.#wanted.includes(number)) this.#blocks.delete(number);
    }
  }
}

/** Numbers of the blocks to have, most urgent first: the visible ones, two ahead in the direction of scrolling (0: none), one behind. */
export function wantedBlocks(first: number, last: number, count: number, direction: number): number[] {
  if (count === 0 || last < first) return count === 0 ? [0] : [];
  const from = Math.floor(first / BLOCK_ROWS);
  const to = Math.floor(last / BLOCK_ROWS);
  const end = Math.floor((count - 1) / BLOCK_ROWS);
  const visible = Array.from({ length: to - from + 1 }, (_, at) => from + at);
  if (direction === 0) return visible;
  const around = direction < 0 ? [from - 1, from - 2, to + 1] : [to + 1, to + 2, from - 1];
  return [...visible, ...around].filter((number) => number >= 0 && number <= end);
}
