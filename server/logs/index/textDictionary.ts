import type { Dictionary } from './logIndex.ts';

/** A dictionary that keeps its texts, of which there are at most `limit`: what comes later has number 0. */
export class TextDictionary implements Dictionary {
  readonly #limit: number;
  readonly #texts = [''];
  readonly #numbers = new Map([['', 0]]);
  #refused = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#texts.length;
  }

  /** Something had no room. */
  get full(): boolean {
    return this.#refused;
  }

  /** @param text what is shown; @param key what makes it one of its own, the text unless it is told */
  add(text: string, key = text): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (this.#texts.length > this.#limit) {
      this.#refused = true;
      return 0;
    }
    this.#numbers.set(key, this.#texts.length);
    return this.#texts.push(text) - 1;
  }

  text(number: number): string {
    return this.#texts[number] ?? '';
  }

  find(text: string): number {
    return this.#numbers.get(text) ?? Math.max(0, this.#texts.indexOf(text));
  }
}
