import { realpath } from 'node:fs/promises';
import path from 'node:path';

/** What is kept of a folder is kept under its real path, which a window that opened it through a link does not know. */
export function realFolder(folder: string): Promise<string> {
  return realpath(folder).catch(() => path.resolve(folder));
}
