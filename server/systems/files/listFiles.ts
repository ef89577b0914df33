import type { Dirent } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
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

/** Entries fetched by one system call round; large enough that 100,000-file folders are not walked one by one. */
const BUFFERED_ENTRIES = 1024;

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
  for (let folder = queue.shift(); folder !== undefined; folder = queue.shift()) {
    const subfolders: string[] = [];
    try {
      const entries = await opendir(path.join(root, folder), { bufferSize: BUFFERED_ENTRIES });
      for await (const entry of entries) {
        if (isStopped()) return;
        if (++seen > limit) {
          listing.truncated = true;
          return;
        }
        const relative = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (entry.isDirectory()) {
          if (!SKIPPED_FOLDERS.has(entry.name)) subfolders.push(relative);
        } else if (await isOwnFile(root, relative, entry)) listing.files.push(relative);
      }
    } catch (error) {
      if (isStopped()) return;
      listing.unreadable.push({ path: folder, because: describeFsError(error) });
    }
    queue.push(...subfolders.sort());
  }
}

/** A regular file, or a link to one inside the workspace. Links to folders are never followed, so loops cannot occur. */
async function isOwnFile(root: string, relative: string, entry: Dirent): Promise<boolean> {
  if (entry.isFile()) return true;
  if (!entry.isSymbolicLink()) return false;
  try {
    const target = await realpath(path.join(root, relative));
    if (!target.startsWith(root.endsWith(path.sep) ? root : root + path.sep)) return false;
    return (await stat(target)).isFile();
  } catch {
    return false; // dangling, looping or forbidden: there is no file to read behind it
  }
}
