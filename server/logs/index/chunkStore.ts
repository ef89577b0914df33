import { CHUNK_RECORDS, type RecordChunk } from './recordChunk.ts';
import { type SealedChunk, sealChunk, unsealChunk } from './sealChunk.ts';
import { SpillFile } from './spillFile.ts';

/** Decoded chunks that are kept for whoever asks again: 8 of 2.7 MB each. What was handed out stays valid anyway. */
const KEPT_DECODED = 8;

const FIRST_CAPACITY = 1_024;
const MOST_BYTES = 0xffffffff;

type Columns = Omit<RecordChunk, 'first' | 'count' | 'source' | 'base' | 'firstLine'>;

type Place = { bytes: Uint8Array<ArrayBuffer> } | { at: number; length: number };

interface Entry {
  /** Set while the chunk may grow. */
  open: RecordChunk | undefined;
  /** It was handed out while it was open: whoever has it may hold it. */
  lent: boolean;
  sealed: SealedChunk | undefined;
  place: Place | undefined;
}

/**
 * All chunks of an index. Those that may grow are open: the last one of each source that is still read. The others are
 * sealed: compact, in memory up to a budget, and past it in a temporary file without a name.
 */
export class ChunkStore {
  readonly #entries: Entry[] = [];
  readonly #firsts: number[] = [];
  readonly #decoded = new Map<number, RecordChunk>();
  readonly #folder: string;
  readonly #budget: number;
  #spare: Columns | undefined;
  #inMemory = 0;
  #spill: SpillFile | undefined;
  #records = 0;

  /**
   * @param budget bytes of sealed chunks in memory
   * @param folder for the temporary file
   */
  constructor(budget: number, folder: string) {
    this.#budget = budget;
    this.#folder = folder;
  }

  get count(): number {
    return this.#entries.length;
  }

  get records(): number {
    return this.#records;
  }

  /** Which records a chunk holds, without decoding it. */
  extent(number: number): { first: number; count: number } {
    const entry = this.#entries[number];
    return entry?.open ?? entry?.sealed ?? { first: 0, count: 0 };
  }

  chunk(number: number): RecordChunk {
    const entry = this.#entries[number];
    if (!entry) throw new RangeError(`no chunk ${number} of ${this.#entries.length}`);
    if (entry.open) {
      entry.lent = true;
      return entry.open;
    }
    const known = this.#decoded.get(number);
    if (known) {
      this.#decoded.delete(number);
      this.#decoded.set(number, known);
      return known;
    }
    const chunk = this.#decode(entry);
    this.#decoded.set(number, chunk);
    if (this.#decoded.size > KEPT_DECODED) this.#decoded.delete(this.#decoded.keys().next().value as number);
    return chunk;
  }

  /** @throws RangeError when there is no such record */
  chunkOf(record: number): number {
    if (!(record >= 0 && record < this.#records)) throw new RangeError(`no record ${record} of ${this.#records}`);
    let low = 0;
    let high = this.#firsts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#firsts[middle] as number) <= record) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /**
   * The chunk that takes the next record of a source, which begins at `offset` and on `line`: its last one, when there
   * is room and no other source's records were numbered since.
   * @param last number of the source's last chunk; −1: none
   */
  chunkFor(source: number, last: number, offset: number, line: number): number {
    const chunk = last < 0 ? undefined : this.#entries[last]?.open;
    const isLast = last === this.#entries.length - 1;
    if (chunk && isLast && chunk.count < CHUNK_RECORDS && offset - chunk.base <= MOST_BYTES) return last;
    // A source that filled a chunk will most likely fill another.
    const capacity = chunk?.count === CHUNK_RECORDS ? CHUNK_RECORDS : FIRST_CAPACITY;
    if (last >= 0) this.seal(last);
    this.#firsts.push(this.#records);
    this.#entries.push({
      open: { ...this.#columns(capacity), first: this.#records, count: 0, source, base: offset, firstLine: line },
      lent: false,
      sealed: undefined,
      place: undefined,
    });
    return this.#entries.length - 1;
  }

  /** Columns of a chunk that was sealed without being lent, or new ones. What is in them is undefined. */
  #columns(capacity: number): Columns {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare && spare.times.length >= capacity) return spare;
    return {
      starts: new Uint32Array(capacity + 1),
      lines: new Uint32Array(capacity + 1),
      times: new Float64Array(capacity),
      levels: new Uint8Array(capacity),
      shapes: new Uint32Array(capacity),
      components: new Uint32Array(capacity),
      durations: new Float32Array(capacity),
      traces: new Uint32Array(capacity),
      errorGroups: new Uint32Array(capacity),
    };
  }

  /** Makes room in an open chunk for `count` records in all. */
  reserve(chunk: RecordChunk, count: number): void {
    let capacity = chunk.times.length;
    if (count <= capacity) return;
    while (capacity < count) capacity *= 2;
    capacity = Math.min(capacity, CHUNK_RECORDS);
    const longer = <T extends { set(other: T): void }>(Type: new (length: number) => T, old: T, length: number): T => {
      const column = new Type(length);
      column.set(old);
      return column;
    };
    chunk.starts = longer(Uint32Array, chunk.starts, capacity + 1);
    chunk.lines = longer(Uint32Array, chunk.lines, capacity + 1);
    chunk.times = longer(Float64Array, chunk.times, capacity);
    chunk.levels = longer(Uint8Array, chunk.levels, capacity);
    chunk.shapes = longer(Uint32Array, chunk.shapes, capacity);
    chunk.components = longer(Uint32Array, chunk.components, capacity);
    chunk.durations = longer(Float32Array, chunk.durations, capacity);
    chunk.traces = longer(Uint32Array, chunk.traces, capacity);
    chunk.errorGroups = longer(Uint32Array, chunk.errorGroups, capacity);
  }

  /** Counts records that were written behind those of an open chunk, which is the last one. */
  added(chunk: RecordChunk, count: number): void {
    chunk.count += count;
    this.#records += count;
  }

  /** The open chunk of that number. */
  opened(number: number): RecordChunk {
    const chunk = this.#entries[number]?.open;
    if (!chunk) throw new RangeError(`chunk ${number} is sealed`);
    return chunk;
  }

  /** The chunk grows no more. @throws when the temporary file cannot be written: the chunk stays open then */
  seal(number: number): void {
    const entry = this.#entries[number];
    if (!entry?.open) return;
    const { sealed, bytes } = sealChunk(entry.open);
    if (this.#inMemory + bytes.length <= this.#budget) {
      this.#inMemory += bytes.length;
      entry.place = { bytes };
    } else {
      this.#spill ??= new SpillFile(this.#folder);
      entry.place = { at: this.#spill.append(bytes), length: bytes.length };
    }
    entry.sealed = sealed;
    if (!entry.lent) this.#spare = entry.open;
    entry.open = undefined;
  }

  dispose(): void {
    this.#spill?.dispose();
    this.#spill = undefined;
    this.#entries.length = 0;
    this.#decoded.clear();
  }

  #decode({ sealed, place }: Entry): RecordChunk {
    if (!sealed || !place) throw new RangeError('the chunk was never sealed');
    const buffer = 'bytes' in place ? place.bytes.buffer : this.#spill?.read(place.at, place.length);
    return unsealChunk(sealed, buffer ?? new ArrayBuffer(0));
  }
}
