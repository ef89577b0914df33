import type { Dirent } from 'node:fs';
import { opendir, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { TektraError } from '../../protocol/errors.ts';
import { TimeLimitExceeded, withDeadline } from '../../runtime/deadline.ts';
import { describeFsError } from './describeFsError.ts';
import type { WorkspaceListing } from './files.ts';

/** Folders that tools fill: what they hold is not the user's own, and they are the bulk of a workspace. */
const SKIPPED_FOLDERS = new Set([
  ...['node_modules', 'bower_components', 'vendor', '.venv', 'venv', '__pycache__', '.tox', '.mypy_cache'],
  ...['.git', '.hg', '.svn', '.idea', '.gradle', '.cache', '.next'],
  ...['dist', 'build', 'out', 'target', 'coverage'],
]);

/** Folders read at once: as many again as libuv has threads, so that none of them waits for this loop. */
const CONCURRENT_FOLDERS = 8;

/**
 * Walks a workspace breadth first, so that what lies near the root is seen before a limit stops the walk.
 * Settles within `timeoutMs` also when a filesystem hangs.
 * @throws TektraError workspace.unreadable; the signal's reason when cancelled
 */
export async function listFiles(
  workspace: string,
  options: { signal: AbortSignal; limit?: number; timeoutMs?: number },
): Promise<WorkspaceListing> {
  const limit = options.limit ?? 20_000;
  const listing: WorkspaceListing = { files: [], truncated: false, unreadable: [] };
  let closed = false;
  try {
    await withDeadline(
      async (signal) => {
        const root = await openRoot(workspace);
        await walk(root, limit, listing, () => closed || signal.aborted);
      },
      options.timeoutMs ?? 300,
      options.signal,
    );
  } catch (error) {
    if (!(error instanceof TimeLimitExceeded)) throw error;
    listing.truncated = true;
  } finally {
    // A read that hangs may return after the deadline: it must not add to what was handed out.
    closed = true;
  }
  return { files: listing.files.toSorted(), truncated: listing.truncated, unreadable: [...listing.unreadable] };
}

async function openRoot(workspace: string): Promise<string> {
  try {
    const root = await realpath(workspace);
    await (await opendir(root)).close();
    return root;
  } catch (error) {
    throw new TektraError('workspace.unreadable', `The folder ${workspace} cannot be read: ${describeFsError(error)}`, {
      cause: error,
      action: 'Check that the folder exists and that you may read it.',
    });
  }
}

async function walk(root: string, limit: number, listing: WorkspaceListing, isStopped: () => boolean): Promise<void> {
  const queue: string[] = [''];
  let seen = 0;
  while (queue.length > 0) {
    const batch = queue.splice(0, CONCURRENT_FOLDERS);
    const contents = await Promise.all(batch.map((folder) => readFolder(root, folder)));
    for (const [i, entries] of contents.entries()) {
      const folder = batch[i] ?? '';
      if (typeof entries === 'string') {
        if (!isStopped()) listing.unreadable.push({ path: folder, because: entries });
        continue;
      }
      const subfolders: string[] = [];
      for (const entry of entries) {
        if (isStopped()) return;
        if (++seen > limit) {
          listing.truncated = true;
          return;
        }
        const relative = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (entry.isFile()) listing.files.push(relative);
        else if (entry.isDirectory()) {
          if (!SKIPPED_FOLDERS.has(entry.name)) subfolders.push(relative);
        } else if (entry.isSymbolicLink() && (await leadsToOwnFile(root, relative))) listing.files.push(relative);
      }
      queue.push(...subfolders.sort());
    }
  }
}

/** The entries of a folder, or why it cannot be read. */
async function readFolder(root: string, folder: string): Promise<Dirent[] | string> {
  try {
    return await readdir(path.join(root, folder), { withFileTypes: true });
  } catch (error) {
    return describeFsError(error);
  }
}

/** A link to a regular file inside the workspace. Links to folders are never followed, so loops cannot occur. */
async function leadsToOwnFile(root: string, relative: string): Promise<boolean> {
  try {
    const target = await realpath(path.join(root, relative));
    if (!target.startsWith(root.endsWith(path.sep) ? root : root + path.sep)) return false;
    return (await stat(target)).isFile();
  } catch {
    return false; // dangling, looping or forbidden: there is no file to read behind it
  }
}
