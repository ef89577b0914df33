import type { FileHandle } from 'node:fs/promises';

/** A vocabulary of a quarter million tokens takes about 6 MB; no honest header comes near this. */
const MAX_HEADER_BYTES = 128 << 20;
const CHUNK_BYTES = 1 << 20;

/** The header says something that the format does not allow, or stops. */
export class HeaderDamaged extends Error {
  override readonly name = 'HeaderDamaged';
}

/** Little-endian values from the beginning of a file, read in chunks. */
export class HeaderReader {
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
