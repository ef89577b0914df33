import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { mergeLog } from './mergeLog.ts';

export type Image =
  | { kind: 'whole'; bytes: Buffer }
  /** It could not be read as one state. */
  | { kind: 'skipped'; because: string };

/** Larger ones take too long to be checked in passing. */
const MAX_BYTES = 32 << 20;
const ATTEMPTS = 3;
const PAUSE_MS = 120;
const ROLLBACK_VERSION = 1;
/** A journal that is kept for the next transaction has zeros there. */
const JOURNAL_MAGIC = Buffer.from('d9d505f920a163d7', 'hex');

/**
 * A database's bytes with its write-ahead log taken in, read without a lock: the bytes count only when neither file
 * changed meanwhile.
 */
export async function readImage(file: string, handle: FileHandle, signal: AbortSignal): Promise<Image> {
  for (let attempt = 1; ; attempt++) {
    const image = await readOnce(file, handle);
    if (image !== 'changed') return image;
    if (attempt === ATTEMPTS) return { kind: 'skipped', because: 'it is being written to all the time' };
    await sleep(PAUSE_MS, undefined, { signal });
  }
}

async function readOnce(file: string, handle: FileHandle): Promise<Image | 'changed'> {
  if (await hasJournal(file))
    return { kind: 'skipped', because: 'a journal lies beside it that its next user rolls back' };
  const before = await markOf(file);
  if (before.size > MAX_BYTES || before.logSize > MAX_BYTES)
    return { kind: 'skipped', because: 'it is larger than what is checked in passing' };
  const bytes = Buffer.alloc(before.size);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
  const log = before.logSize > 0 ? await readFile(`${file}-wal`) : Buffer.alloc(0);
  const after = await markOf(file);
  const isSame = (Object.keys(before) as (keyof typeof before)[]).every((key) => before[key] === after[key]);
  if (bytesRead !== before.size || log.length !== before.logSize || !isSame || (await hasJournal(file)))
    return 'changed';
  const merged = mergeLog(bytes, log);
  // A copy in memory has no write-ahead log.
  merged.fill(ROLLBACK_VERSION, 18, 20);
  return { kind: 'whole', bytes: merged };
}

async function markOf(file: string) {
  const [main, log] = await Promise.all([stat(file), stat(`${file}-wal`).catch(() => undefined)]);
  return { size: main.size, changed: main.mtimeMs, logSize: log?.size ?? 0, logChanged: log?.mtimeMs ?? 0 };
}

async function hasJournal(file: string): Promise<boolean> {
  const handle = await open(`${file}-journal`, 'r').catch(() => undefined);
  if (!handle) return false;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return bytesRead === 8 && buffer.equals(JOURNAL_MAGIC);
  } finally {
    await handle.close();
  }
}
