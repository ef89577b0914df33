import type { ChunkStore } from './chunkStore.ts';
import { type RunPiece, type TimeRun, TimeRuns } from './timeRuns.ts';

/** Positions between two marks, from which the order can be walked. */
const STRIDE = 1_024;

/** How far each run is before a position, and the time there. */
interface Mark {
  passed: Uint32Array;
  time: number;
}

/**
 * The order of all records by time, over several sources: for each position a byte, the run that its record is of, and
 * every 1,024 positions a mark. To extend it costs what is new, and what is later than that.
 */
export class TimeOrder {
  readonly #store: ChunkStore;
  readonly #runs: TimeRuns;
  readonly #marks: Mark[] = [];
  #order = new Uint8Array(STRIDE);
  #length = 0;

  constructor(store: ChunkStore) {
    this.#store = store;
    this.#runs = new TimeRuns(store);
  }

  /** Records that have a position. */
  get length(): number {
    return this.#length;
  }

  recordAt(position: number): number {
    const mark = Math.floor(position / STRIDE);
    const run = this.#order[position] as number;
    let passed = this.#passed(mark, run);
    for (let at = mark * STRIDE; at < position; at += 1) if (this.#order[at] === run) passed += 1;
    const piece = pieceAt(this.#runs.runs[run] as TimeRun, passed);
    return piece.from + passed - piece.before;
  }

  /** The records at the positions `from` ≤ n < `to`. */
  recordsAt(from: number, to: number): Uint32Array {
    const records = new Uint32Array(Math.max(0, to - from));
    const mark = Math.floor(from / STRIDE);
    const passed = this.#runs.runs.map((_, run) => this.#passed(mark, run));
    const pieces: RunPiece[] = [];
    for (let at = mark * STRIDE; at < to; at += 1) {
      const run = this.#order[at] as number;
      const before = passed[run] as number;
      passed[run] = before + 1;
      if (at < from) continue;
      let piece = pieces[run];
      if (!piece || before - piece.before >= piece.to - piece.from) {
        piece = pieceAt(this.#runs.runs[run] as TimeRun, before);
        pieces[run] = piece;
      }
      records[at - from] = piece.from + before - piece.before;
    }
    return records;
  }

  positionOf(record: number): number {
    const piece = this.#runs.pieceOf(record);
    if (!piece) return record;
    const passed = piece.before + record - piece.from;
    let low = 0;
    let high = this.#marks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#passed(middle, piece.run) <= passed) low = middle;
      else high = middle - 1;
    }
    let left = passed - this.#passed(low, piece.run);
    for (let at = low * STRIDE; at < this.#length; at += 1) {
      if (this.#order[at] !== piece.run) continue;
      if (left === 0) return at;
      left -= 1;
    }
    return record;
  }

  /** Takes what the index has now. */
  extend(): void {
    const earliest = this.#runs.extend();
    if (earliest === undefined) return;
    let keep = this.#marks.length;
    while (keep > 0 && (this.#marks[keep - 1] as Mark).time >= earliest) keep -= 1;
    // What follows the last mark that is early enough may be late: it is merged again from there.
    const mark = Math.max(0, keep - 1);
    const passed = this.#marks[mark]?.passed ?? new Uint32Array(0);
    this.#marks.length = mark;
    this.#length = mark * STRIDE;
    this.#merge(passed);
  }

  #merge(passed: Uint32Array): void {
    const cursors = this.#runs.runs
      .map((run, number) => new Cursor(this.#store, run, number, passed[number] ?? 0))
      .filter(({ ended }) => !ended)
      .sort((one, other) => one.run.source - other.run.source || one.number - other.number);
    const total = this.#runs.runs.reduce((sum, { count }) => sum + count, 0);
    this.#reserve(total);
    const counts = new Uint32Array(this.#runs.runs.length);
    counts.set(passed);
    while (this.#length < total) {
      const { best, until } = earliestOf(cursors);
      const { number } = best;
      // Ahead of `until`, or there as the one that stands first: no other cursor moves meanwhile.
      do {
        if (this.#length % STRIDE === 0) this.#marks.push({ passed: counts.slice(), time: best.time });
        this.#order[this.#length] = number;
        this.#length += 1;
        counts[number] = (counts[number] as number) + 1;
        best.next();
      } while (!best.ended && best.time < until);
      if (best.ended) cursors.splice(cursors.indexOf(best), 1);
    }
  }

  #reserve(length: number): void {
    if (length <= this.#order.length) return;
    const order = new Uint8Array(Math.max(length, Math.ceil(1.25 * this.#order.length)));
    order.set(this.#order.subarray(0, this.#length));
    this.#order = order;
  }

  #passed(mark: number, run: number): number {
    return this.#marks[mark]?.passed[run] ?? 0;
  }
}

function earliestOf(cursors: readonly Cursor[]): { best: Cursor; until: number } {
  let best = cursors[0] as Cursor;
  let until = Number.POSITIVE_INFINITY;
  for (let at = 1; at < cursors.length; at += 1) {
    const cursor = cursors[at] as Cursor;
    if (cursor.time < best.time) {
      until = best.time;
      best = cursor;
    } else if (cursor.time < until) until = cursor.time;
  }
  return { best, until };
}

/** The part of a run that holds its record number `passed`, counted from 0. */
function pieceAt({ pieces }: TimeRun, passed: number): RunPiece {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((pieces[middle] as RunPiece).before <= passed) low = middle;
    else high = middle - 1;
  }
  return pieces[low] as RunPiece;
}

/** Where a run is read. Its times are fetched when it is first moved: most runs of a rotated set wait for long. */
class Cursor {
  readonly run: TimeRun;
  readonly number: number;
  /** Of the record that comes next, never before one that was passed. */
  time: number;
  ended: boolean;
  readonly #store: ChunkStore;
  #passed: number;
  #piece: RunPiece | undefined;
  #times: Float64Array | undefined;
  #first = 0;

  constructor(store: ChunkStore, run: TimeRun, number: number, passed: number) {
    this.#store = store;
    this.run = run;
    this.number = number;
    this.#passed = passed;
    this.ended = passed >= run.count;
    this.time = run.firstTime;
    if (passed > 0 && !this.ended) {
      this.#enter(passed);
      const piece = this.#piece as RunPiece;
      this.time = piece.latest;
      for (let record = piece.from; record <= piece.from + passed - piece.before; record += 1) this.#look(record);
    }
  }

  next(): void {
    this.#passed += 1;
    if (this.#passed >= this.run.count) {
      this.ended = true;
      this.#times = undefined;
      return;
    }
    const piece = this.#piece;
    if (piece === undefined || this.#passed - piece.before >= piece.to - piece.from) this.#enter(this.#passed);
    const { from, before } = this.#piece as RunPiece;
    this.#look(from + this.#passed - before);
  }

  #enter(passed: number): void {
    this.#piece = pieceAt(this.run, passed);
    const chunk = this.#store.chunk(this.#store.chunkOf(this.#piece.from));
    this.#times = chunk.times;
    this.#first = chunk.first;
  }

  #look(record: number): void {
    const time = this.#times?.[record - this.#first];
    if (time !== undefined && time > this.time) this.time = time;
  }
}
