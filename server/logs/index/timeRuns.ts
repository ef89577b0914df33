import type { ChunkStore } from './chunkStore.ts';

/** A source whose times fall back by more than this has begun a new run; smaller disorder stays as the file has it. */
const FALL_MS = 60_000;
/** Runs have numbers of one byte. When there are no more, times that fall back stay behind those before them. */
const MOST_RUNS = 256;

/** A part of a run: records [from, to) of the index, all of one chunk. */
export interface RunPiece {
  run: number;
  from: number;
  to: number;
  /** Records of the run before the piece, and the latest time among them. */
  before: number;
  latest: number;
}

/** Consecutive records of one source whose times do not fall back by much: the order of the file is their order. */
export interface TimeRun {
  source: number;
  pieces: RunPiece[];
  count: number;
  /** Of its first record; −Infinity: it has none. */
  firstTime: number;
  latest: number;
}

/** The runs of all sources. A clock that was set back begins a run, and so does what follows a record from the far future. */
export class TimeRuns {
  readonly runs: TimeRun[] = [];
  readonly #store: ChunkStore;
  /** By chunk. */
  readonly #pieces: RunPiece[][] = [];
  readonly #current = new Map<number, number>();

  constructor(store: ChunkStore) {
    this.#store = store;
  }

  /** The piece that holds a record. */
  pieceOf(record: number): RunPiece | undefined {
    return this.#pieces[this.#store.chunkOf(record)]?.find(({ from, to }) => record >= from && record < to);
  }

  /** Takes the records that came since. @returns the earliest time among them, as the order sees it; undefined: none came */
  extend(): number | undefined {
    let earliest: number | undefined;
    // A chunk may grow as long as it is the last of its source: those that grew are among the last of all.
    for (let number = 0; number < this.#store.count; number += 1) {
      const pieces = this.#pieces[number] ?? [];
      this.#pieces[number] = pieces;
      const { first, count } = this.#store.extent(number);
      const taken = pieces.at(-1)?.to ?? first;
      if (taken === first + count) continue;
      const time = this.#take(number, pieces, taken);
      earliest = earliest === undefined ? time : Math.min(earliest, time);
    }
    return earliest;
  }

  #take(number: number, pieces: RunPiece[], from: number): number {
    const chunk = this.#store.chunk(number);
    const end = chunk.first + chunk.count;
    let index = this.#current.get(chunk.source) ?? this.#begin(chunk.source, Number.NEGATIVE_INFINITY);
    let run = this.runs[index] as TimeRun;
    let piece = pieces.at(-1);
    if (piece?.run !== index) piece = this.#addPiece(pieces, index, from);
    let earliest = Number.POSITIVE_INFINITY;
    for (let record = from; record < end; record += 1) {
      const time = chunk.times[record - chunk.first] as number;
      if (time < run.latest - FALL_MS && this.runs.length < MOST_RUNS) {
        piece.to = record;
        index = this.#begin(chunk.source, time);
        run = this.runs[index] as TimeRun;
        piece = this.#addPiece(pieces, index, record);
      }
      if (time > run.latest) run.latest = time;
      if (run.count === 0) run.firstTime = run.latest;
      if (run.latest < earliest) earliest = run.latest;
      run.count += 1;
    }
    piece.to = end;
    return earliest;
  }

  #begin(source: number, latest: number): number {
    this.runs.push({ source, pieces: [], count: 0, firstTime: latest, latest });
    this.#current.set(source, this.runs.length - 1);
    return this.runs.length - 1;
  }

  #addPiece(pieces: RunPiece[], index: number, from: number): RunPiece {
    const run = this.runs[index] as TimeRun;
    const piece: RunPiece = { run: index, from, to: from, before: run.count, latest: run.latest };
    pieces.push(piece);
    run.pieces.push(piece);
    return piece;
  }
}
