import { BzipBits, buildCode, type HuffmanCode } from './bzipBits.ts';
import { BrokenArchive } from './compression.ts';

/** Takes what was unpacked; false: no more is wanted. The bytes are only valid during the call. */
export type Sink = (bytes: Uint8Array) => boolean;

const BLOCK_MAGIC = 0x314159265359;
const END_MAGIC = 0x177245385090;
/** Symbols that one Huffman table codes before the next is chosen. */
const GROUP = 50;
const MAX_SELECTORS = 18_002;
/** No block of 900,000 bytes is packed into more, tables included: it could be stored raw in less. */
const MAX_PACKED_BLOCK = 1_200_000;
const OUTPUT = 262_144;

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});

/**
 * Unpacks bzip2 (several streams, too) block by block. Memory: 3.6 MB for a block, 1.2 MB of packed bytes, 0.3 MB of output.
 * One call of `next` takes some 60 ms at most. The format: https://en.wikipedia.org/wiki/Bzip2#File_format
 */
export class Bunzip2 {
  readonly #bits = new BzipBits();
  readonly #sink: Sink;
  readonly #table = new Uint32Array(900_000);
  readonly #output = new Uint8Array(OUTPUT);
  readonly #selectors = new Uint8Array(MAX_SELECTORS);
  /** Bytes that a block of this stream may hold; 0: a stream's header is next. */
  #blockBytes = 0;
  #streamCrc = 0;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  push(bytes: Uint8Array): void {
    this.#bits.push(bytes);
  }

  /** Nothing more will be pushed. */
  end(): void {
    this.#bits.ended = true;
  }

  /** @throws BrokenArchive when a stream lacks its end */
  finish(): void {
    if (this.#blockBytes !== 0) throw this.#broken('cut');
  }

  /** Enough is there for the next step. */
  get isReady(): boolean {
    return this.#bits.ended ? this.#bits.available > 0 : this.#bits.available >= MAX_PACKED_BLOCK;
  }

  /**
   * Unpacks one block, or reads a header or an end.
   * @returns false when the sink wants no more
   * @throws BrokenArchive
   */
  next(): boolean {
    const bits = this.#bits;
    if (this.#blockBytes === 0) {
      const level = bits.read(24) === 0x425a68 ? bits.read(8) - 48 : 0;
      if (level < 1 || level > 9) throw this.#broken('damaged');
      this.#blockBytes = level * 100_000;
      this.#streamCrc = 0;
      return true;
    }
    const magic = bits.read(24) * 2 ** 24 + bits.read(24);
    const crc = bits.readWord();
    if (magic === END_MAGIC) {
      if (crc !== this.#streamCrc >>> 0) throw this.#broken('damaged');
      bits.align();
      this.#blockBytes = 0;
      return true;
    }
    if (magic !== BLOCK_MAGIC) throw this.#broken('damaged');
    // Randomised blocks have not been written since 1997.
    if (bits.read(1) === 1) throw this.#broken('unsupported');
    const origin = bits.read(24);
    const count = this.#readSymbols();
    if (origin >= count) throw this.#broken('damaged');
    const found = this.#unwind(origin, count);
    if (found === undefined) return false;
    if (found !== crc) throw this.#broken('damaged');
    this.#streamCrc = (((this.#streamCrc << 1) | (this.#streamCrc >>> 31)) ^ crc) >>> 0;
    return true;
  }

  #broken(kind: BrokenArchive['kind']): BrokenArchive {
    return new BrokenArchive(kind, this.#bits.consumed);
  }

  /** Huffman codes → move to front → the last column of the sorted rotations, with its successor links above 8 bits. */
  #readSymbols(): number {
    const bits = this.#bits;
    const table = this.#table;
    const used = this.#readAlphabet();
    const symbols = used.length + 2;
    const codes = this.#readCodes(symbols);
    const front = Uint8Array.from(used);
    const counts = new Uint32Array(256);
    const endOfBlock = symbols - 1;
    let count = 0;
    let run = 0;
    let runBit = 0;
    let left = 0;
    let group = 0;
    let code: HuffmanCode | undefined;
    for (;;) {
      if (left === 0) {
        if (group >= codes.groups) throw this.#broken('damaged');
        code = codes.list[this.#selectors[group] as number];
        group += 1;
        left = GROUP;
      }
      left -= 1;
      const symbol = bits.readSymbol(code as HuffmanCode);
      if (symbol < 0) throw this.#broken('damaged');
      if (symbol < 2) {
        run += 2 ** runBit * (symbol + 1);
        runBit += 1;
        if (run > this.#blockBytes) throw this.#broken('damaged');
        continue;
      }
      if (runBit > 0) {
        if (count + run > this.#blockBytes) throw this.#broken('damaged');
        const byte = front[0] as number;
        counts[byte] = (counts[byte] as number) + run;
        table.fill(byte, count, count + run);
        count += run;
        run = 0;
        runBit = 0;
      }
      if (symbol === endOfBlock) break;
      if (count >= this.#blockBytes) throw this.#broken('damaged');
      const byte = front[symbol - 1] as number;
      front.copyWithin(1, 0, symbol - 1);
      front[0] = byte;
      counts[byte] = (counts[byte] as number) + 1;
      table[count] = byte;
      count += 1;
    }
    for (let byte = 0, sum = 0; byte < 256; byte += 1) {
      sum += counts[byte] as number;
      counts[byte] = sum - (counts[byte] as number);
    }
    for (let at = 0; at < count; at += 1) {
      const byte = (table[at] as number) & 0xff;
      const place = counts[byte] as number;
      counts[byte] = place + 1;
      table[place] = ((table[place] as number) | (at << 8)) >>> 0;
    }
    return count;
  }

  #readAlphabet(): number[] {
    const bits = this.#bits;
    const rows = bits.read(16);
    const used: number[] = [];
    for (let row = 0; row < 16; row += 1) {
      if ((rows & (0x8000 >> row)) === 0) continue;
      const columns = bits.read(16);
      for (let column = 0; column < 16; column += 1)
        if ((columns & (0x8000 >> column)) !== 0) used.push(row * 16 + column);
    }
    if (used.length === 0) throw this.#broken('damaged');
    return used;
  }

  #readCodes(symbols: number): { list: HuffmanCode[]; groups: number } {
    const bits = this.#bits;
    const tables = bits.read(3);
    const selectors = bits.read(15);
    if (tables < 2 || tables > 6 || selectors === 0) throw this.#broken('damaged');
    const order = [0, 1, 2, 3, 4, 5];
    for (let at = 0; at < selectors; at += 1) {
      let place = 0;
      while (bits.read(1) === 1) {
        place += 1;
        if (place >= tables) throw this.#broken('damaged');
      }
      const [table] = order.splice(place, 1) as [number];
      order.unshift(table);
      // Some packers write more than a block can need; the original ignores them, too.
      if (at < MAX_SELECTORS) this.#selectors[at] = table;
    }
    const list: HuffmanCode[] = [];
    for (let table = 0; table < tables; table += 1) {
      const lengths = new Uint8Array(symbols);
      let length = bits.read(5);
      for (let symbol = 0; symbol < symbols; symbol += 1) {
        for (;;) {
          if (length < 1 || length > 20) throw this.#broken('damaged');
          if (bits.read(1) === 0) break;
          length += bits.read(1) === 0 ? 1 : -1;
        }
        lengths[symbol] = length;
      }
      list.push(buildCode(lengths));
    }
    return { list, groups: Math.min(selectors, MAX_SELECTORS) };
  }

  /** Follows the links and undoes the run lengths. @returns the checksum of what came out; undefined: no more is wanted */
  #unwind(origin: number, count: number): number | undefined {
    const table = this.#table;
    const output = this.#output;
    let crc = 0xffffffff | 0;
    let filled = 0;
    let next = (table[origin] as number) >>> 8;
    let previous = -1;
    let same = 0;
    for (let at = 0; at < count; at += 1) {
      const entry = table[next] as number;
      const byte = entry & 0xff;
      next = entry >>> 8;
      let copies = 1;
      let value = byte;
      // After four equal bytes the fifth says how many more there are.
      if (same === 4) {
        copies = byte;
        value = previous;
        same = 0;
        previous = -1;
      } else if (byte === previous) same += 1;
      else {
        same = 1;
        previous = byte;
      }
      while (copies > 0) {
        if (filled === OUTPUT) {
          if (!this.#sink(output)) return undefined;
          filled = 0;
        }
        output[filled] = value;
        filled += 1;
        crc = (crc << 8) ^ (crcTable[(crc >>> 24) ^ value] as number);
        copies -= 1;
      }
    }
    if (filled > 0 && !this.#sink(output.subarray(0, filled))) return undefined;
    return ~crc >>> 0;
  }
}
