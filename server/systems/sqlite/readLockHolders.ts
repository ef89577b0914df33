import { readdir, readFile, stat } from 'node:fs/promises';
import { type FileLock, parseLocks } from './parseLocks.ts';
import type { LockHolder } from './sqlite.ts';

/** https://sqlite.org/lockingv3.html: bytes behind the first gibibyte; no data ever lies there. */
const PENDING = 0x40000000;
const SHARED_FIRST = PENDING + 2;
const SHARED_LAST = SHARED_FIRST + 509;
/** In the `-shm` file: who writes the log holds byte 120, who recovers it byte 122, and who reads it one of 123 to 127. */
const WAL_WRITE = 120;
const WAL_RECOVER = 122;
const WAL_READ_FIRST = 123;
const WAL_READ_LAST = 127;

interface Place {
  path: string;
  inode: number;
  device: number;
  modeOf(lock: FileLock): LockHolder['mode'] | undefined;
}

/** Linux: /proc/locks; of other platforms nothing is known. */
export async function readLockHolders(file: string, signal: AbortSignal): Promise<LockHolder[] | undefined> {
  signal.throwIfAborted();
  const text = await readFile('/proc/locks', 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const locks = parseLocks(text);
  const places = await Promise.all([placeOf(file, modeInFile), placeOf(`${file}-shm`, modeInLog)]);
  const found = places.flatMap((place) =>
    locks.flatMap((lock) => {
      const mode = lock.inode === place?.inode && lock.pid > 0 ? place.modeOf(lock) : undefined;
      return place === undefined || mode === undefined ? [] : [{ place, lock, mode }];
    }),
  );
  // Inodes are unique within a filesystem only: who holds it has the very file open.
  const confirmed = await Promise.all(
    found.map(async ({ place, lock, mode }) => ((await isOf(lock, place)) ? [{ pid: lock.pid, mode }] : [])),
  );
  const byPid = new Map<number, LockHolder>();
  for (const holder of confirmed.flat()) {
    const known = byPid.get(holder.pid);
    if (known === undefined || RANK[holder.mode] > RANK[known.mode]) byPid.set(holder.pid, holder);
  }
  return [...byPid.values()];
}

/** Who waits to commit holds the lock of writers, too. */
const RANK: Readonly<Record<LockHolder['mode'], number>> = { read: 0, write: 1, waits: 2 };

function modeInFile(lock: FileLock): LockHolder['mode'] | undefined {
  if (lock.last < PENDING || lock.first > SHARED_LAST) return undefined;
  if (!lock.isWrite) return 'read';
  return covers(lock, PENDING) && !covers(lock, SHARED_FIRST) ? 'waits' : 'write';
}

function modeInLog(lock: FileLock): LockHolder['mode'] | undefined {
  if (lock.isWrite && (covers(lock, WAL_WRITE) || covers(lock, WAL_RECOVER))) return 'write';
  return lock.first <= WAL_READ_LAST && lock.last >= WAL_READ_FIRST ? 'read' : undefined;
}

function covers({ first, last }: FileLock, byte: number): boolean {
  return first <= byte && byte <= last;
}

async function placeOf(path: string, modeOf: Place['modeOf']): Promise<Place | undefined> {
  return stat(path).then(
    ({ ino, dev }) => ({ path, inode: ino, device: dev, modeOf }),
    () => undefined,
  );
}

/** Where another user's process does not let us look, the device decides. */
async function isOf({ pid, device }: FileLock, place: Place): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => undefined);
  if (names === undefined) return device === deviceText(place.device);
  const opened = await Promise.all(names.map((name) => stat(`${folder}/${name}`).catch(() => undefined)));
  return opened.some((each) => each?.ino === place.inode && each.dev === place.device);
}

/** `fd:01`, as the kernel writes a device's two numbers. */
function deviceText(device: number): string {
  const low = device % 2 ** 32;
  const major = ((low >>> 8) & 0xfff) | ((device / 2 ** 32) & ~0xfff);
  const minor = (low & 0xff) | ((low >>> 12) & ~0xff);
  return [major, minor].map((number) => number.toString(16).padStart(2, '0')).join(':');
}
