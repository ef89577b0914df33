import { type FileHandle, open, stat } from 'node:fs/promises';
import type { IntegrityCheck, QuickCheck, SqliteAnswer } from './sqlite.ts';

const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;
/** Larger ones take too long to be checked in passing. */
const MAX_CHECKED_BYTES = 32 << 20;
const WAL_VERSION = 2;
const ROLLBACK_VERSION = 1;

type Header = Pick<Extract<SqliteAnswer, { kind: 'database' }>, 'pageSize' | 'pageCount' | 'usesWal'>;

/** Reads the header of a file and, on request, checks the whole. Never throws but the signal's reason. */
export async function inspectSqlite(
  file: string,
  quickCheck: QuickCheck,
  { check, signal }: { check: boolean; signal: AbortSignal },
): Promise<SqliteAnswer> {
  signal.throwIfAborted();
  let handle: FileHandle;
  try {
    // A FIFO would block: only regular files are opened.
    const found = await stat(file);
    if (!found.isFile()) return { kind: 'unreadable', because: 'it is not a regular file' };
    handle = await open(file, 'r');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? { kind: 'absent' }
      : { kind: 'unreadable', because: `it cannot be opened for reading (${code})` };
  }
  try {
    const { size } = await handle.stat();
    if (size === 0) return { kind: 'empty' };
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    const header = parseHeader(buffer.subarray(0, bytesRead));
    if (!header) return { kind: 'foreign', size, beginning: printable(buffer.subarray(0, Math.min(bytesRead, 16))) };
    const [walBytes, journalBytes] = await Promise.all([sizeOf(`${file}-wal`), sizeOf(`${file}-journal`)]);
    const facts = { kind: 'database' as const, size, ...header, walBytes, journalBytes };
    return { ...facts, check: check ? await checkFile(file, handle, facts, quickCheck) : { kind: 'notAsked' } };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'unreadable', because: error instanceof Error ? error.message : String(error) };
  } finally {
    await handle.close();
  }
}

/** https://sqlite.org/fileformat2.html, "The Database Header"; undefined when these are not the first bytes of a database. */
export function parseHeader(bytes: Buffer): Header | undefined {
  if (bytes.length < HEADER_BYTES || bytes.toString('latin1', 0, 16) !== MAGIC) return undefined;
  const written = bytes.readUInt16BE(16);
  const pageSize = written === 1 ? 65_536 : written;
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) return undefined;
  const pageCount = bytes.readUInt32BE(28);
  // The count is valid only when the version that wrote it changed the file last.
  const isValid = pageCount > 0 && bytes.readUInt32BE(24) === bytes.readUInt32BE(92);
  return { pageSize, pageCount: isValid ? pageCount : undefined, usesWal: bytes[18] === WAL_VERSION };
}

async function checkFile(
  file: string,
  handle: FileHandle,
  { size, usesWal, walBytes, journalBytes }: { size: number; usesWal: boolean; walBytes: number; journalBytes: number },
  quickCheck: QuickCheck,
): Promise<IntegrityCheck> {
  if (size > MAX_CHECKED_BYTES) return { kind: 'skipped', because: 'it is larger than what is checked in passing' };
  if (journalBytes > 0) return { kind: 'skipped', because: 'a journal lies beside it that its next user rolls back' };
  if (walBytes > 0) {
    // Its newest pages stand in the log. Opening it makes no file only where its users keep both.
    if ((await sizeOf(`${file}-shm`)) === 0)
      return { kind: 'skipped', because: 'its write-ahead log was left behind and its next user takes it in' };
    return verdictOf(await quickCheck(file));
  }
  const before = await handle.stat();
  const bytes = Buffer.alloc(before.size);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
  const after = await stat(file);
  if (bytesRead !== before.size || after.mtimeMs !== before.mtimeMs || after.size !== before.size)
    return { kind: 'skipped', because: 'it was written to while it was read' };
  if (usesWal) bytes.fill(ROLLBACK_VERSION, 18, 20); // A copy in memory has no write-ahead log.
  return verdictOf(await quickCheck(bytes));
}

function verdictOf(said: string): IntegrityCheck {
  return said === 'ok' ? { kind: 'ok' } : { kind: 'malformed', because: said };
}

/** 0 when there is none. */
async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    (found) => found.size,
    () => 0,
  );
}

function printable(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/[^\x20-\x7e]/g, '.');
}
