import { isBlank } from './ascii.ts';
import type { Head } from './logFormat.ts';

/** A power of two; with the longest head, 150 KiB. */
const SLOTS = 1024;
/** 4-byte words kept of one head: its length, then its bytes. */
const KEY_WORDS = 32;
const LONGEST_KEY = 4 * (KEY_WORDS - 1);
const SHORTEST_KEY = 8;
/** Words that the slot is found by, where all heads are so long. */
const MOST_HASHED = 8;
/** Level, and range of the component from where the head begins. */
const VALUES = 3;
/** Heads that are read before it is worth to remember any. */
const FEW = 1_000;
/** So many look-ups are judged together; when most of them were in vain, the next are left out. */
const ROUND = 4_096;
const REST = 16 * ROUND;

/**
 * What was read of the heads behind their time, by their bytes: loggers, threads and levels repeat from line to line, and
 * comparing bytes by fours costs a fraction of reading them. Only for heads that say the same whatever follows them.
 */
export class HeadMemory {
  readonly #level: boolean;
  readonly #component: boolean;
  #keys: Int32Array | undefined;
  #values = new Int32Array(0);
  #hashed = MOST_HASHED;
  #rest = FEW;
  #tries = 0;
  #hits = 0;
  /** Of the bytes that were looked at last. */
  #bytes: Uint8Array | undefined;
  #view: DataView = new DataView(new ArrayBuffer(0));

  /** Whether the heads tell a level, and a component. */
  constructor(level: boolean, component: boolean) {
    this.#level = level;
    this.#component = component;
  }

  /** Sets what the head at `at` tells in `head`. @returns where the message begins; -1: it is not known */
  recall(bytes: Uint8Array, at: number, end: number, head: Head): number {
    const keys = this.#keys;
    if (keys === undefined || this.#rest > 0) return -1;
    this.#tries += 1;
    if (this.#tries > ROUND) this.#judge();
    if (bytes !== this.#bytes) this.#look(bytes);
    if (at + 4 * this.#hashed > end) return -1;
    let slot = this.#slotOf(this.#view, at);
    if (!this.#holds(keys, slot, at, end)) {
      slot ^= 1;
      if (!this.#holds(keys, slot, at, end)) return -1;
    }
    const message = at + (keys[slot * KEY_WORDS] as number);
    if (message >= end || isBlank(bytes[message] as number)) return -1;
    this.#hits += 1;
    const values = this.#values;
    const value = slot * VALUES;
    if (this.#level) head.level = values[value] as number;
    if (this.#component) {
      head.componentStart = at + (values[value + 1] as number);
      head.componentEnd = at + (values[value + 2] as number);
    }
    return message;
  }

  /** @param message where the message begins, as `head` was read from `at` on */
  learn(bytes: Uint8Array, at: number, message: number, end: number, head: Head): void {
    if (this.#rest > 0) {
      this.#rest -= 1;
      return;
    }
    const length = message - at;
    if (length < SHORTEST_KEY || length > LONGEST_KEY || message >= end) return;
    // What ends the last field stands in the key then, and more blanks would belong to the head.
    if (!isBlank(bytes[message - 1] as number) || isBlank(bytes[message] as number)) return;
    this.#keys ??= new Int32Array(SLOTS * KEY_WORDS);
    if (this.#values.length === 0) this.#values = new Int32Array(SLOTS * VALUES);
    const keys = this.#keys;
    if (4 * this.#hashed > length) {
      this.#hashed = length >> 2;
      keys.fill(0);
    }
    if (bytes !== this.#bytes) this.#look(bytes);
    const view = this.#view;
    let slot = this.#slotOf(view, at);
    if (keys[slot * KEY_WORDS] !== 0 && keys[(slot ^ 1) * KEY_WORDS] === 0) slot ^= 1;
    let key = slot * KEY_WORDS;
    keys[key] = length;
    const last = at + length - 4;
    for (let next = at; next < last; next += 4) {
      key += 1;
      keys[key] = view.getInt32(next, true);
    }
    keys[key + 1] = view.getInt32(last, true);
    this.#values.set([head.level, head.componentStart - at, head.componentEnd - at], slot * VALUES);
  }

  #holds(keys: Int32Array, slot: number, at: number, end: number): boolean {
    const view = this.#view;
    let key = slot * KEY_WORDS;
    const length = keys[key] as number;
    if (length === 0 || at + length > end) return false;
    const last = at + length - 4;
    for (let next = at; next < last; next += 4) {
      key += 1;
      if (view.getInt32(next, true) !== keys[key]) return false;
    }
    return view.getInt32(last, true) === keys[key + 1];
  }

  #slotOf(view: DataView, at: number): number {
    let hash = 0;
    const stop = at + 4 * this.#hashed;
    for (let next = at; next < stop; next += 4)
      hash = Math.imul(hash ^ view.getInt32(next, true), 0x9e3779b1) ^ (hash >>> 15);
    return (hash ^ (hash >>> 15)) & (SLOTS - 1);
  }

  #look(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  #judge(): void {
    if (2 * this.#hits < ROUND) this.#rest = REST;
    this.#tries = 0;
    this.#hits = 0;
  }
}
