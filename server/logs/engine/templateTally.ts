import type { LogIndex } from '../index/logIndex.ts';

/** How often a template occurs in a whole log, and when. */
export interface TemplateCount {
  count: number;
  /** Its first record. */
  record: number;
  /** ms since the epoch; absent when none of its records has a time. */
  first?: number;
  last?: number;
}

/** A count is made anew when this share of records came since. */
const STALE_SHARE = 0.05;

/** Counts the records of each template of a log that may still grow. */
export class TemplateTally {
  readonly #index: LogIndex;
  #counts = new Map<number, TemplateCount>();
  #records = -1;
  #complete = false;

  constructor(index: LogIndex) {
    this.#index = index;
  }

  /** Up to 5 % behind while the log grows. */
  of(template: number): TemplateCount | undefined {
    const { records, complete } = this.#index;
    const grew = records - this.#records;
    if (this.#records < 0 || grew > records * STALE_SHARE || (complete && (!this.#complete || grew > 0))) this.#count();
    return this.#counts.get(template);
  }

  #count(): void {
    const index = this.#index;
    this.#records = index.records;
    this.#complete = index.complete;
    // By shape first: there are far fewer shapes than records, and a shape's template is looked up once.
    const counts = new Float64Array(index.shapeCount);
    const firsts = new Float64Array(index.shapeCount).fill(Number.NaN);
    const lasts = new Float64Array(index.shapeCount).fill(Number.NaN);
    const records = new Float64Array(index.shapeCount).fill(-1);
    for (let number = 0; number < index.chunkCount; number += 1) {
      const { first, count, shapes, times } = index.chunk(number);
      for (let at = 0; at < count; at += 1) {
        const shape = shapes[at] as number;
        counts[shape] = (counts[shape] as number) + 1;
        if ((records[shape] as number) < 0) records[shape] = first + at;
        const time = times[at] as number;
        if (Number.isNaN(time)) continue;
        if (!((firsts[shape] as number) <= time)) firsts[shape] = time;
        if (!((lasts[shape] as number) >= time)) lasts[shape] = time;
      }
    }
    const byTemplate = new Map<number, TemplateCount>();
    for (let shape = 0; shape < counts.length; shape += 1) {
      if (counts[shape] === 0) continue;
      const template = index.templateOf(shape);
      const known = byTemplate.get(template);
      const first = firsts[shape] as number;
      const last = lasts[shape] as number;
      const timed = Number.isNaN(first) ? {} : { first, last };
      if (!known)
        byTemplate.set(template, { count: counts[shape] as number, record: records[shape] as number, ...timed });
      else {
        known.count += counts[shape] as number;
        known.record = Math.min(known.record, records[shape] as number);
        if (!Number.isNaN(first)) {
          known.first = Math.min(known.first ?? first, first);
          known.last = Math.max(known.last ?? last, last);
        }
      }
    }
    this.#counts = byTemplate;
  }
}
