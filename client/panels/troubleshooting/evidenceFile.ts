import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { parseLocation } from '../../../server/protocol/evidenceSource.ts';

/**
 * The real file that an evidence's `path:line` names. `undefined` when it is no such place, is gone, or leaves the
 * folder through a link: a report quotes what others wrote into logs.
 */
export async function evidenceFile(
  workspace: string,
  source: string,
): Promise<{ file: string; line: number } | undefined> {
  const location = parseLocation(source);
  if (!location) return undefined;
  try {
    const [root, file] = await Promise.all([realpath(workspace), realpath(path.join(workspace, location.path))]);
    const inside = path.relative(root, file);
    if (inside.startsWith('..') || path.isAbsolute(inside)) return undefined;
    return { file: path.join(workspace, location.path), line: location.line };
  } catch {
    return undefined; // Not there any more, or not readable: there is nothing to open.
  }
}
