/** A fixed set of words that is asked with bytes, so that no string is made for a look-up. */
export class ByteWords {
  readonly #words: readonly Uint8Array[];
  /** Number of a word + 1 by hash; 0: none. */
  readonly #slots: Uint16Array;
  readonly #mask: number;

  constructor(words: Iterable<string>) {
    this.#words = [...words].map((word) => new TextEncoder().encode(word));
    let size = 16;
    while (size < 4 * this.#words.length) size *= 2;
    this.#slots = new Uint16Array(size);
    this.#mask = size - 1;
    this.#words.forEach((word, number) => {
      let slot = hashOf(word, 0, word.length) & this.#mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = number + 1;
    });
  }

  /** Number of the word bytes[from, to) in the order of the constructor; -1: not in the set. */
  find(bytes: Uint8Array, from: number, to: number): number {
    let slot = hashOf(bytes, from, to) & this.#mask;
    while (true) {
      const number = (this.#slots[slot] as number) - 1;
      if (number < 0) return -1;
      const word = this.#words[number] as Uint8Array;
      if (word.length === to - from) {
        let at = 0;
        while (at < word.length && word[at] === bytes[from + at]) at += 1;
        if (at === word.length) return number;
      }
      slot = (slot + 1) & this.#mask;
    }
  }

  has(bytes: Uint8Array, from: number, to: number): boolean {
    return this.find(bytes, from, to) >= 0;
  }
}

function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = to - from;
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  return hash ^ (hash >>> 13);
}
