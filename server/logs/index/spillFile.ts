import { randomUUID } from 'node:crypto';
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import path from 'node:path';
import { readFully } from './scanJob.ts';

/** A temporary file without a name: it is gone with the process, however that ends. */
export class SpillFile {
  readonly #descriptor: number;
  #size = 0;

  /** @throws when the folder cannot be written */
  constructor(folder: string) {
    const file = path.join(folder, `tektra-index-${randomUUID()}`);
    this.#descriptor = openSync(file, 'wx+', 0o600);
    unlinkSync(file);
  }

  /** @returns where the bytes stand. @throws when the disk is full */
  append(bytes: Uint8Array): number {
    const at = this.#size;
    let written = 0;
    while (written < bytes.length) {
      written += writeSync(this.#descriptor, bytes, written, bytes.length - written, at + written);
    }
    this.#size += bytes.length;
    return at;
  }

  read(at: number, length: number): ArrayBuffer {
    const bytes = new Uint8Array(length);
    readFully(this.#descriptor, bytes, length, at);
    return bytes.buffer;
  }

  dispose(): void {
    closeSync(this.#descriptor);
  }
}
