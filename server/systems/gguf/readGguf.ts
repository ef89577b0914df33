import { type FileHandle, open } from 'node:fs/promises';
import type { GgufAnswer } from './gguf.ts';
import { TENSOR_TYPES } from './tensorTypes.ts';

/** A vocabulary of a quarter million tokens takes about 6 MB; no honest header comes near this. */
const MAX_HEADER_BYTES = 128 << 20;
const CHUNK_BYTES = 1 << 20;
const DEFAULT_ALIGNMENT = 32;
/** Bytes of the fixed-size metadata value types, by their number in the format; 8 is string, 9 array. */
const VALUE_BYTES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
const STRING = 8;
const ARRAY = 9;

/** The header says something that the format does not allow, or stops. */
class HeaderDamaged extends Error {
  override readonly name = 'HeaderDamaged';
}

/** Reads the header and the tensor table, and compares what they promise with the file's size. Format: ggml/docs/gguf.md. */
export async function readGguf(path: string, signal: AbortSignal): Promise<GgufAnswer> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? { kind: 'absent' }
      : { kind: 'unreadable', because: code ?? String(error) };
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return { kind: 'unreadable', because: 'it is not a regular file' };
    const reader = new HeaderReader(file, stats.size, signal);
    const magic = await reader.peekMagic();
    if (magic !== undefined) return { kind: 'notGguf', because: magic, sizeBytes: stats.size };
    try {
      return await measure(reader, stats.size);
    } catch (error) {
      if (error instanceof HeaderDamaged) return { kind: 'damaged', because: error.message, sizeBytes: stats.size };
      throw error;
    }
  } finally {
    await file.close();
  }
}

async function measure(reader: HeaderReader, sizeBytes: number): Promise<GgufAnswer> {
  const version = await reader.u32();
  if (version < 2 || version > 3) throw new HeaderDamaged(`version ${version} is not one that this format has`);
  const tensors = await reader.u64();
  const pairs = await reader.u64();
  if (tensors > 1e6 || pairs > 1e6)
    throw new HeaderDamaged('the header counts more tensors or keys than any model has');
  let alignment = DEFAULT_ALIGNMENT;
  let architecture: string | undefined;
  for (let index = 0; index < pairs; index++) {
    const key = await reader.string();
    const type = await reader.u32();
    if (key === 'general.architecture' && type === STRING) architecture = await reader.string();
    else if (key === 'general.alignment' && type === 4) alignment = await reader.u32();
    else await skipValue(reader, type);
  }
  let end = 0;
  for (let index = 0; index < tensors; index++) {
    await reader.string();
    const dimensions = await reader.u32();
    if (dimensions > 8) throw new HeaderDamaged(`a tensor has ${dimensions} dimensions`);
    let values = 1;
    for (let dimension = 0; dimension < dimensions; dimension++) values *= await reader.u64();
    const type = TENSOR_TYPES.get(await reader.u32());
    const offset = await reader.u64();
    // Of a type that is not known only the beginning is certain.
    end = Math.max(end, offset + (type ? Math.ceil(values / type.values) * type.bytes : 1));
  }
  const start = Math.ceil(reader.position / alignment) * alignment;
  const neededBytes = tensors === 0 ? reader.position : start + end;
  return neededBytes > sizeBytes
    ? { kind: 'truncated', neededBytes, sizeBytes }
    : { kind: 'complete', architecture, tensors, sizeBytes };
}

async function skipValue(reader: HeaderReader, type: number): Promise<void> {
  const bytes = VALUE_BYTES[type];
  if (bytes !== undefined) return reader.skip(bytes);
  if (type === STRING) return reader.skip(await reader.u64());
  if (type !== ARRAY) throw new HeaderDamaged(`a metadata value has the unknown type ${type}`);
  const element = await reader.u32();
  const count = await reader.u64();
  const elementBytes = VALUE_BYTES[element];
  if (elementBytes !== undefined) return reader.skip(elementBytes * count);
  for (let index = 0; index < count; index++) await skipValue(reader, element);
}

/** Little-endian values from the beginning of a file, read in chunks. */
class HeaderReader {
  position = 0;
  readonly #file: FileHandle;
  readonly #size: number;
  readonly #signal: AbortSignal;
  #chunk: Buffer = Buffer.alloc(0);
  #chunkStart = 0;

  constructor(file: FileHandle, size: number, signal: AbortSignal) {
    this.#file = file;
    this.#size = size;
    this.#signal = signal;
  }

  /** Consumes the magic; returns what the file looks like when it is another. */
  async peekMagic(): Promise<string | undefined> {
    if (this.#size === 0) return 'it is empty';
    const head = Buffer.alloc(Math.min(64, this.#size));
    await this.#file.read(head, 0, head.length, 0);
    const text = head.toString('latin1');
    if (text.startsWith('GGUF')) {
      this.position = 4;
      return undefined;
    }
    if (text.startsWith('version https://git-lfs')) return 'it is a Git LFS pointer: the weights were never fetched';
    if (/^\s*<(?:!doctype|html)/i.test(text)) return 'it is an HTML page: the download answered with a web page';
    if (/^\s*\{/.test(text)) return 'it is JSON text: the download answered with a message';
    if (/^PK/.test(text)) return 'it is a ZIP archive (a PyTorch checkpoint?)';
    return /^(?:ggml|ggjt|lmgg|tjgg)/.test(text)
      ? 'it is a model in a format older than GGUF'
      : 'it does not begin with GGUF';
  }

  async u32(): Promise<number> {
    return (await this.#take(4)).readUInt32LE();
  }

  async u64(): Promise<number> {
    const value = (await this.#take(8)).readBigUInt64LE();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new HeaderDamaged('a length in the header is impossibly large');
    return Number(value);
  }

  async string(): Promise<string> {
    const length = await this.u64();
    if (length > 1 << 20) throw new HeaderDamaged('a name in the header is impossibly long');
    return (await this.#take(length)).toString('utf8');
  }

  async skip(bytes: number): Promise<void> {
    this.#check(bytes);
    this.position += bytes;
  }

  #check(bytes: number): void {
    if (this.position + bytes > this.#size)
      throw new HeaderDamaged(`the file ends inside its own header, at ${this.#size} bytes`);
    if (this.position + bytes > MAX_HEADER_BYTES) throw new HeaderDamaged('the header is impossibly long');
  }

  async #take(bytes: number): Promise<Buffer> {
    this.#check(bytes);
    const offset = this.position - this.#chunkStart;
    if (offset < 0 || offset + bytes > this.#chunk.length) {
      this.#signal.throwIfAborted();
      const chunk = Buffer.alloc(Math.min(Math.max(CHUNK_BYTES, bytes), this.#size - this.position));
      await this.#file.read(chunk, 0, chunk.length, this.position);
      this.#chunk = chunk;
      this.#chunkStart = this.position;
    }
    const begin = this.position - this.#chunkStart;
    this.position += bytes;
    return this.#chunk.subarray(begin, begin + bytes);
  }
}
