import { TektraError } from '../../protocol/errors.ts';
import type { PlainLog } from '../reading/plainLog.ts';
import type { ChunkStore } from './chunkStore.ts';
import type { RecordBytes } from './logIndex.ts';
import { readFully } from './scanJob.ts';
import { LINE_FEED } from './scanLimits.ts';

/** Read at once: for one record that is looked at, and for one behind another. */
const SINGLE_BYTES = 16_384;
const SEQUENCE_BYTES = 1 << 20;

/** Room for a range as the query asks for it. */
const RANGE_BYTES = 1 << 19;

/** Bytes of a source that were read lately. */
interface Window {
  at: number;
  bytes: Buffer;
}

/** Reads records back from their sources. What `read` hands out is never overwritten, what `readRange` does is by the next range. */
export class RecordReader {
  readonly #store: ChunkStore;
  readonly #sources: readonly { log: PlainLog }[];
  readonly #windows = new Map<number, Window>();
  #range = Buffer.alloc(0);
  #fading = false;

  constructor(store: ChunkStore, sources: readonly { log: PlainLog }[]) {
    this.#store = store;
    this.#sources = sources;
  }

  read(record: number, limit: number): RecordBytes {
    return this.#readBetween(record, record + 1, limit);
  }

  /** Ranges are read by scans of much text, into one buffer: fresh memory for each would cost more than the search in it. */
  readRange(from: number, to: number): RecordBytes {
    const chunk = this.#store.chunk(this.#store.chunkOf(from));
    const start = chunk.base + (chunk.starts[from - chunk.first] as number);
    const length = chunk.base + (chunk.starts[to - chunk.first] as number) - start;
    const before = Math.max(0, start - 1);
    const wanted = start - before + length;
    if (this.#range.length < wanted) this.#range = Buffer.allocUnsafeSlow(Math.max(wanted, RANGE_BYTES));
    this.#fill(chunk.source, this.#range, before, wanted, start);
    return { bytes: this.#range, start: start - before, end: wanted, cut: false };
  }

  #readBetween(from: number, to: number, limit: number): RecordBytes {
    const chunk = this.#store.chunk(this.#store.chunkOf(from));
    const start = chunk.base + (chunk.starts[from - chunk.first] as number);
    const length = chunk.base + (chunk.starts[to - chunk.first] as number) - start;
    const wanted = Math.min(length, limit);
    const window = this.#windowWith(chunk.source, start, start + wanted);
    return {
      bytes: window.bytes,
      start: start - window.at,
      end: start - window.at + wanted,
      cut: length > limit,
    };
  }

  /** With the byte before `start`, which is a line feed unless the file was written anew. */
  #windowWith(source: number, start: number, end: number): Window {
    const known = this.#windows.get(source);
    const before = Math.max(0, start - 1);
    if (known && before >= known.at && end <= known.at + known.bytes.length) return known;
    const follows = known !== undefined && start >= known.at && start <= known.at + known.bytes.length;
    const { log } = this.#sources[source] as { log: PlainLog };
    const ahead = follows ? SEQUENCE_BYTES : SINGLE_BYTES;
    const wanted = Math.max(end, Math.min(start + ahead, log.size)) - before;
    const bytes = Buffer.allocUnsafeSlow(wanted);
    const read = this.#fill(source, bytes, before, wanted, start, end);
    const window = { at: before, bytes: bytes.subarray(0, read) };
    this.#windows.set(source, window);
    this.#fade();
    return window;
  }

  /**
   * Reads `wanted` bytes from `before` on, of which those up to `end` must be there.
   * @throws TektraError log.gone
   */
  #fill(source: number, bytes: Buffer, before: number, wanted: number, start: number, end = before + wanted): number {
    const { log } = this.#sources[source] as { log: PlainLog };
    let read = 0;
    try {
      read = readFully(log.descriptor, bytes, wanted, before);
    } catch (error) {
      throw gone(log, error);
    }
    // The first record of a source stands at its beginning, or behind a byte order mark.
    const moved = start > 3 && bytes[0] !== LINE_FEED;
    if (before + read < end || moved) throw gone(log);
    return read;
  }

  /** A window is for what is read at one go: whoever reads later must learn of a file that shrank since. */
  #fade(): void {
    if (this.#fading) return;
    this.#fading = true;
    setImmediate(() => {
      this.#fading = false;
      this.#windows.clear();
    }).unref();
  }
}

function gone(log: PlainLog, cause?: unknown): TektraError {
  return new TektraError('log.gone', `${log.name} is shorter than it was, or was written anew: this record is gone.`, {
    cause,
    action: 'Open the log again.',
  });
}
