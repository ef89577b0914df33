import { RecordLook } from './recordLook.ts';
import type { Survey } from './survey.ts';

const DAY_MS = 86_400_000;

/** How findings say their numbers and times, in the zone of their source. */
export class Words {
  readonly #look: RecordLook;
  readonly #zoneMs: number;
  readonly #showsDay: boolean;

  constructor({ index, records }: Survey) {
    this.#look = new RecordLook(index);
    this.#zoneMs = (index.sources[0]?.plan.zoneMinutes ?? 0) * 60_000;
    const from = records > 0 ? this.#look.time(0) : undefined;
    const to = records > 0 ? this.#look.time(records - 1) : undefined;
    this.#showsDay =
      from !== undefined &&
      to !== undefined &&
      Math.floor(this.#local(from) / DAY_MS) !== Math.floor(this.#local(to) / DAY_MS);
  }

  #local(time: number): number {
    return time + this.#zoneMs;
  }

  /** "at 10:42:07", "at 2026-11-24 10:42:07", or "in record 1,204" where no time is told. */
  when(position: number): string {
    const time = this.#look.time(position);
    const local = time === undefined ? Number.NaN : this.#local(time);
    if (!(Math.abs(local) < 8.64e15)) return `in record ${count(position + 1)}`;
    const text = new Date(local).toISOString();
    // Years beyond 9999 have a sign and two digits more.
    const clock = text.slice(text.indexOf('T') + 1, text.indexOf('T') + 9);
    return `at ${this.#showsDay ? `${text.slice(0, text.indexOf('T'))} ` : ''}${clock}`;
  }

  /** ms between two records; undefined where times are missing or run backwards. */
  between(from: number, to: number): number | undefined {
    const start = this.#look.time(from);
    const end = this.#look.time(to);
    return start === undefined || end === undefined || end < start ? undefined : end - start;
  }

  /** "3 minutes", or "120 records" where times are missing. */
  distance(from: number, to: number): string {
    const elapsed = this.between(from, to);
    return elapsed === undefined ? `${count(Math.max(0, to - from))} records` : span(elapsed);
  }
}

/** 61,000 */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${Math.round(value) === 1 ? '' : 's'}`;
}

/** How long, in the largest unit that says it well: "850 ms", "12 s", "3 minutes". */
export function span(ms: number): string {
  if (ms < 1_000) return `${ms < 10 ? Number(ms.toPrecision(2)) : Math.round(ms)} ms`;
  if (ms < 120_000) return `${ms < 10_000 ? Number((ms / 1_000).toPrecision(2)) : Math.round(ms / 1_000)} s`;
  if (ms < 2 * 3_600_000) return `${Math.round(ms / 60_000)} minutes`;
  if (ms < 2 * DAY_MS) return `${Number((ms / 3_600_000).toPrecision(2))} hours`;
  return `${Math.round(ms / DAY_MS)} days`;
}

/** 0.004 → "0.4 %" */
export function percent(share: number): string {
  const value = share * 100;
  return `${value >= 10 || value === 0 ? Math.round(value) : Number(value.toPrecision(2))} %`;
}

/** 9.7 → "10×", 2.44 → "2.4×" */
export function times(ratio: number): string {
  return ratio >= 1_000 ? 'over 1,000×' : `${ratio >= 10 ? Math.round(ratio) : Number(ratio.toPrecision(2))}×`;
}
