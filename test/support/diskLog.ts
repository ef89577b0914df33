import {
  appendFileSync,
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { PlainLog } from '../../server/logs/reading/plainLog.ts';

/** A log in a temporary file that a test writes to. */
export class DiskLog implements PlainLog {
  readonly name: string;
  readonly descriptor: number;
  readonly notices: string[] = [];
  encoding: 'utf-8' | 'latin1' = 'utf-8';
  complete: boolean;
  size: number;
  readonly #folder: string;

  constructor(content: string | Uint8Array, { complete = true, name = 'app.log' } = {}) {
    this.#folder = mkdtempSync(path.join(tmpdir(), 'tektra-disk-log-'));
    this.name = name;
    writeFileSync(this.path, content);
    this.descriptor = openSync(this.path, 'r');
    this.size = fstatSync(this.descriptor).size;
    this.complete = complete;
  }

  get path(): string {
    return path.join(this.#folder, 'app.log');
  }

  append(content: string | Uint8Array): void {
    appendFileSync(this.path, content);
    this.size = fstatSync(this.descriptor).size;
  }

  /** What `size` says stays: a reader finds out for itself. */
  truncate(size: number): void {
    truncateSync(this.path, size);
  }

  dispose(): void {
    closeSync(this.descriptor);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
