import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, rmSync, statfsSync, unlinkSync, writeSync } from 'node:fs';
import path from 'node:path';
import { watchProcess } from '../../runtime/watchedProcess.ts';
import type { PlainLog } from './plainLog.ts';
import { EncodingEvidence, encodingOf } from './textEncoding.ts';
import { unreadable } from './unreadable.ts';
import { Utf16Reader } from './utf16Reader.ts';

/** Nobody means to fill their disk with an unpacked log. */
const MAX_SPOOL_BYTES = 20 * 2 ** 30;
const PREFIX = 'tektra-log-';

/** The disk space that the spools of one source share. */
export class SpoolRoom {
  readonly folder: string;
  readonly limit: number;
  #left: number;

  /** @param maxBytes default: the lesser of 20 GiB and half of what is free in the folder */
  constructor(folder: string, maxBytes?: number) {
    this.folder = folder;
    this.limit = maxBytes ?? Math.min(MAX_SPOOL_BYTES, freeBytes(folder) / 2);
    this.#left = this.limit;
  }

  /** Takes up to so many bytes; returns how many may be written. */
  take(bytes: number): number {
    const granted = Math.min(bytes, Math.max(0, Math.floor(this.#left)));
    this.#left -= granted;
    return granted;
  }
}

function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch (error) {
    throw unreadable(folder, 'its spool folder cannot be used', 'Check that the temporary folder exists.', error);
  }
}

/** A plain log in a temporary file, for what is no plain file by itself. UTF-16 becomes UTF-8 on its way in. */
export class Spool implements PlainLog {
  readonly name: string;
  readonly descriptor: number;
  readonly notices: string[] = [];
  size = 0;
  complete = false;
  readonly #room: SpoolRoom;
  readonly #tell: () => void;
  /** Only where the system lets no open file be removed. */
  readonly #left: string | undefined;
  readonly #evidence = new EncodingEvidence();
  #reader: Utf16Reader | undefined;
  #head: Uint8Array | undefined = new Uint8Array();
  #closed = false;

  constructor(name: string, room: SpoolRoom, tell: () => void) {
    this.name = name;
    this.#room = room;
    this.#tell = tell;
    const file = path.join(room.folder, `${PREFIX}${process.pid}-${randomBytes(8).toString('hex')}`);
    try {
      this.descriptor = openSync(file, 'wx+', 0o600);
    } catch (error) {
      throw unreadable(
        name,
        `nothing can be written to ${room.folder}`,
        'Free space there, or check its rights.',
        error,
      );
    }
    this.#left = removeFile(file) ? undefined : file;
  }

  get encoding(): 'utf-8' | 'latin1' {
    return this.#evidence.encoding;
  }

  /** Appends what was received. @returns false when nothing more can be taken in; a notice then says why */
  write(bytes: Uint8Array): boolean {
    if (this.#closed || this.complete) return false;
    if (this.#head === undefined) return this.#append(this.#reader === undefined ? bytes : this.#reader.push(bytes));
    // Two bytes tell a byte order mark; without one, what came first tells it.
    const head = this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes]);
    if (head.length < 2) {
      this.#head = head.slice();
      return true;
    }
    this.#begin(head);
    return this.#append(this.#reader === undefined ? head : (this.#reader as Utf16Reader).push(head));
  }

  note(text: string): void {
    if (this.#closed) return;
    this.notices.push(text);
    this.#tell();
  }

  /** What fills it failed: the rest is missing. */
  breakOff(error: unknown): void {
    const { code, message } = error as NodeJS.ErrnoException;
    this.note(`The rest is missing: reading ended with ${code ?? message}.`);
    this.finish();
  }

  /** Nothing more will come. */
  finish(): void {
    if (this.#closed || this.complete) return;
    if (this.#head !== undefined && this.#head.length > 0) {
      const head = this.#head;
      this.#begin(head);
      this.#append(head);
    }
    if (this.#reader !== undefined) this.#append(this.#reader.end());
    if (this.#evidence.isBinary) this.notices.push(BINARY_NOTICE);
    this.complete = true;
    this.#tell();
  }

  dispose(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.descriptor);
    if (this.#left !== undefined) removeFile(this.#left);
  }

  #begin(head: Uint8Array): void {
    this.#head = undefined;
    const encoding = encodingOf(head.subarray(0, 65_536));
    if (encoding !== 'utf-8') this.#reader = new Utf16Reader(encoding);
  }

  #append(bytes: Uint8Array): boolean {
    if (bytes.length === 0) return true;
    const granted = this.#room.take(bytes.length);
    try {
      for (let at = 0; at < granted; ) {
        const written = writeSync(this.descriptor, bytes, at, granted - at, this.size);
        at += written;
        this.size += written;
      }
    } catch (error) {
      this.#stop(
        `The rest is missing: the disk of ${this.#room.folder} took no more (${(error as NodeJS.ErrnoException).code}).`,
      );
      return false;
    }
    this.#evidence.add(bytes.subarray(0, granted));
    if (granted < bytes.length) {
      this.#stop(
        `The rest is missing: what is read of a log besides plain files is limited to ${inWords(this.#room.limit)}.`,
      );
      return false;
    }
    this.#tell();
    return true;
  }

  #stop(because: string): void {
    this.notices.push(because);
    this.complete = true;
    this.#tell();
  }
}

export const BINARY_NOTICE = 'This looks like a binary file: it has many zero bytes and hardly a line.';

/** "1.5 GiB" */
export function inWords(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** Removes what processes left behind that are gone: where open files cannot be removed, or after a crash in between. */
export function sweepSpools(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = /^tektra-log-(\d+)-[0-9a-f]{16}$/.exec(name)?.[1];
    if (pid !== undefined && !watchProcess(Number(pid)).isAlive()) rmSync(path.join(folder, name), { force: true });
  }
}

function removeFile(file: string): boolean {
  try {
    unlinkSync(file);
    return true;
  } catch (error) {
    if (['EBUSY', 'EPERM', 'EACCES', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
