import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import type { LockHolder } from './sqlite.ts';

/** https://sqlite.org/lockingv3.html: bytes behind the first gibibyte; no data ever lies there. */
const PENDING = 0x40000000;
const RESERVED = PENDING + 1;
const SHARED_FIRST = PENDING + 2;
const SHARED_LAST = SHARED_FIRST + 509;
/** In the `-shm` file: the one that writes the log holds byte 120, those that read it bytes 123 to 127. */
const WAL_WRITE = 120;
const WAL_RECOVER = 122;
const WAL_READ_LAST = 127;

interface FileLock {
  pid: number;
  isWrite: boolean;
  inode: number;
  first: number;
  last: number;
}

/** Linux: /proc/locks; of other platforms nothing is known. */
export async function readLockHolders(file: string, signal: AbortSignal): Promise<LockHolder[] | undefined> {
  signal.throwIfAborted();
  const text = await readFile('/proc/locks', 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const locks = parseLocks(text);
  const [main, shared] = await Promise.all([inodeOf(file), inodeOf(`${file}-shm`)]);
  const found = [
    ...holdersOf(locks, main, (lock) => modeInFile(lock)).map((holder) => ({ ...holder, path: file })),
    ...holdersOf(locks, shared, (lock) => modeInLog(lock)).map((holder) => ({ ...holder, path: `${file}-shm` })),
  ];
  // Inodes are unique within a filesystem only: who holds it has the very file open.
  const confirmed = await Promise.all(
    found.map(async ({ path, ...holder }) => ((await hasOpen(holder.pid, path)) ? [holder] : [])),
  );
  const byPid = new Map<number, LockHolder>();
  for (const holder of confirmed.flat()) if (byPid.get(holder.pid)?.mode !== 'write') byPid.set(holder.pid, holder);
  return [...byPid.values()];
}

/** The lines of /proc/locks that hold a lock; those behind an arrow only wait for one. */
export function parseLocks(text: string): FileLock[] {
  return text.split('\n').flatMap((line): FileLock[] => {
    const match = /^\d+: (?:POSIX|OFDLCK) +\w+ +(READ|WRITE) (-?\d+) [\da-f]+:[\da-f]+:(\d+) (\d+) (\d+|EOF)/.exec(
      line,
    );
    if (!match) return [];
    const [, kind, pid, inode, first, last] = match;
    return [
      {
        pid: Number(pid),
        isWrite: kind === 'WRITE',
        inode: Number(inode),
        first: Number(first),
        last: last === 'EOF' ? Number.MAX_SAFE_INTEGER : Number(last),
      },
    ];
  });
}

function holdersOf(
  locks: readonly FileLock[],
  inode: number | undefined,
  modeOf: (lock: FileLock) => LockHolder['mode'] | undefined,
): LockHolder[] {
  return locks.flatMap((lock) => {
    const mode = lock.inode === inode && lock.pid > 0 ? modeOf(lock) : undefined;
    return mode === undefined ? [] : [{ pid: lock.pid, mode }];
  });
}

function modeInFile({ isWrite, first, last }: FileLock): LockHolder['mode'] | undefined {
  if (last < PENDING || first > SHARED_LAST) return undefined;
  return isWrite && (first <= RESERVED || last >= SHARED_FIRST) ? 'write' : 'read';
}

function modeInLog({ isWrite, first, last }: FileLock): LockHolder['mode'] | undefined {
  if (last < WAL_WRITE || first > WAL_READ_LAST) return undefined;
  return isWrite && first <= WAL_RECOVER ? 'write' : 'read';
}

async function inodeOf(file: string): Promise<number | undefined> {
  return stat(file).then(
    (found) => found.ino,
    () => undefined,
  );
}

/** True also when another user's process does not let us look: the lock itself is its. */
async function hasOpen(pid: number, file: string): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => undefined);
  if (names === undefined) return true;
  const links = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  return links.includes(file);
}
