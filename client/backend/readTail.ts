import { open } from 'node:fs/promises';

/**
 * The end of a text file; '' when there is no such file.
 * @param from byte offset before which nothing is wanted; ignored when the file has become shorter than that
 * @throws the system's error when the file is there and cannot be read
 */
export async function readTail(file: string, maxBytes: number, from = 0): Promise<string> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (!handle) return '';
  try {
    const { size } = await handle.stat();
    const start = Math.max(from > size ? 0 : from, size - maxBytes);
    const buffer = Buffer.alloc(size - start);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
