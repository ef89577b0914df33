import { readSync } from 'node:fs';
import type { OpenedSource, PlainLog } from '../../server/logs/reading/plainLog.ts';

/** Reads the logs of a source as they grow, each byte once, as an index does. */
export class SourceDrain {
  readonly #source: OpenedSource;
  readonly #taken = new Map<PlainLog, Buffer[]>();
  readonly #sizes = new Map<PlainLog, number>();

  constructor(source: OpenedSource) {
    this.#source = source;
    source.onChange(() => this.take());
    this.take();
  }

  take(): void {
    for (const log of this.#source.logs) {
      const parts = this.#taken.get(log) ?? [];
      this.#taken.set(log, parts);
      for (let at = this.#sizes.get(log) ?? 0; at < log.size; ) {
        const bytes = Buffer.alloc(Math.min(log.size - at, 1 << 20));
        const read = readSync(log.descriptor, bytes, 0, bytes.length, at);
        if (read === 0) break;
        parts.push(bytes.subarray(0, read));
        at += read;
        this.#sizes.set(log, at);
      }
    }
  }

  /** What was read, log after log. */
  get text(): string {
    return this.#source.logs.map((log) => Buffer.concat(this.#taken.get(log) ?? []).toString()).join('');
  }

  get texts(): string[] {
    return this.#source.logs.map((log) => Buffer.concat(this.#taken.get(log) ?? []).toString());
  }
}

/** All bytes of the logs as they can be read now. */
export function textsOf(source: OpenedSource): string[] {
  return source.logs.map((log) => {
    const bytes = Buffer.alloc(log.size);
    return bytes.subarray(0, readSync(log.descriptor, bytes, 0, log.size, 0)).toString();
  });
}

/** Waits until all logs of a source are complete. */
export async function untilComplete(source: OpenedSource): Promise<void> {
  while (!source.logs.every(({ complete }) => complete)) await new Promise((resolve) => setTimeout(resolve, 5));
}
