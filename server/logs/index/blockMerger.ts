import type { FormatPlan } from '../formats/logFormat.ts';
import type { TemplateMiner } from '../templates/template.ts';
import type { ChunkStore } from './chunkStore.ts';
import { CHUNK_RECORDS, type RecordChunk } from './recordChunk.ts';
import { Rollover } from './rollover.ts';
import { LOOK_BYTES } from './scanLimits.ts';
import type { ScannedBlock } from './scannedBlock.ts';
import type { TextDictionary } from './textDictionary.ts';
import type { TraceDictionary } from './traceDictionary.ts';

/** What the sources of an index have in common. */
export interface SharedTables {
  store: ChunkStore;
  miner: TemplateMiner;
  components: TextDictionary;
  traces: TraceDictionary;
  errorGroups: TextDictionary;
}

/** The index's numbers by the block's. */
interface Numbers {
  shapes: Uint32Array;
  components: Uint32Array;
  groups: Uint32Array;
  traces: Uint32Array;
}

/** Reach of a chunk's 32-bit offsets. */
const MOST_BYTES = 0xffffffff;

/**
 * Puts the blocks of one source behind each other, in the order of the file: the numbers of a block become those of the
 * index, its places those of the source. Everything that depends on order happens here: numbers are given by first
 * occurrence, times without a date get theirs.
 */
export class BlockMerger {
  /** Where the next block begins. */
  position: number;
  /** Lines that begin before `position`. */
  lines = 0;
  records = 0;

  readonly #source: number;
  readonly #tables: SharedTables;
  readonly #rollover: Rollover;
  /** Number of the chunk with the source's last record; −1: none yet. */
  #chunk = -1;
  /** Offset of the last record, its line and its shape. */
  #lastStart = -1;
  #lastLine = 0;
  #lastShape = 0;
  /** Offset of a last line that no line feed ends; −1: none. */
  #unfinished = -1;
  /** The next block begins with the last record once more: it takes its place. */
  #replaces = false;

  constructor(source: number, base: number, plan: FormatPlan, tables: SharedTables) {
    this.#source = source;
    this.position = base;
    this.#tables = tables;
    this.#rollover = new Rollover(plan);
  }

  /** What was complete has grown: its last record, or line, is scanned again by the next block. */
  reopen(): void {
    if (this.#lastStart >= 0 && this.position - this.#lastStart < LOOK_BYTES) {
      this.position = this.#lastStart;
      this.lines = this.#lastLine;
      this.#replaces = true;
    } else if (this.#unfinished >= 0 && this.position - this.#unfinished < LOOK_BYTES) {
      this.position = this.#unfinished;
      this.lines -= 1;
    }
    this.#unfinished = -1;
  }

  /** @throws when the temporary file of the index cannot be written */
  merge(block: ScannedBlock): void {
    // The whole of it was left for later; a record that is to be replaced stays as it was until then.
    if (block.to === block.from) return;
    if (this.#rollover.needed) this.#rollover.apply(block.times, block.count);
    const replaces = this.#replaces && block.count > 0 && block.from + (block.starts[0] as number) === this.#lastStart;
    this.#replaces = false;
    const numbers: Numbers = {
      shapes: this.#admitShapes(block, replaces),
      components: numbersOf(block.componentNames, (name) => this.#tables.components.add(name)),
      groups: numbersOf(block.stackGroups, ({ title, key }) => this.#tables.errorGroups.add(title, key)),
      traces: this.#admitTraces(block, replaces),
    };
    let at = 0;
    if (replaces) {
      const chunk = this.#tables.store.opened(this.#chunk);
      this.#copy(block, 0, 1, chunk, chunk.count - 1, numbers);
      at = 1;
    }
    while (at < block.count) at += this.#append(block, at, numbers);
    if (block.count > 0) this.#noteLast(block, numbers.shapes);
    this.records += block.count - (replaces ? 1 : 0);
    if (block.lines > 0) this.#unfinished = block.unfinished;
    this.lines += block.lines;
    this.position = block.to;
    this.#endLast(this.position, this.lines);
  }

  /** Nothing more will come. */
  close(): void {
    if (this.#chunk >= 0) this.#tables.store.seal(this.#chunk);
  }

  /** Appends records from `at` on to one chunk. @returns how many */
  #append(block: ScannedBlock, at: number, numbers: Numbers): number {
    const { store } = this.#tables;
    const start = block.from + (block.starts[at] as number);
    const line = this.lines + (block.lineNumbers[at] as number);
    this.#endLast(start, line);
    this.#chunk = store.chunkFor(this.#source, this.#chunk, start, line + 1);
    const chunk = store.opened(this.#chunk);
    const count = Math.min(CHUNK_RECORDS - chunk.count, fitting(block, at, chunk));
    store.reserve(chunk, chunk.count + count);
    this.#copy(block, at, count, chunk, chunk.count, numbers);
    store.added(chunk, count);
    return count;
  }

  #admitShapes({ shapeTexts, shapeCounts, shapes }: ScannedBlock, replaces: boolean): Uint32Array {
    const { miner } = this.#tables;
    const numbers = new Uint32Array(shapeTexts.length);
    shapeTexts.forEach((text, shape) => {
      const count = shapeCounts[shape] as number;
      // Of a record that was left for later: it is admitted with that.
      if (count === 0) return;
      if (replaces && shape === shapes[0]) {
        // The record was counted when it was there first, unless it has another shape since.
        const number = miner.admit(text, count - 1);
        if (number !== this.#lastShape) miner.admit(text, 1);
        numbers[shape] = number;
      } else numbers[shape] = miner.admit(text, count);
    });
    return numbers;
  }

  #admitTraces({ traceHashes, traceRecords, count }: ScannedBlock, replaces: boolean): Uint32Array {
    const { store, traces } = this.#tables;
    const numbers = new Uint32Array(traceRecords.length + 1);
    const next = store.records - (replaces ? 1 : 0);
    for (let trace = 0; trace < traceRecords.length; trace += 1) {
      const place = traceRecords[trace] as number;
      if (place >= count) continue;
      const record = replaces && place === 0 ? this.#lastRecord() : next + place;
      numbers[trace + 1] = traces.add(traceHashes[2 * trace] as number, traceHashes[2 * trace + 1] as number, record);
    }
    return numbers;
  }

  #lastRecord(): number {
    const { first, count } = this.#tables.store.opened(this.#chunk);
    return first + count - 1;
  }

  #copy(block: ScannedBlock, from: number, count: number, chunk: RecordChunk, at: number, numbers: Numbers): void {
    const to = from + count;
    const byteShift = block.from - chunk.base;
    const lineShift = this.lines + 1 - chunk.firstLine;
    const { starts, lines, shapes } = chunk;
    for (let n = from, into = at; n < to; n += 1, into += 1) {
      starts[into] = (block.starts[n] as number) + byteShift;
      lines[into] = (block.lineNumbers[n] as number) + lineShift;
      shapes[into] = numbers.shapes[block.shapes[n] as number] as number;
    }
    chunk.times.set(block.times.subarray(from, to), at);
    chunk.levels.set(block.levels.subarray(from, to), at);
    if (block.durations) chunk.durations.set(block.durations.subarray(from, to), at);
    else chunk.durations.fill(Number.NaN, at, at + count);
    translate(block.components, from, count, chunk.components, at, numbers.components);
    translate(block.traces, from, count, chunk.traces, at, numbers.traces);
    translate(block.groups, from, count, chunk.errorGroups, at, numbers.groups);
  }

  /** The source's last record ends at `offset`, and the next begins on line `line` from 0. */
  #endLast(offset: number, line: number): void {
    if (this.#chunk < 0) return;
    const chunk = this.#tables.store.opened(this.#chunk);
    // A record of more than 4 GiB seems to end there: no one reads it whole.
    chunk.starts[chunk.count] = Math.min(offset - chunk.base, MOST_BYTES);
    chunk.lines[chunk.count] = line + 1 - chunk.firstLine;
  }

  #noteLast(block: ScannedBlock, shapes: Uint32Array): void {
    const last = block.count - 1;
    this.#lastStart = block.from + (block.starts[last] as number);
    this.#lastLine = this.lines + (block.lineNumbers[last] as number);
    this.#lastShape = shapes[block.shapes[last] as number] as number;
  }
}

/** Number n stands at n − 1. */
function numbersOf<T>(names: readonly T[], add: (name: T) => number): Uint32Array {
  const numbers = new Uint32Array(names.length + 1);
  names.forEach((name, at) => {
    numbers[at + 1] = add(name);
  });
  return numbers;
}

/** How many records from `at` on begin within reach of the chunk's base. */
function fitting(block: ScannedBlock, at: number, chunk: RecordChunk): number {
  const reach = chunk.base + MOST_BYTES - block.from;
  if ((block.starts[block.count - 1] as number) <= reach) return block.count - at;
  let count = 1;
  while ((block.starts[at + count] as number) <= reach) count += 1;
  return count;
}

/** Numbers of a column in another numbering; an absent column is all 0. */
function translate(
  column: Uint32Array | undefined,
  from: number,
  count: number,
  into: Uint32Array,
  at: number,
  numbers: Uint32Array,
): void {
  if (!column) {
    into.fill(0, at, at + count);
    return;
  }
  for (let n = 0; n < count; n += 1) into[at + n] = numbers[column[from + n] as number] as number;
}
