import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { TektraError } from '../../protocol/errors.ts';

/** Where an export goes. */
export interface ExportSink {
  /** Settles when there is room for more. */
  write(text: string): Promise<void>;
  /** What was written becomes visible. */
  finish(): Promise<void>;
  /** Nothing is left of it. */
  abandon(): Promise<void>;
}

/**
 * Writes into a file of its own beside the wanted one and renames it at the end: the wanted file is there whole, or as
 * it was before. Readable for the user alone, as logs hold secrets.
 * @throws TektraError log.export-failed
 */
export async function openFileSink(file: string): Promise<ExportSink> {
  const part = path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(4).toString('hex')}.part`);
  const handle = await translated(file, () => open(part, 'wx', 0o600));
  return {
    write: (text) => translated(file, () => writeAll(handle, text)),
    finish: () =>
      translated(file, async () => {
        await handle.sync();
        await handle.close();
        await rename(part, file);
      }),
    async abandon() {
      await handle.close();
      await rm(part, { force: true });
    },
  };
}

async function writeAll(handle: FileHandle, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
}

async function translated<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TektraError('log.export-failed', `${file} cannot be written: ${reason}`, {
      cause: error,
      action: 'Choose another folder, or make room on the disk.',
    });
  }
}
