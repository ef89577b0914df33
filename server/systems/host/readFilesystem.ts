import { readFile, realpath, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Filesystem } from './host.ts';
import { isAtOrBelow, type Mount, mountOf, parseMountinfo } from './parseMountinfo.ts';

/** Filesystems that give out inodes as they need them; some still report a number that means nothing. */
const WITHOUT_FIXED_INODES = new Set(['btrfs', 'bcachefs', 'fuseblk', 'vfat', 'exfat', 'ntfs3', '9p', 'virtiofs']);

/**
 * The filesystem that holds `target` or its nearest existing ancestor.
 * @throws NodeJS.ErrnoException when statfs fails on it; the signal's reason when cancelled
 */
export async function readFilesystem(target: string, signal: AbortSignal): Promise<Filesystem> {
  signal.throwIfAborted();
  const existing = await nearestExisting(path.resolve(target));
  const [space, mounts] = await Promise.all([statfs(existing), readMounts()]);
  signal.throwIfAborted();
  const mount = mountOf(existing, mounts);
  const inodesFixed = !WITHOUT_FIXED_INODES.has(mount?.type ?? '');
  return {
    mountPoint: mount?.mountPoint ?? path.parse(existing).root,
    type: mount?.type ?? 'unknown',
    totalBytes: space.blocks * space.bsize,
    availableBytes: space.bavail * space.bsize,
    totalInodes: inodesFixed ? space.files : 0,
    freeInodes: inodesFixed ? space.ffree : 0,
    readOnly: mount?.readOnly ?? false,
    broken: mount?.broken ?? false,
    device: mount?.device ?? '',
    source: `statfs ${existing}`,
  };
}

/**
 * Mount points at or below a folder, the folder's own filesystem not counted unless it is mounted right there; innermost last.
 * @throws the signal's reason when cancelled
 */
export async function listMountsBelow(folder: string, signal: AbortSignal): Promise<string[]> {
  signal.throwIfAborted();
  const [real, mounts] = await Promise.all([nearestExisting(path.resolve(folder)), readMounts()]);
  signal.throwIfAborted();
  if (process.platform !== 'linux') return [path.parse(real).root];
  const below = new Set(mounts.map(({ mountPoint }) => mountPoint).filter((point) => isAtOrBelow(point, real)));
  return [...below].sort((a, b) => a.split('/').length - b.split('/').length || a.localeCompare(b));
}

/** Empty where there is no /proc. */
async function readMounts(): Promise<Mount[]> {
  if (process.platform !== 'linux') return [];
  return readFile('/proc/self/mountinfo', 'utf8').then(parseMountinfo, () => []);
}

/** The real path of a path, or of its first ancestor that exists and may be reached. */
async function nearestExisting(target: string): Promise<string> {
  for (let current = target; ; current = path.dirname(current)) {
    try {
      return await realpath(current);
    } catch (error) {
      if (path.dirname(current) === current) throw error;
    }
  }
}
