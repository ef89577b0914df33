import type { Severity } from './severity.ts';
import type { Survey } from './survey.ts';

/** A template that occurs more often is not rare. */
export const RARE_RECORDS = 3;
/** Templates that begin within so many records after the first of them begin together: a phase, a deployment, one event that says several things. */
const TOGETHER = 30;
/** In the first part of a log everything is new. */
const SETTLED_SHARE = 0.05;
const SETTLED_RECORDS = 30;

/** When the templates of a log began, and how usual it is that one begins: 12 bytes a template. */
export class Novelty {
  readonly #survey: Survey;
  /** Slots in the order of their first records. */
  readonly order: Uint32Array;
  readonly #firsts: Uint32Array;
  /** Nothing is called new before this position. */
  readonly settled: number;
  /** By severity: positions where templates at least as severe begin, those that begin together once. */
  readonly #begins: readonly number[][] = [[], [], [], []];
  readonly #rare = [0, 0, 0, 0];
  readonly #share = [1, 0, 0, 0];
  /** By slot, of ordinary ones: how many begin together, at the first of them; missing: not the first. */
  readonly #heads = new Map<number, number>();

  constructor(survey: Survey) {
    this.#survey = survey;
    this.settled = Math.max(SETTLED_RECORDS, Math.ceil(survey.records * SETTLED_SHARE));
    this.order = byFirst(survey);
    this.#firsts = this.order.map((slot) => survey.first[slot] as number);
    const previous = [-Infinity, -Infinity, -Infinity, -Infinity];
    const previousRare = [-Infinity, -Infinity, -Infinity, -Infinity];
    const records = [0, 0, 0, 0];
    let head = -1;
    let headEnd = Number.NEGATIVE_INFINITY;
    for (const slot of this.order) {
      const severity = survey.severity(slot);
      const first = survey.first[slot] as number;
      const isRare = (survey.count[slot] as number) <= RARE_RECORDS;
      for (let least = 0; least <= severity; least += 1) {
        if (first - (previous[least] as number) > TOGETHER) {
          this.#begins[least]?.push(first);
          previous[least] = first;
        }
        records[least] = (records[least] as number) + (survey.count[slot] as number);
        if (!isRare) continue;
        if (first - (previousRare[least] as number) <= TOGETHER) continue;
        this.#rare[least] = (this.#rare[least] as number) + 1;
        previousRare[least] = first;
      }
      if (severity > 0) continue;
      if (first - headEnd > TOGETHER) head = slot;
      this.#heads.set(head, (this.#heads.get(head) ?? 0) + 1);
      headEnd = first;
    }
    for (let least = 1; least <= 3; least += 1)
      this.#share[least] = (records[least] as number) / Math.max(1, survey.records);
  }

  isHead(slot: number): boolean {
    return this.#heads.has(slot);
  }

  /** How many ordinary templates begin with this first one. */
  together(slot: number): number {
    return this.#heads.get(slot) ?? 1;
  }

  /** How often templates as severe began in as many records before a position as lie before those: in its second half. */
  recent(position: number, severity: Severity): number {
    const begins = this.#begins[severity] ?? [];
    return placeOf(begins, position - TOGETHER) - placeOf(begins, position / 2);
  }

  /** How many templates of any kind began in the second half of what lies before a position. */
  recentTemplates(position: number): number {
    return placeOf(this.#firsts, position) - placeOf(this.#firsts, position / 2);
  }

  /** How often messages as severe occur that are rare. */
  rare(severity: Severity): number {
    return this.#rare[severity] ?? 0;
  }

  /** Share of the records whose template is at least as severe. */
  share(severity: Severity): number {
    return this.#share[severity] ?? 0;
  }

  get survey(): Survey {
    return this.#survey;
  }
}

/** How many values are below a bound; values ascend. */
function placeOf(values: readonly number[] | Uint32Array, bound: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

function byFirst({ templates, count, first }: Survey): Uint32Array {
  const size = templates.length + 1;
  const keys: number[] = [];
  for (let slot = 0; slot < templates.length; slot += 1)
    if ((count[slot] as number) > 0) keys.push((first[slot] as number) * size + slot);
  // A typed array sorts numbers without a comparison function.
  return Uint32Array.from(Float64Array.from(keys).sort(), (key) => key % size);
}
