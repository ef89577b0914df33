import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Sink } from './bunzip2.ts';
import { BrokenArchive } from './compression.ts';
import { Lzma2, LzmaFault } from './lzma2.ts';

/** Bytes of the checksum behind a block, by the kind that the stream's header states. */
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];
const CRC64 = 4;
const LZMA2_FILTER = 0x21;
/** xz -9 has 64 MiB; more takes somebody who asks for it, and our memory. */
const MAX_DICTIONARY = 256 << 20;

/**
 * Unpacks xz (several streams and blocks, too), chunk by chunk. Blocks are checked where they have the usual CRC64; other
 * checksums are passed over. The format: https://tukaani.org/xz/xz-file-format.txt
 * @throws BrokenArchive after everything up to the break went into the sink
 */
export async function unxz(pieces: AsyncIterable<Uint8Array>, sink: Sink): Promise<void> {
  const input = new PackedInput(pieces);
  try {
    let isFirst = true;
    while (await input.skipPadding()) {
      const header = await input.take(12);
      if (header[0] !== 0xfd || header[1] !== 0x37 || header[2] !== 0x7a) throw new LzmaFault('no stream');
      const check = (header[7] ?? 0) & 0x0f;
      for (;;) {
        const size = (await input.take(1))[0] as number;
        if (size === 0) break;
        if (!(await unpackBlock(input, size, check, sink))) return;
      }
      await passIndex(input);
      isFirst = false;
    }
    if (isFirst) throw new BrokenArchive('cut', input.consumed);
  } catch (error) {
    if (error instanceof LzmaFault) throw new BrokenArchive('damaged', input.consumed, error);
    throw error;
  }
}

/** @returns false when the sink wants no more */
async function unpackBlock(input: PackedInput, size: number, check: number, sink: Sink): Promise<boolean> {
  const header = await input.take((size + 1) * 4 - 1);
  const flags = header[0] as number;
  let at = 1;
  const next = (): number => {
    let value = 0;
    for (let shift = 0; shift < 63; shift += 7) {
      const byte = header[at] ?? 0;
      at += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  if ((flags & 0x40) !== 0) next();
  if ((flags & 0x80) !== 0) next();
  const filter = next();
  // Others are for programs, not for texts.
  if ((flags & 0x3f) !== 0 || filter !== LZMA2_FILTER || next() !== 1)
    throw new BrokenArchive('unsupported', input.consumed);
  const bits = header[at] as number;
  const dictionary = bits > 40 ? Number.POSITIVE_INFINITY : (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11);
  if (dictionary > MAX_DICTIONARY) throw new BrokenArchive('unsupported', input.consumed);
  const crc = new Crc64();
  const lzma = new Lzma2(dictionary, (bytes) => {
    if (check === CRC64) crc.add(bytes);
    return sink(bytes);
  });
  const start = input.consumed;
  if (!(await unpackChunks(input, lzma))) return false;
  await input.take((4 - ((input.consumed - start) % 4)) % 4);
  const found = await input.take(CHECK_BYTES[check] as number);
  if (check === CRC64 && !crc.is(found)) throw new LzmaFault('checksum');
  return true;
}

async function unpackChunks(input: PackedInput, lzma: Lzma2): Promise<boolean> {
  for (;;) {
    const control = (await input.take(1))[0] as number;
    if (control === 0) return true;
    if (control === 1 || control >= 0xe0) lzma.resetDictionary();
    if (control < 0x80) {
      if (control > 2) throw new LzmaFault('no chunk');
      const [high = 0, low = 0] = await input.take(2);
      if (!lzma.copy(await input.take(high * 256 + low + 1))) return false;
      continue;
    }
    const [a = 0, b = 0, c = 0, d = 0] = await input.take(4);
    if (control >= 0xc0) lzma.setProperties((await input.take(1))[0] as number);
    if (control >= 0xa0) lzma.resetState();
    const packed = await input.take(c * 256 + d + 1);
    if (packed.length < 5) throw new LzmaFault('a chunk is too short');
    if (!lzma.decode(packed, (control & 0x1f) * 65_536 + a * 256 + b + 1)) return false;
    await nextTurn();
  }
}

/** The index repeats the sizes of the blocks; what we know already. Then comes the footer. */
async function passIndex(input: PackedInput): Promise<void> {
  const start = input.consumed - 1;
  const number = async (): Promise<number> => {
    let value = 0;
    for (let shift = 0; shift < 63; shift += 7) {
      const byte = (await input.take(1))[0] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  for (let left = (await number()) * 2; left > 0; left -= 1) await number();
  await input.take((4 - ((input.consumed - start) % 4)) % 4);
  await input.take(4 + 12);
}

/** Bytes by number, of pieces as they come. */
class PackedInput {
  consumed = 0;
  readonly #pieces: AsyncIterator<Uint8Array>;
  #held: Uint8Array = new Uint8Array();

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** @throws BrokenArchive when there are not so many */
  async take(count: number): Promise<Uint8Array> {
    while (this.#held.length < count) if (!(await this.#more())) throw new BrokenArchive('cut', this.consumed);
    const taken = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(count);
    this.consumed += count;
    return taken;
  }

  /** Zeros may stand between streams. @returns whether another one follows */
  async skipPadding(): Promise<boolean> {
    for (;;) {
      const start = this.#held.findIndex((byte) => byte !== 0);
      this.consumed += start < 0 ? this.#held.length : start;
      this.#held = this.#held.subarray(start < 0 ? this.#held.length : start);
      if (start >= 0) return true;
      if (!(await this.#more())) return false;
    }
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#pieces.next();
    if (done === true) return false;
    this.#held = this.#held.length === 0 ? value : Buffer.concat([this.#held, value]);
    return true;
  }
}

/** ECMA-182, reflected: two tables for the halves of 64 bits. */
class Crc64 {
  static readonly #tables = Crc64.#makeTables();
  #low = ~0;
  #high = ~0;

  static #makeTables(): { low: Int32Array; high: Int32Array } {
    const low = new Int32Array(256);
    const high = new Int32Array(256);
    for (let byte = 0; byte < 256; byte += 1) {
      let crc = BigInt(byte);
      for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ 0xc96c5795d7870f42n : crc >> 1n;
      low[byte] = Number(BigInt.asIntN(32, crc));
      high[byte] = Number(BigInt.asIntN(32, crc >> 32n));
    }
    return { low, high };
  }

  add(bytes: Uint8Array): void {
    const { low, high } = Crc64.#tables;
    let [l, h] = [this.#low, this.#high];
    for (const byte of bytes) {
      const place = (l ^ byte) & 0xff;
      l = ((l >>> 8) | (h << 24)) ^ (low[place] as number);
      h = (h >>> 8) ^ (high[place] as number);
    }
    this.#low = l;
    this.#high = h;
  }

  is(bytes: Uint8Array): boolean {
    const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
    return view.getInt32(0, true) === ~this.#low && view.getInt32(4, true) === ~this.#high;
  }
}
