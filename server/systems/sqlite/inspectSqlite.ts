import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeForeign, HEADER_BYTES, type Header, parseHeader } from './parseHeader.ts';
import { readImage } from './readImage.ts';
import type { IntegrityCheck, QuickCheck, SqliteAnswer } from './sqlite.ts';

/** The header and the file's size change one after the other while it grows. */
const SECOND_LOOK_MS = 150;

/** Reads the header of a file and, on request, checks a copy of the whole. Never throws but the signal's reason. */
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
    const first = await look(handle);
    if (first.size === 0) return { kind: 'empty' };
    if (!first.header) return { kind: 'foreign', size: first.size, ...describeForeign(first.bytes, first.size) };
    const isCutShort = await staysShort(file, handle, first, signal);
    const facts = { kind: 'database' as const, size: first.size, ...first.header, isCutShort };
    return { ...facts, check: check ? await checkFile(file, handle, quickCheck, signal) : { kind: 'notAsked' } };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'unreadable', because: error instanceof Error ? error.message : String(error) };
  } finally {
    await handle.close();
  }
}

interface Look {
  size: number;
  bytes: Buffer;
  header: Header | undefined;
}

async function look(handle: FileHandle): Promise<Look> {
  const { size } = await handle.stat();
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
  const bytes = buffer.subarray(0, bytesRead);
  return { size, bytes, header: parseHeader(bytes) };
}

/** With a log or a journal beside it, the file alone is not the whole. */
async function staysShort(file: string, handle: FileHandle, first: Look, signal: AbortSignal): Promise<boolean> {
  const isShort = async ({ size, header }: Look): Promise<boolean> =>
    header?.pageCount !== undefined &&
    header.pageCount * header.pageSize > size &&
    (await sizeOf(`${file}-wal`)) === 0 &&
    (await sizeOf(`${file}-journal`)) === 0;
  if (!(await isShort(first))) return false;
  await sleep(SECOND_LOOK_MS, undefined, { signal });
  const second = await look(handle);
  return second.size === first.size && second.bytes.equals(first.bytes) && (await isShort(second));
}

async function checkFile(
  file: string,
  handle: FileHandle,
  quickCheck: QuickCheck,
  signal: AbortSignal,
): Promise<IntegrityCheck> {
  const image = await readImage(file, handle, signal);
  return image.kind === 'whole' ? quickCheck(image.bytes) : image;
}

/** 0 when there is none. */
async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    (found) => found.size,
    () => 0,
  );
}
