import type { FormatPlan } from '../formats/logFormat.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Times that fall back by more than this have begun a new day, or a new year. */
const DAY_FALL_MS = 12 * HOUR_MS;
const YEAR_FALL_MS = 300 * DAY_MS;
/** A record that came late, from before a rollover that was already seen. */
const LATE_DAY_MS = DAY_MS - HOUR_MS;
const LATE_YEAR_MS = 363 * DAY_MS;

/**
 * Gives times that were written without a year or a date the one that their order tells: `parse` knows its line alone
 * and takes the same day, or year, for all. Follows the records of one source in the order of the file.
 */
export class Rollover {
  readonly #plan: FormatPlan;
  readonly #year: number;
  /** Days or years that have begun since the first record. */
  #turns = 0;
  /** As `parse` told it; NaN: none yet. */
  #last = Number.NaN;

  constructor(plan: FormatPlan) {
    this.#plan = plan;
    this.#year = new Date(plan.startMs ?? 0).getUTCFullYear();
  }

  /** Whether there is anything to do for this source. */
  get needed(): boolean {
    return this.#plan.lacks !== undefined;
  }

  /** Sets the first `count` times right. NaN stays. */
  apply(times: Float64Array, count: number): void {
    const byDay = this.#plan.lacks === 'date';
    const fall = byDay ? DAY_FALL_MS : YEAR_FALL_MS;
    const late = byDay ? LATE_DAY_MS : LATE_YEAR_MS;
    for (let at = 0; at < count; at += 1) {
      const time = times[at] as number;
      if (Number.isNaN(time)) continue;
      const step = time - this.#last;
      if (step < -fall) this.#turns += 1;
      else if (step > late && this.#turns > 0) this.#turns -= 1;
      this.#last = time;
      if (this.#turns > 0) times[at] = byDay ? time + this.#turns * DAY_MS : this.#inYear(time);
    }
  }

  /** Months before March and those behind are moved apart: between them stands a day that not every year has. */
  #inYear(time: number): number {
    const from = this.#year;
    const to = from + this.#turns;
    const march = Date.UTC(from, 2, 1);
    return time < march ? time + Date.UTC(to, 0, 1) - Date.UTC(from, 0, 1) : time + Date.UTC(to, 2, 1) - march;
  }
}
