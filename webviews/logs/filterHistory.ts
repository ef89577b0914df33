const MAX_ENTRIES = 50;

/** Filters that were applied, as the arrow keys bring them back; what was being written is kept below the newest. */
export class FilterHistory {
  readonly #entries: string[];
  /** Index of what is shown; `length`: what is being written. */
  #at: number;
  #draft = '';

  /** @param entries oldest first */
  constructor(entries: readonly string[]) {
    this.#entries = entries.slice(-MAX_ENTRIES);
    this.#at = this.#entries.length;
  }

  get entries(): readonly string[] {
    return this.#entries;
  }

  /** An applied filter; again at the end when it was there before. */
  add(filter: string): void {
    const text = filter.trim();
    if (text !== '') {
      const known = this.#entries.indexOf(text);
      if (known >= 0) this.#entries.splice(known, 1);
      this.#entries.push(text);
      if (this.#entries.length > MAX_ENTRIES) this.#entries.shift();
    }
    this.#at = this.#entries.length;
  }

  /** @param current what stands in the field @returns what comes next; undefined at either end */
  move(step: -1 | 1, current: string): string | undefined {
    const to = this.#at + step;
    if (to < 0 || to > this.#entries.length) return undefined;
    if (this.#at === this.#entries.length) this.#draft = current;
    this.#at = to;
    return to === this.#entries.length ? this.#draft : this.#entries[to];
  }
}
