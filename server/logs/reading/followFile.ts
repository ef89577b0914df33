import { closeSync, existsSync, type FSWatcher, fstat, fstatSync, openSync, readSync, watch } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { devNull } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { TektraError } from '../../protocol/errors.ts';
import { FileLog } from './fileLog.ts';
import { type OpenedFile, openFile } from './openFile.ts';
import { type RotatedMember, rotatedSet } from './rotatedSet.ts';
import { inWords } from './spool.ts';
import type { SpoolSet } from './spoolSet.ts';
import type { UnpackQueue } from './unpackQueue.ts';

/** Looked at so often while it grows; events may be missing (network file systems) or come late. */
const BUSY_MS = 250;
const IDLE_MS = 1_000;
/** Events come with each write: they are taken together. */
const GATHER_MS = 20;
/** A program may write to a renamed file until it is told to open the new one; after this silence it is done. */
const SETTLED_MS = 5_000;
/** What is compared to see that a file is still the one that was read: begin, and the end of what was there. */
const MARK_BYTES = 256;

/** Rotations at which we are in each other's way, before what is found is taken as it is. */
const MAX_TRIES = 20;

const statOpen = promisify(fstat);

interface Followed extends OpenedFile {
  /** What the file began with. */
  mark: Uint8Array;
  /** What stood before `bytes`. */
  tail: Uint8Array;
  grownAt: number;
  mtimeMs: number;
}

/** Follows what a path stands for: growth, renaming, replacing, truncation, links that are set anew. */
export class FileFollower {
  readonly #path: string;
  readonly #set: SpoolSet;
  readonly #queue: UnpackQueue;
  #current: Followed;
  /** Renamed files that may still be written to. */
  readonly #leaving: Followed[] = [];
  /** Every file that was opened. */
  readonly #known: Set<string>;
  #timer: NodeJS.Timeout | undefined;
  #watchers: FSWatcher[] = [];
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  /** When the next look is due, on the clock of `performance`. */
  #due = Number.POSITIVE_INFINITY;

  /** @param known identities of the files that are open besides */
  constructor(file: string, current: OpenedFile, known: readonly string[], set: SpoolSet, queue: UnpackQueue) {
    this.#path = file;
    this.#set = set;
    this.#queue = queue;
    this.#current = followed(current);
    this.#known = new Set([...known, current.identity]);
    set.signal.addEventListener('abort', () => this.#stop(), { once: true });
    void this.#watch();
    this.#plan(BUSY_MS);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.splice(0)) watcher.close();
  }

  /** The folder tells of renaming; where the path is a link, that of its target tells of growth. Polling does without. */
  async #watch(): Promise<void> {
    const folders = new Set([path.dirname(path.resolve(this.#path))]);
    await realpath(this.#path).then(
      (real) => folders.add(path.dirname(real)),
      () => undefined,
    );
    if (this.#set.signal.aborted) return;
    for (const watcher of this.#watchers.splice(0)) watcher.close();
    for (const folder of folders) {
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#plan(GATHER_MS));
        watcher.on('error', () => watcher.close());
        this.#watchers.push(watcher);
      } catch (error) {
        // No more watches, or a file system without events.
        if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      }
    }
  }

  /** Looks after so many ms, or earlier where that is planned: events must not put it off for ever. */
  #plan(delayMs: number): void {
    if (this.#set.signal.aborted) return;
    const due = performance.now() + delayMs;
    if (this.#looking !== undefined || due >= this.#due) {
      this.#lookAgain ||= delayMs === GATHER_MS;
      return;
    }
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => {
      this.#lookAgain = false;
      this.#looking = this.#look()
        .catch((error: unknown) => this.#note(error))
        .finally(() => {
          this.#looking = undefined;
          this.#due = Number.POSITIVE_INFINITY;
          const isBusy = Date.now() - this.#current.grownAt < 4 * IDLE_MS || this.#leaving.length > 0;
          this.#plan(this.#lookAgain ? GATHER_MS : isBusy ? BUSY_MS : IDLE_MS);
        });
    }, delayMs);
  }

  #note(error: unknown): void {
    if (this.#set.signal.aborted) return;
    const text = `Following ${this.#path} met ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}; it is tried again.`;
    const { log } = this.#current;
    if (log instanceof FileLog && !log.notices.includes(text)) log.notices.push(text);
  }

  async #look(): Promise<void> {
    const { signal } = this.#set;
    // First where the path leads: what is written to the old file after that is still seen below.
    const target = await stat(this.#path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
      // Renamed, and its successor not made yet.
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw error;
    });
    if (signal.aborted) return;
    await this.#grow(this.#current);
    if (signal.aborted) return;
    if (target?.isFile() && `${target.dev}:${target.ino}` !== this.#current.identity) {
      const last = this.#current;
      await this.#goOn(last.identity);
      this.#leaving.push(last);
    }
    for (const file of [...this.#leaving]) {
      await this.#grow(file);
      if (signal.aborted) return;
      if (Date.now() - file.grownAt < SETTLED_MS) continue;
      this.#leaving.splice(this.#leaving.indexOf(file), 1);
      file.finish();
      this.#set.changes.tell();
    }
  }

  async #grow(file: Followed): Promise<void> {
    if (file.grow === undefined) return;
    // Waited for, since a network file system may take its time; what follows is at hand then.
    await statOpen(file.source);
    if (this.#set.signal.aborted || refresh(file)) return;
    if (file === this.#current) await this.#truncated(file);
  }

  /** The file began anew (copytruncate): what it held lies in a copy now, or nowhere. */
  async #truncated(file: Followed): Promise<void> {
    const copy = await this.#findCopy(file);
    if (this.#set.signal.aborted) return;
    const { log } = file;
    if (copy !== undefined && log instanceof FileLog) log.moveTo(copy.descriptor, fstatSync(copy.descriptor).size);
    else if (copy !== undefined) closeSync(copy.descriptor);
    else if (log instanceof FileLog && file.bytes > 0) {
      // Reading there finds nothing, rather than what was written since.
      log.moveTo(openSync(devNull, 'r'), log.size);
      log.notices.push(
        `It was truncated after ${inWords(file.bytes)}, and no copy lies beside it: what it held is gone.`,
      );
    }
    file.finish();
    await this.#goOn(copy?.identity);
  }

  async #findCopy(file: Followed): Promise<{ identity: string; descriptor: number } | undefined> {
    if (file.bytes === 0) return undefined;
    for (let left = MAX_TRIES; left > 0; left -= 1) {
      const members = (await this.#members()).filter(
        ({ identity, isPacked }) => identity !== file.identity && !isPacked,
      );
      for (const { path: member, identity } of members.toReversed()) {
        const descriptor = openCopy(member, file);
        if (descriptor !== undefined) return { identity, descriptor };
      }
      if (members.every((member) => existsSync(member.path))) return undefined;
    }
    return undefined;
  }

  /**
   * Opens what the path stands for now, and what came and was rotated away since we looked.
   * @param after identity of the file that holds what was followed so far; undefined: it is gone
   */
  async #goOn(after: string | undefined): Promise<void> {
    if (after !== undefined) this.#known.add(after);
    for (let left = MAX_TRIES; left > 0; left -= 1) {
      // Opened first: whatever was between has its rotated name by then.
      const current = followed(openFile(this.#path, this.#set, true, this.#queue));
      const members = after === undefined ? [] : await this.#members();
      if (this.#set.signal.aborted) return current.log.dispose();
      // Rotated once more in this very moment: the list may tell of that already, or not yet.
      const between = refresh(current) || left === 1 ? this.#openBetween(members, current, left === 1) : undefined;
      if (between === undefined) {
        current.log.dispose();
        continue;
      }
      for (const file of [...between, current]) {
        this.#known.add(file.identity);
        this.#set.show(file.log);
      }
      this.#leaving.push(...between);
      this.#current = current;
      void this.#watch();
      return;
    }
  }

  /** What lies between the last file that is known and the current one; undefined: names were changed meanwhile. */
  #openBetween(members: readonly RotatedMember[], current: Followed, isLast: boolean): Followed[] | undefined {
    // The newest has the path itself, unless that stands for another file by now.
    const isCurrent = members.length === 0 || members.at(-1)?.identity === current.identity;
    if (!isCurrent && !isLast) return undefined;
    const older = members.slice(0, -1).filter(({ identity }) => identity !== current.identity);
    const last = older.findLastIndex(({ identity }) => this.#known.has(identity));
    const between: Followed[] = [];
    for (const member of last < 0 ? [] : older.slice(last + 1)) {
      // The copy of what is open already, made in this moment.
      if (isCopy(member.path, current)) break;
      const file = tryOpen(() => followed(openFile(member.path, this.#set, true, this.#queue)));
      if (file !== undefined) between.push(file);
      if (file?.identity === member.identity || isLast) continue;
      for (const { log } of between) log.dispose();
      return undefined;
    }
    return between;
  }

  /** The rotated set as two looks in a row show it: files are renamed one by one. A link's file is rotated where it lies. */
  async #members(): Promise<RotatedMember[]> {
    try {
      const real = await realpath(this.#path);
      let members = await rotatedSet(real);
      for (let left = MAX_TRIES; left > 0; left -= 1) {
        const before = members;
        members = await rotatedSet(real);
        const isSame = members.every(
          ({ path: file, identity }, at) => before[at]?.path === file && before[at].identity === identity,
        );
        if (isSame && members.length === before.length) break;
      }
      return members;
    } catch (error) {
      this.#note(error);
      return [];
    }
  }
}

function followed(file: OpenedFile): Followed {
  const marks = file.grow === undefined ? undefined : marksOf(file.source, file.bytes);
  const { mtimeMs } = fstatSync(file.source);
  return { ...file, ...(marks ?? { mark: new Uint8Array(), tail: new Uint8Array() }), grownAt: Date.now(), mtimeMs };
}

/** Takes in what a file grew by. @returns false when it is shorter than before, or began anew */
function refresh(file: Followed): boolean {
  if (file.grow === undefined) return true;
  const { size, mtimeMs } = fstatSync(file.source);
  const marks = marksOf(file.source, size);
  if (size < file.bytes || marks === undefined || !holds(file.source, file)) return false;
  // Nothing tells an empty file from one that was filled and emptied, but that somebody wrote.
  if (size === 0 && mtimeMs !== file.mtimeMs) {
    file.mtimeMs = mtimeMs;
    return false;
  }
  if (size === file.bytes) return true;
  Object.assign(file, marks, { bytes: size, grownAt: Date.now(), mtimeMs });
  file.grow(size);
  return true;
}

/** undefined: the file is shorter than that. */
function marksOf(descriptor: number, bytes: number): Pick<Followed, 'mark' | 'tail'> | undefined {
  const length = Math.min(bytes, MARK_BYTES);
  const mark = bytesAt(descriptor, 0, length);
  const tail = bytesAt(descriptor, bytes - length, length);
  return mark.length === length && tail.length === length ? { mark, tail } : undefined;
}

/** What was there is there still, at both its ends. */
function holds(descriptor: number, { mark, tail, bytes }: Followed): boolean {
  return (
    Buffer.compare(bytesAt(descriptor, 0, mark.length), mark) === 0 &&
    Buffer.compare(bytesAt(descriptor, bytes - tail.length, tail.length), tail) === 0
  );
}

function tryOpen(open: () => Followed): Followed | undefined {
  try {
    return open();
  } catch (error) {
    if (error instanceof TektraError) return undefined;
    throw error;
  }
}

function isCopy(candidate: string, file: Followed): boolean {
  const descriptor = file.bytes === 0 ? undefined : openCopy(candidate, file);
  if (descriptor !== undefined) closeSync(descriptor);
  return descriptor !== undefined;
}

/** A file opened that holds what the other one held. */
function openCopy(candidate: string, file: Followed): number | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(candidate, 'r');
    if (fstatSync(descriptor).size >= file.bytes && holds(descriptor, file)) return descriptor;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
  if (descriptor !== undefined) closeSync(descriptor);
  return undefined;
}

function bytesAt(descriptor: number, at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, length === 0 ? 0 : readSync(descriptor, bytes, 0, length, at));
}
