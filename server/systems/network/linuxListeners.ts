import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Listener } from './network.ts';
import { type ListeningSocket, parseProcNetTcp, socketInode } from './parseProcNet.ts';

const SOURCES = ['/proc/net/tcp', '/proc/net/tcp6'];
/** Descriptors looked at in one scan: a machine with more has its owners beyond that left unknown instead of a stall. */
const MAX_DESCRIPTORS = 200_000;
/** Descriptors looked at before the event loop gets its turn: about 5 ms of work. */
const BATCH = 1000;

/**
 * Listening TCP sockets of this network namespace, each address and port once, sorted by port. Of the processes that share a
 * socket (a server and its forked workers) the owner is the one whose parent does not hold it too.
 * @throws the signal's reason when cancelled
 */
export async function listLinuxListeners(signal: AbortSignal): Promise<Listener[]> {
  const byAddress = new Map<string, { socket: ListeningSocket; source: string; inodes: string[] }>();
  for (const source of SOURCES) {
    for (const socket of parseProcNetTcp(readOrEmpty(source))) {
      const key = `${socket.address} ${socket.port}`;
      const known = byAddress.get(key);
      // SO_REUSEPORT: several sockets, one address.
      if (known === undefined) byAddress.set(key, { socket, source, inodes: [socket.inode] });
      else known.inodes.push(socket.inode);
    }
  }
  const holders = await findHolders(new Set([...byAddress.values()].flatMap(({ inodes }) => inodes)), signal);
  return [...byAddress.values()]
    .map(({ socket, source, inodes }) => ({
      address: socket.address,
      port: socket.port,
      pid: ownerOf(new Set(inodes.flatMap((inode) => holders.get(inode) ?? []))),
      uid: socket.uid,
      source,
    }))
    .sort((a, b) => a.port - b.port || a.address.localeCompare(b.address));
}

/** Which processes hold which of the sockets. Other users' processes are not seen unless we are root. */
async function findHolders(inodes: ReadonlySet<string>, signal: AbortSignal): Promise<Map<string, number[]>> {
  const holders = new Map<string, number[]>();
  if (inodes.size === 0) return holders;
  let looked = 0;
  let nextPause = BATCH;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    for (const descriptor of namesIn(`/proc/${name}/fd`)) {
      if (++looked > MAX_DESCRIPTORS) return holders;
      const inode = socketInode(linkTarget(`/proc/${name}/fd/${descriptor}`));
      if (inode === undefined || !inodes.has(inode)) continue;
      const pids = holders.get(inode);
      if (pids === undefined) holders.set(inode, [Number(name)]);
      else pids.push(Number(name));
    }
    if (looked >= nextPause) {
      nextPause = looked + BATCH;
      await nextTurn();
      signal.throwIfAborted();
    }
  }
  return holders;
}

function ownerOf(pids: ReadonlySet<number>): number | undefined {
  const sorted = [...pids].sort((a, b) => a - b);
  if (sorted.length < 2) return sorted[0];
  return sorted.find((pid) => !pids.has(parentOf(pid))) ?? sorted[0];
}

function parentOf(pid: number): number {
  const ppid = /^PPid:\s+(\d+)/m.exec(readOrEmpty(`/proc/${pid}/status`))?.[1];
  return Number(ppid ?? 0);
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // no IPv6, or the process ended
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // another user's process, or it ended
  }
}

function linkTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // closed meanwhile
  }
}
