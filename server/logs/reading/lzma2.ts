import type { Sink } from './bunzip2.ts';

// Places of the adaptive probabilities; the literals' follow behind. The names are those of the LZMA specification.
const IS_MATCH = 0;
const IS_REP = IS_MATCH + (12 << 4);
const IS_REP_G0 = IS_REP + 12;
const IS_REP_G1 = IS_REP_G0 + 12;
const IS_REP_G2 = IS_REP_G1 + 12;
const IS_REP0_LONG = IS_REP_G2 + 12;
const POS_SLOT = IS_REP0_LONG + (12 << 4);
const POS_SPECIAL = POS_SLOT + 4 * 64;
const POS_ALIGN = POS_SPECIAL + 115;
const MATCH_LENGTH = POS_ALIGN + 16;
const LENGTH_CODER = 2 + 2 * (16 << 3) + 256;
const REP_LENGTH = MATCH_LENGTH + LENGTH_CODER;
const LITERAL = REP_LENGTH + LENGTH_CODER;
const LITERAL_CODER = 0x300;
/** LZMA2 allows lc + lp ≤ 4. */
const PROBABILITIES = LITERAL + (LITERAL_CODER << 4);

/** The data is not what an encoder writes. */
export class LzmaFault extends Error {
  override readonly name = 'LzmaFault';
}

/**
 * Unpacks chunks of LZMA2, each of at most 64 KiB packed and 2 MiB unpacked. Memory: the dictionary, whose size the file
 * states, and 30 KB. The format: https://github.com/jljusten/LZMA-SDK/blob/master/DOC/lzma-specification.txt
 */
export class Lzma2 {
  readonly #dictionary: Uint8Array;
  readonly #sink: Sink;
  readonly #odds = new Uint16Array(PROBABILITIES);
  #place = 0;
  #flushed = 0;
  /** Bytes that a match may reach back to. */
  #filled = 0;
  #state = 0;
  readonly #reps = new Uint32Array(4);
  #lc = 0;
  #lpMask = 0;
  #pbMask = 0;
  /** Bytes since the dictionary was reset: the position that contexts count from. */
  #position = 0;
  #input: Uint8Array = new Uint8Array();
  #at = 0;
  #range = 0;
  #code = 0;

  constructor(dictionaryBytes: number, sink: Sink) {
    this.#dictionary = new Uint8Array(dictionaryBytes);
    this.#sink = sink;
  }

  resetDictionary(): void {
    this.#filled = 0;
    this.#position = 0;
  }

  /** @param properties of the literals and positions, as a chunk's header states them */
  setProperties(properties: number): void {
    const lc = properties % 9;
    const lp = Math.floor(properties / 9) % 5;
    if (properties >= 225 || lc + lp > 4) throw new LzmaFault('properties');
    this.#lc = lc;
    this.#lpMask = (1 << lp) - 1;
    this.#pbMask = (1 << Math.floor(properties / 45)) - 1;
  }

  resetState(): void {
    this.#state = 0;
    this.#reps.fill(0);
    this.#odds.fill(1024);
  }

  /** Bytes that were not packed. @returns false when the sink wants no more */
  copy(bytes: Uint8Array): boolean {
    for (const byte of bytes) if (!this.#put(byte)) return false;
    return this.#flush();
  }

  /** @returns false when the sink wants no more @throws LzmaFault */
  decode(packed: Uint8Array, unpackedBytes: number): boolean {
    this.#input = packed;
    this.#at = 5;
    this.#range = 0xffffffff;
    this.#code = new DataView(packed.buffer, packed.byteOffset).getUint32(1);
    const end = this.#position + unpackedBytes;
    while (this.#position < end) {
      const context = this.#position & this.#pbMask;
      if (this.#bit(IS_MATCH + (this.#state << 4) + context) === 0) {
        if (!this.#literal()) return false;
        continue;
      }
      const length = this.#match(context);
      if (length > end - this.#position) throw new LzmaFault('a match leaves its chunk');
      if (!this.#repeat(length)) return false;
    }
    if (this.#at > packed.length) throw new LzmaFault('a chunk is too short');
    return this.#flush();
  }

  #literal(): boolean {
    const previous = this.#filled === 0 ? 0 : this.#back(0);
    const context = ((this.#position & this.#lpMask) << this.#lc) + (previous >> (8 - this.#lc));
    const base = LITERAL + LITERAL_CODER * context;
    let symbol = 1;
    if (this.#state >= 7) {
      let matched = this.#back(this.#reps[0] as number);
      while (symbol < 0x100) {
        const expected = (matched >> 7) & 1;
        matched <<= 1;
        const bit = this.#bit(base + ((1 + expected) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (bit !== expected) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(base + symbol);
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6;
    return this.#put(symbol & 0xff);
  }

  /** Finds out how far back and how long; the distance is in the first of the last four. */
  #match(context: number): number {
    const reps = this.#reps;
    if (this.#bit(IS_REP + this.#state) === 0) {
      reps.copyWithin(1, 0, 3);
      const length = this.#length(MATCH_LENGTH, context);
      this.#state = this.#state < 7 ? 7 : 10;
      reps[0] = this.#distance(length);
      return length;
    }
    if (this.#bit(IS_REP_G0 + this.#state) === 0) {
      if (this.#bit(IS_REP0_LONG + (this.#state << 4) + context) === 0) {
        this.#state = this.#state < 7 ? 9 : 11;
        return 1;
      }
    } else {
      const which = this.#bit(IS_REP_G1 + this.#state) === 0 ? 1 : 2 + this.#bit(IS_REP_G2 + this.#state);
      const distance = reps[which] as number;
      reps.copyWithin(1, 0, which);
      reps[0] = distance;
    }
    this.#state = this.#state < 7 ? 8 : 11;
    return this.#length(REP_LENGTH, context);
  }

  #length(coder: number, context: number): number {
    if (this.#bit(coder) === 0) return 2 + this.#tree(coder + 2 + (context << 3), 3);
    if (this.#bit(coder + 1) === 0) return 10 + this.#tree(coder + 2 + 128 + (context << 3), 3);
    return 18 + this.#tree(coder + 2 + 256, 8);
  }

  #distance(length: number): number {
    const slot = this.#tree(POS_SLOT + (Math.min(length - 2, 3) << 6), 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const base = ((2 | (slot & 1)) << bits) >>> 0;
    if (slot < 14) return base + this.#reverseTree(POS_SPECIAL + base - slot, bits);
    return base + this.#direct(bits - 4) * 16 + this.#reverseTree(POS_ALIGN, 4);
  }

  #tree(base: number, bits: number): number {
    let symbol = 1;
    for (let left = bits; left > 0; left -= 1) symbol = (symbol << 1) | this.#bit(base + symbol);
    return symbol - (1 << bits);
  }

  #reverseTree(base: number, bits: number): number {
    let symbol = 1;
    let value = 0;
    for (let place = 0; place < bits; place += 1) {
      const bit = this.#bit(base + symbol);
      symbol = (symbol << 1) | bit;
      value |= bit << place;
    }
    return value;
  }

  #direct(bits: number): number {
    let value = 0;
    for (let left = bits; left > 0; left -= 1) {
      this.#normalize();
      this.#range >>>= 1;
      const bit = this.#code >= this.#range ? 1 : 0;
      if (bit === 1) this.#code -= this.#range;
      value = value * 2 + bit;
    }
    return value;
  }

  #bit(place: number): number {
    this.#normalize();
    const odds = this.#odds[place] as number;
    const bound = (this.#range >>> 11) * odds;
    if (this.#code < bound) {
      this.#range = bound;
      this.#odds[place] = odds + ((2048 - odds) >> 5);
      return 0;
    }
    this.#range -= bound;
    this.#code -= bound;
    this.#odds[place] = odds - (odds >> 5);
    return 1;
  }

  #normalize(): void {
    if (this.#range >= 0x1000000) return;
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | (this.#input[this.#at] ?? 0)) >>> 0;
    this.#at += 1;
  }

  /** The byte so far before the last one. */
  #back(distance: number): number {
    if (distance >= this.#filled) throw new LzmaFault('a match reaches before the beginning');
    const place = this.#place - 1 - distance;
    return this.#dictionary[place < 0 ? place + this.#dictionary.length : place] as number;
  }

  #repeat(length: number): boolean {
    const distance = this.#reps[0] as number;
    for (let left = length; left > 0; left -= 1) if (!this.#put(this.#back(distance))) return false;
    return true;
  }

  #put(byte: number): boolean {
    this.#dictionary[this.#place] = byte;
    this.#place += 1;
    this.#position += 1;
    if (this.#filled < this.#dictionary.length) this.#filled += 1;
    if (this.#place < this.#dictionary.length) return true;
    const isWanted = this.#flush();
    this.#place = 0;
    this.#flushed = 0;
    return isWanted;
  }

  #flush(): boolean {
    if (this.#flushed === this.#place) return true;
    const isWanted = this.#sink(this.#dictionary.subarray(this.#flushed, this.#place));
    this.#flushed = this.#place;
    return isWanted;
  }
}
