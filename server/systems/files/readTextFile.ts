import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';

/** UTF-16 files start with these bytes; Windows PowerShell writes them with `>`. */
export type ByteOrderMark = 'utf-16le' | 'utf-16be' | undefined;

/**
 * Opens a regular file for reading; undefined when the path is anything else. Pipes, sockets and devices are never opened:
 * opening a pipe would wait for a writer, opening a device can act on it.
 * @throws NodeJS.ErrnoException of stat or open
 */
export async function openRegularFile(path: string): Promise<FileHandle | undefined> {
  if (!(await stat(path)).isFile()) return undefined;
  // The file may be replaced by a pipe between the two calls: O_NONBLOCK keeps that from hanging, the second look finds it.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}

/** Reads `length` bytes at `position`, fewer when the file ends before (it may shrink meanwhile). */
export async function readRange(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

export function byteOrderMark(head: Buffer): ByteOrderMark {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return undefined;
}

/**
 * Whether bytes are no text: NULs between other bytes. NULs at either end alone are what a hole leaves
 * (a log that was truncated under its writer, a power loss), so they do not count unless there is nothing else.
 */
export function isBinary(sample: Buffer): boolean {
  if (sample.length === 0) return false;
  let start = 0;
  let end = sample.length;
  while (start < end && sample[start] === 0) start++;
  while (end > start && sample[end - 1] === 0) end--;
  return start === end || sample.subarray(start, end).includes(0);
}

/**
 * The text of a file of up to `maxBytes` bytes, with its byte order mark; undefined when absent, binary, larger or unreadable.
 * UTF-16 is handed out as UTF-8 readers see it (with NULs), because that is how dotenv, compose and Node read such a file.
 * @throws the signal's reason when cancelled
 */
export async function readTextFile(
  path: string,
  options: { signal: AbortSignal; maxBytes?: number },
): Promise<string | undefined> {
  options.signal.throwIfAborted();
  const maxBytes = options.maxBytes ?? 256 * 1024;
  let handle: FileHandle | undefined;
  try {
    handle = await openRegularFile(path);
    if (handle === undefined) return undefined;
    // Files of /proc and growing files say a wrong size: one byte more than allowed tells whether it is too large.
    const bytes = await readRange(handle, 0, maxBytes + 1);
    if (bytes.length > maxBytes) return undefined;
    if (byteOrderMark(bytes) === undefined && bytes.includes(0)) return undefined;
    return bytes.toString('utf8');
  } catch {
    return undefined; // absent or unreadable; Files.state tells which
  } finally {
    await handle?.close();
    options.signal.throwIfAborted();
  }
}
