import type { Transform } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import zlib from 'node:zlib';
import { Bunzip2, type Sink } from './bunzip2.ts';
import { BrokenArchive, type Compression } from './compression.ts';
import { unxz } from './unxz.ts';

/** Bytes that zlib hands out at once; with a packed piece this bounds the memory, whatever the packing ratio. */
const CHUNK_BYTES = 262_144;

/** zlib gives up at the first wrong bit and takes what it had just unpacked with it: up to there it is fed byte by byte. */
export interface Carefully {
  /** Offset in the packed bytes. */
  from: number;
}

/**
 * Unpacks a stream; concatenated members and frames are one log, as the programs treat them.
 * @param pieces packed bytes
 * @throws BrokenArchive after everything up to the break went into the sink
 */
export async function decompress(
  compression: Compression,
  pieces: AsyncIterable<Uint8Array>,
  sink: Sink,
  carefully?: Carefully,
): Promise<void> {
  switch (compression) {
    case 'gzip':
      return unzip(() => zlib.createGunzip({ chunkSize: CHUNK_BYTES }), pieces, sink, carefully);
    case 'zstd': {
      // The type says that it is there; Node has it since 22.15, and an older editor lacks it.
      const create = zlib.createZstdDecompress as typeof zlib.createZstdDecompress | undefined;
      if (create === undefined) throw new BrokenArchive('unsupported', 0);
      return unzip(() => create({ chunkSize: CHUNK_BYTES }), pieces, sink, carefully);
    }
    case 'bzip2':
      return bunzip(pieces, sink);
    case 'xz':
      return unxz(pieces, sink);
  }
}

async function unzip(
  create: () => Transform & { bytesWritten: number },
  pieces: AsyncIterable<Uint8Array>,
  sink: Sink,
  carefully: Carefully | undefined,
): Promise<void> {
  let consumed = 0;
  let member: Member | undefined;
  try {
    for await (const piece of pieces) {
      for (let at = 0; at < piece.length; ) {
        const single = carefully !== undefined && consumed >= carefully.from;
        const part = piece.subarray(at, single ? at + 1 : piece.length);
        const isFresh = member === undefined;
        member ??= new Member(create(), sink);
        const used = await member.write(part);
        if (!member.isWanted) return;
        if (member.error !== undefined) {
          // Zeros pad the end of some tapes and block devices.
          if (isFresh && consumed > 0 && piece.subarray(at).every((byte) => byte === 0)) return;
          throw new BrokenArchive('damaged', consumed, member.error);
        }
        consumed += used;
        at += used;
        if (used < part.length || member.isEnded) {
          if (isFresh && used === 0) throw new BrokenArchive('damaged', consumed);
          member.destroy();
          member = undefined;
        }
      }
    }
    if (member === undefined) return;
    await member.end();
    if (member.isWanted && member.error !== undefined) throw new BrokenArchive('cut', consumed, member.error);
  } finally {
    member?.destroy();
  }
}

/** One run of zlib: a frame of zstd, or all the members of gzip that follow one another. */
class Member {
  isWanted = true;
  isEnded = false;
  error: Error | undefined;
  readonly #zlib: Transform & { bytesWritten: number };
  #given = 0;
  #wake: () => void = () => undefined;

  constructor(zlibStream: Transform & { bytesWritten: number }, sink: Sink) {
    this.#zlib = zlibStream;
    zlibStream.on('data', (bytes: Uint8Array) => {
      if (!this.isWanted || sink(bytes)) return;
      this.isWanted = false;
      this.#wake();
    });
    zlibStream.on('end', () => {
      this.isEnded = true;
    });
    zlibStream.on('error', (error) => {
      this.error = error;
      this.#wake();
    });
    zlibStream.on('close', () => this.#wake());
  }

  /** @returns how many of the bytes were used; fewer than given: the member ended with them */
  async write(bytes: Uint8Array): Promise<number> {
    const before = this.#given;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#zlib.write(bytes, () => resolve());
    });
    this.#given = this.#zlib.bytesWritten;
    return this.#given - before;
  }

  async end(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#zlib.end();
    });
  }

  destroy(): void {
    this.#zlib.destroy();
  }
}

async function bunzip(pieces: AsyncIterable<Uint8Array>, sink: Sink): Promise<void> {
  const bunzip2 = new Bunzip2(sink);
  const work = async (): Promise<boolean> => {
    while (bunzip2.isReady) {
      if (!bunzip2.next()) return false;
      await nextTurn();
    }
    return true;
  };
  for await (const piece of pieces) {
    bunzip2.push(piece);
    if (!(await work())) return;
  }
  bunzip2.end();
  if (await work()) bunzip2.finish();
}
