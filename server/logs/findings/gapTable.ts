/** What is known of the pauses between the records of one template, on one scale. */
export interface Gaps {
  /** The longest pause, and the position of the record before it. */
  longest: number;
  longestAfter: number;
  /** The second longest. */
  next: number;
  /** Mean and standard deviation over mean of all but the longest. */
  mean: number;
  variation: number;
  /** How many, without the longest. */
  count: number;
}

/** Columns of one scale: ms or positions. */
class Scale {
  readonly last: Float64Array;
  readonly longest: Float64Array;
  readonly longestAfter: Float64Array;
  readonly next: Float64Array;
  readonly sum: Float64Array;
  readonly squares: Float64Array;

  constructor(rows: number) {
    this.last = new Float64Array(rows).fill(Number.NaN);
    this.longest = new Float64Array(rows);
    this.longestAfter = new Float64Array(rows).fill(-1);
    this.next = new Float64Array(rows);
    this.sum = new Float64Array(rows);
    this.squares = new Float64Array(rows);
  }

  add(row: number, value: number, previous: number): void {
    const last = this.last[row] as number;
    if (Number.isNaN(value)) return;
    this.last[row] = value;
    if (Number.isNaN(last)) return;
    const gap = value > last ? value - last : 0;
    this.sum[row] = (this.sum[row] as number) + gap;
    this.squares[row] = (this.squares[row] as number) + gap * gap;
    if (gap > (this.longest[row] as number)) {
      this.next[row] = this.longest[row] as number;
      this.longest[row] = gap;
      this.longestAfter[row] = previous;
    } else if (gap > (this.next[row] as number)) this.next[row] = gap;
  }

  of(row: number, records: number, tail: number, lastPosition: number): Gaps {
    const longest = this.longest[row] as number;
    const sum = (this.sum[row] as number) + tail;
    const squares = (this.squares[row] as number) + tail * tail;
    const most = Math.max(longest, tail);
    const count = Math.max(0, records - 1);
    const mean = count > 0 ? (sum - most) / count : 0;
    const variance = count > 0 ? Math.max(0, (squares - most * most) / count - mean * mean) : 0;
    return {
      longest: most,
      longestAfter: tail >= longest ? lastPosition : (this.longestAfter[row] as number),
      next: tail >= longest ? longest : Math.max(tail, this.next[row] as number),
      mean,
      variation: mean > 0 ? Math.sqrt(variance) / mean : Number.POSITIVE_INFINITY,
      count,
    };
  }
}

/** Pauses between the records of each template, in ms and in records; 13 numbers a row. Rows are added in the order of their source. */
export class GapTable {
  readonly #clock: Scale;
  readonly #order: Scale;
  readonly #records: Uint32Array;

  constructor(rows: number) {
    this.#clock = new Scale(rows);
    this.#order = new Scale(rows);
    this.#records = new Uint32Array(rows);
  }

  /** @param moment ms; NaN: no time is known yet */
  add(row: number, position: number, moment: number): void {
    const previous = this.#order.last[row] as number;
    this.#clock.add(row, moment, previous);
    this.#order.add(row, position, previous);
    this.#records[row] = (this.#records[row] as number) + 1;
  }

  /** Time of the last record of a row; NaN: none. */
  lastTime(row: number): number {
    return this.#clock.last[row] as number;
  }

  lastPosition(row: number): number {
    return this.#order.last[row] as number;
  }

  /** Pauses in ms, the one up to the end of the log among them. @param end ms */
  clock(row: number, end: number): Gaps {
    const tail = Math.max(0, end - this.lastTime(row)) || 0;
    return this.#clock.of(row, this.#records[row] as number, tail, this.lastPosition(row));
  }

  /** The same in records. @param end position */
  order(row: number, end: number): Gaps {
    return this.#order.of(
      row,
      this.#records[row] as number,
      Math.max(0, end - this.lastPosition(row)),
      this.lastPosition(row),
    );
  }
}
