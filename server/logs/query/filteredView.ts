import type { LogIndex } from '../index/logIndex.ts';
import { CHUNK_RECORDS, type RecordChunk } from '../index/recordChunk.ts';
import { type Bitmap, countBits, fillBits, hasBit, wordsFor } from './bitmap.ts';
import type { LogView } from './logView.ts';
import { type Predicate, TEXT } from './predicate.ts';
import { Turns, type WalkOptions } from './takeTurns.ts';
import { orderByTime, RankedBits } from './viewOrder.ts';
import { zoneOf } from './zone.ts';

/** Records, and bytes of records, that are looked at in one go when their text is read. */
const TEXT_RECORDS = 4_096;
const TEXT_BYTES = 262_144;

interface Part {
  /** Of its chunk: number of the first record, records that were looked at, and matches among them. */
  first: number;
  scanned: number;
  matches: number;
  /** Absent while nothing matches: most chunks of a rare word take no memory. */
  bits?: Bitmap;
}

/** A view whose records are found chunk by chunk. */
export class FilteredView implements LogView {
  readonly index: LogIndex;
  readonly #predicate: Predicate;
  #parts: Part[] = [];
  #matches = 0;
  #scanned = 0;
  #ranked: RankedBits | undefined;
  /** Records of the index when `#ranked` was made, and whether it was complete: then the order of time is whole. */
  #rankedOf = '';
  /** One advance at a time: the next begins where the one before ended. */
  #advancing: Promise<void> = Promise.resolve();

  constructor(index: LogIndex, predicate: Predicate) {
    this.index = index;
    this.#predicate = predicate;
  }

  get matches(): number {
    return this.#matches;
  }

  get scanned(): number {
    return this.#scanned;
  }

  get done(): boolean {
    return this.#scanned >= this.index.records;
  }

  /**
   * Looks at the records that were not looked at yet. Taking up again after a cancel loses nothing.
   * @throws the signal's reason when it is aborted
   */
  advance(options: WalkOptions & { onProgress?: (view: LogView) => void } = {}): Promise<void> {
    const run = this.#advancing.then(() => this.#advance(options));
    this.#advancing = run.catch(() => undefined);
    return run;
  }

  async #advance(options: WalkOptions & { onProgress?: (view: LogView) => void }): Promise<void> {
    const turns = new Turns(options);
    if (this.#predicate.refresh?.()) this.#forget();
    for (let number = this.#firstOpen(); number < this.index.chunkCount; number += 1) {
      let from = this.#partOf(number).scanned;
      while (from >= 0) {
        from = this.#look(number, from);
        if (!turns.isOver) continue;
        options.onProgress?.(this);
        await turns.rest();
      }
    }
    options.onProgress?.(this);
  }

  /** Templates merged, or the log's end moved: what was found does not hold. */
  #forget(): void {
    this.#parts = [];
    this.#matches = 0;
    this.#scanned = 0;
    this.#ranked = undefined;
  }

  /** Only the last chunk that was looked at may have grown since. */
  #firstOpen(): number {
    return Math.max(0, this.#parts.length - 1);
  }

  #partOf(number: number): Part {
    const known = this.#parts[number];
    if (known) return known;
    const part = { first: zoneOf(this.index, number).first, scanned: 0, matches: 0 };
    this.#parts[number] = part;
    return part;
  }

  /** Looks at the next piece of a chunk; answers where the one after it begins, -1 at the end. */
  #look(number: number, from: number): number {
    const zone = zoneOf(this.index, number);
    if (from >= zone.count) return -1;
    const part = this.#partOf(number);
    if (this.#predicate.mayMatch?.(zone) === false) {
      this.#scanned += zone.count - from;
      part.scanned = zone.count;
      return -1;
    }
    const chunk = this.index.chunk(number);
    const to = this.#predicate.cost >= TEXT ? endOfPiece(chunk, from) : chunk.count;
    const bits = new Uint32Array(wordsFor(to - from));
    fillBits(bits, to - from);
    this.#predicate.narrow({ chunk, from, to }, bits);
    const matches = countBits(bits);
    if (matches > 0) {
      part.bits ??= new Uint32Array(CHUNK_RECORDS >>> 5);
      place(part.bits, bits, from);
      part.matches += matches;
      this.#matches += matches;
      this.#ranked = undefined;
    }
    part.scanned = to;
    this.#scanned += to - from;
    return to < chunk.count ? to : -1;
  }

  has(record: number): boolean {
    const part = this.#parts[this.index.chunkOf(record)];
    return part?.bits !== undefined && hasBit(part.bits, record - part.first);
  }

  bitsOf(chunk: number): Bitmap | undefined {
    return this.#parts[chunk]?.bits;
  }

  recordAt(position: number): number {
    const found = this.#order().select(position);
    return found < 0 ? -1 : this.#isOrdered ? found : this.index.recordAt(found);
  }

  slice(position: number, count: number): number[] {
    const found = this.#order().slice(position, count);
    return this.#isOrdered ? found : found.map((at) => this.index.recordAt(at));
  }

  positionOf(record: number): number {
    const ranked = this.#order();
    const rank = ranked.rank(this.#isOrdered ? record : this.index.positionOf(record));
    return rank < ranked.count ? rank : -1;
  }

  /** Records of one source stand in the order in which they are shown. */
  get #isOrdered(): boolean {
    return this.index.sources.length <= 1;
  }

  #order(): RankedBits {
    // Records that come in may push others to later positions.
    const state = `${this.index.records} ${this.index.complete}`;
    if (this.#ranked && (this.#isOrdered || this.#rankedOf === state)) return this.#ranked;
    const bits = this.#parts.map((part) => part.bits);
    const firsts = this.#parts.map(({ first }) => first);
    this.#rankedOf = state;
    this.#ranked = this.#isOrdered
      ? new RankedBits(
          bits,
          firsts,
          this.#parts.map(({ matches }) => matches),
        )
      : orderByTime(this.index, bits, firsts);
    return this.#ranked;
  }
}

/** As many records as have little text together; at least one. */
function endOfPiece({ starts, count }: RecordChunk, from: number): number {
  const limit = (starts[from] as number) + TEXT_BYTES;
  let low = from + 1;
  let high = Math.min(count, from + TEXT_RECORDS);
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((starts[middle] as number) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Writes the bits of a piece where they belong in their chunk. */
function place(target: Bitmap, bits: Bitmap, from: number): void {
  const shift = from & 31;
  let at = from >>> 5;
  for (const word of bits) {
    target[at] = (target[at] as number) | (word << shift);
    at += 1;
    if (shift !== 0 && at < target.length) target[at] = (target[at] as number) | (word >>> (32 - shift));
  }
}
