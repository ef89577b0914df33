import { BrokenArchive } from './compression.ts';

const MAX_LENGTH = 20;

/** A canonical Huffman code: symbols in the order of their codes, and for each length the last code and what to take off. */
export interface HuffmanCode {
  shortest: number;
  limits: Int32Array;
  bases: Int32Array;
  symbols: Uint16Array;
}

/** @param lengths bits of each symbol's code, 1–20 */
export function buildCode(lengths: Uint8Array): HuffmanCode {
  const counts = new Uint32Array(MAX_LENGTH + 1);
  for (const length of lengths) counts[length] = (counts[length] as number) + 1;
  const limits = new Int32Array(MAX_LENGTH + 1).fill(-1);
  const bases = new Int32Array(MAX_LENGTH + 1);
  const symbols = new Uint16Array(lengths.length);
  let code = 0;
  let placed = 0;
  for (let length = 1; length <= MAX_LENGTH; length += 1) {
    bases[length] = code - placed;
    for (let symbol = 0; symbol < lengths.length; symbol += 1) {
      if (lengths[symbol] !== length) continue;
      symbols[placed] = symbol;
      placed += 1;
    }
    code += counts[length] as number;
    limits[length] = code - 1;
    code <<= 1;
  }
  return { shortest: counts.findIndex((count) => count > 0), limits, bases, symbols };
}

/** Bits, most significant first, of bytes that come in pieces. */
export class BzipBits {
  ended = false;
  #bytes = new Uint8Array(1 << 21);
  #start = 0;
  #end = 0;
  /** Bytes before `#bytes[0]`. */
  #dropped = 0;
  /** Bits that are read from `#bytes` and not used, in the low end; never more than 31. */
  #pending = 0;
  #pendingBits = 0;

  get available(): number {
    return this.#end - this.#start + (this.#pendingBits >> 3);
  }

  get consumed(): number {
    return this.#dropped + this.#start - (this.#pendingBits >> 3);
  }

  push(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#bytes.length) {
      const kept = this.#bytes.subarray(this.#start, this.#end);
      const room = new Uint8Array(Math.max(this.#bytes.length, kept.length + bytes.length));
      room.set(kept);
      this.#dropped += this.#start;
      this.#bytes = room;
      this.#start = 0;
      this.#end = kept.length;
    }
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** @param count 1–24 */
  read(count: number): number {
    while (this.#pendingBits < count) this.#refill();
    this.#pendingBits -= count;
    return (this.#pending >>> this.#pendingBits) & ((1 << count) - 1);
  }

  readWord(): number {
    return (this.read(16) * 65_536 + this.read(16)) >>> 0;
  }

  align(): void {
    this.#pendingBits -= this.#pendingBits % 8;
  }

  /** -1: no symbol has that code. */
  readSymbol(code: HuffmanCode): number {
    let length = code.shortest;
    let value = this.read(length);
    while (value > (code.limits[length] as number)) {
      if (length === MAX_LENGTH) return -1;
      value = (value << 1) | this.read(1);
      length += 1;
    }
    return code.symbols[value - (code.bases[length] as number)] ?? -1;
  }

  #refill(): void {
    if (this.#start >= this.#end) throw new BrokenArchive('cut', this.consumed);
    this.#pending = (this.#pending << 8) | (this.#bytes[this.#start] as number);
    this.#start += 1;
    this.#pendingBits += 8;
  }
}
