import type { Compression } from './compression.ts';
import type { Spool } from './spool.ts';
import { type Packed, unpack } from './unpack.ts';

/** Unpacked at a time: the members of a rotated set come in their order, and the disk is not torn between all. */
const AT_ONCE = 2;

/** Unpacks the packed files of one source, in the order in which they were added. */
export class UnpackQueue {
  readonly #signal: AbortSignal;
  readonly #waiting: (() => Promise<void>)[] = [];
  #running = 0;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** @returns why nothing could be given, when it is so; settles when the spool is complete or the signal aborts */
  add(spool: Spool, compression: Compression, packed: Packed): Promise<Error | undefined> {
    return new Promise((resolve) => {
      this.#waiting.push(async () => {
        try {
          resolve(this.#signal.aborted ? undefined : await unpack(spool, compression, packed));
        } catch (error) {
          if (!this.#signal.aborted) spool.breakOff(error);
          resolve(undefined);
        }
      });
      this.#next();
    });
  }

  #next(): void {
    while (this.#running < AT_ONCE) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      this.#running += 1;
      void job().then(() => {
        this.#running -= 1;
        this.#next();
      });
    }
  }
}
