const FIRST_SLOTS = 256;

/** Numbers of hashes of 64 bits, from 1 in order of first addition; 24–48 bytes each. */
export class HashTable {
  #slots = new Uint32Array(FIRST_SLOTS);
  /** Two halves each, by number. */
  #hashes = new Uint32Array(FIRST_SLOTS);
  #size = 1;

  /** One more than the hashes that were added. */
  get size(): number {
    return this.#size;
  }

  /** 0: it was never added. */
  find(high: number, low: number): number {
    return this.#slots[this.#slotOf(high, low)] as number;
  }

  add(high: number, low: number): number {
    const slot = this.#slotOf(high, low);
    const known = this.#slots[slot] as number;
    if (known !== 0) return known;
    const number = this.#size;
    this.#slots[slot] = number;
    this.#hashes[2 * number] = high;
    this.#hashes[2 * number + 1] = low;
    this.#size += 1;
    if (2 * this.#size >= this.#slots.length) this.#grow();
    return number;
  }

  /** The halves by number, number 0 left out. */
  hashes(): Uint32Array<ArrayBuffer> {
    return this.#hashes.slice(2, 2 * this.#size);
  }

  hash(number: number): [high: number, low: number] {
    return [this.#hashes[2 * number] as number, this.#hashes[2 * number + 1] as number];
  }

  clear(): void {
    this.#slots.fill(0);
    this.#size = 1;
  }

  #slotOf(high: number, low: number): number {
    const mask = this.#slots.length - 1;
    let slot = low & mask;
    for (;;) {
      const number = this.#slots[slot] as number;
      if (number === 0) return slot;
      if (this.#hashes[2 * number] === high && this.#hashes[2 * number + 1] === low) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const length = 2 * this.#slots.length;
    const hashes = new Uint32Array(length);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    this.#slots = new Uint32Array(length);
    for (let number = 1; number < this.#size; number += 1) {
      this.#slots[this.#slotOf(hashes[2 * number] as number, hashes[2 * number + 1] as number)] = number;
    }
  }
}
