import { NAME_BYTES } from './scanLimits.ts';

const FIRST_SLOTS = 256;
const FIRST_ARENA = 4_096;
/** A power of two. */
const RECENT = 256;

/** Names of one block by their bytes, without a string for each record. Number 0 is the empty name. */
export class NameTable {
  #slots = new Int32Array(FIRST_SLOTS);
  #hashes = new Int32Array(FIRST_SLOTS);
  /** `ends[n]` is where name n ends in the arena, and name n + 1 begins; `ends[0]` is 0. */
  #ends = new Uint32Array(FIRST_SLOTS);
  #arena = Buffer.allocUnsafe(FIRST_ARENA);
  #size = 1;
  /** Numbers of names that were added lately, by a guess. */
  readonly #recent = new Int32Array(RECENT);

  get size(): number {
    return this.#size;
  }

  /** @returns the number of the name bytes[start, end), of which the first 256 bytes count */
  add(bytes: Uint8Array, start: number, end: number): number {
    const stop = Math.min(end, start + NAME_BYTES);
    if (stop <= start) return 0;
    // Most names were just there: a guess by their ends costs less than a hash of all their bytes.
    const guess = ((bytes[start] as number) + 31 * (bytes[stop - 1] as number) + 7 * (stop - start)) & (RECENT - 1);
    const recent = this.#recent[guess] as number;
    if (recent !== 0 && this.#same(recent, bytes, start, stop)) return recent;
    const number = this.#lookUp(bytes, start, stop);
    this.#recent[guess] = number;
    return number;
  }

  #lookUp(bytes: Uint8Array, start: number, stop: number): number {
    let hash = 0x811c9dc5;
    for (let at = start; at < stop; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
    hash ^= hash >>> 15;
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const number = this.#slots[slot] as number;
      if (number === 0) return this.#insert(slot, hash, bytes, start, stop);
      if (this.#hashes[number] === hash && this.#same(number, bytes, start, stop)) return number;
    }
  }

  /** The names by number, from 1. */
  texts(encoding: BufferEncoding): string[] {
    const texts: string[] = [];
    for (let number = 1; number < this.#size; number += 1) {
      texts.push(this.#arena.toString(encoding, this.#ends[number - 1], this.#ends[number]));
    }
    return texts;
  }

  clear(): void {
    this.#slots.fill(0);
    this.#recent.fill(0);
    this.#size = 1;
  }

  #same(number: number, bytes: Uint8Array, start: number, end: number): boolean {
    const arena = this.#arena;
    const first = this.#ends[number - 1] as number;
    if ((this.#ends[number] as number) - first !== end - start) return false;
    for (let at = start, other = first; at < end; at += 1, other += 1) {
      if (bytes[at] !== arena[other]) return false;
    }
    return true;
  }

  #insert(slot: number, hash: number, bytes: Uint8Array, start: number, end: number): number {
    const number = this.#size;
    const first = this.#ends[number - 1] as number;
    const stop = first + end - start;
    if (stop > this.#arena.length) {
      const arena = Buffer.allocUnsafe(2 * this.#arena.length + NAME_BYTES);
      arena.set(this.#arena.subarray(0, first));
      this.#arena = arena;
    }
    this.#arena.set(bytes.subarray(start, end), first);
    this.#slots[slot] = number;
    this.#hashes[number] = hash;
    this.#ends[number] = stop;
    this.#size += 1;
    if (2 * this.#size > this.#slots.length) this.#grow();
    return number;
  }

  #grow(): void {
    const length = 2 * this.#slots.length;
    const hashes = new Int32Array(length);
    hashes.set(this.#hashes);
    const ends = new Uint32Array(length);
    ends.set(this.#ends);
    const slots = new Int32Array(length);
    for (let number = 1; number < this.#size; number += 1) {
      let slot = (hashes[number] as number) & (length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (length - 1);
      slots[slot] = number;
    }
    this.#hashes = hashes;
    this.#ends = ends;
    this.#slots = slots;
  }
}
