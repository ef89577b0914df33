/** So many values are kept as they are, and their percentiles are exact. */
const EXACT = 256;
/** A bucket's ends differ by 2 %: a percentile read from buckets is off by at most 1 % of its value. */
const GROWTH = 1.02;
const LOG_GROWTH = Math.log(GROWTH);
/** ms: a tenth of a microsecond, and 30,000 years; what is shorter or longer than these counts as the least or most that occurred. */
const SHORTEST = 1e-4;
const LONGEST = 1e15;
const FIRST_BUCKET = bucketOf(0);
const LAST_BUCKET = bucketOf(Number.POSITIVE_INFINITY);

/**
 * Percentiles of durations in little memory: exact up to 256 values, beyond that within 1 % of the value (buckets of
 * equal ratio, as in DDSketch). 2 KiB at most for the values, or 4 bytes a bucket: 116 buckets for each power of ten
 * that the durations span, so about 6 KiB from a microsecond to a day.
 */
export class DurationSketch {
  #values: number[] | undefined = [];
  /** Counts of the buckets from `#lowest` on. */
  #counts = new Uint32Array(0);
  #lowest = 0;
  #count = 0;
  #least = Number.POSITIVE_INFINITY;
  #most = Number.NEGATIVE_INFINITY;

  get count(): number {
    return this.#count;
  }

  /** @param duration ms; negative ones count as 0, NaN is no duration */
  add(duration: number): void {
    if (Number.isNaN(duration)) return;
    const value = Math.max(duration, 0);
    this.#count += 1;
    if (value < this.#least) this.#least = value;
    if (value > this.#most) this.#most = value;
    if (!this.#values) {
      this.#countIn(value);
      return;
    }
    this.#values.push(value);
    if (this.#values.length <= EXACT) return;
    const values = this.#values;
    this.#values = undefined;
    for (const one of values) this.#countIn(one);
  }

  #countIn(value: number): void {
    const bucket = bucketOf(value);
    if (this.#counts.length === 0) {
      this.#counts = new Uint32Array(1);
      this.#lowest = bucket;
    }
    if (bucket < this.#lowest || bucket >= this.#lowest + this.#counts.length) this.#widen(bucket);
    const at = bucket - this.#lowest;
    this.#counts[at] = (this.#counts[at] as number) + 1;
  }

  /** Room for a bucket, and some more on its side. */
  #widen(bucket: number): void {
    const end = this.#lowest + this.#counts.length;
    const lowest = bucket < this.#lowest ? bucket - 16 : this.#lowest;
    const counts = new Uint32Array(Math.max(end, bucket >= end ? bucket + 17 : end) - lowest);
    counts.set(this.#counts, this.#lowest - lowest);
    this.#lowest = lowest;
    this.#counts = counts;
  }

  /**
   * The value that `share` of the values do not exceed (nearest rank).
   * @param share 0–1
   * @returns undefined when there are no values
   */
  percentile(share: number): number | undefined {
    if (this.#count === 0) return undefined;
    const rank = Math.min(this.#count - 1, Math.max(0, Math.ceil(share * this.#count) - 1));
    if (this.#values) return this.#values.sort((a, b) => a - b)[rank];
    let left = rank;
    for (let at = 0; at < this.#counts.length; at += 1) {
      const count = this.#counts[at] as number;
      if (left < count) {
        if (this.#lowest + at === FIRST_BUCKET) return this.#least;
        if (this.#lowest + at === LAST_BUCKET) return this.#most;
        // The middle of the bucket, by ratio; no further than what occurred.
        const value = (2 * GROWTH ** (this.#lowest + at)) / (GROWTH + 1);
        return Math.min(this.#most, Math.max(this.#least, value));
      }
      left -= count;
    }
    return this.#most;
  }
}

function bucketOf(value: number): number {
  return Math.ceil(Math.log(Math.min(Math.max(value, SHORTEST), LONGEST)) / LOG_GROWTH);
}
