import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { LockFile } from '../../server/protocol/handshake.ts';
import type { StatePaths } from '../../server/protocol/statePaths.ts';

export interface BackendSocket {
  /** Whoever connected must end it. */
  socket: Socket;
  lock: LockFile;
}

/**
 * Connects to the backend that the lock file names.
 * @returns undefined when none runs: there is no lock file, or it is stale and nobody listens on the socket
 * @throws the system's error when the state folder cannot be read, or the socket refuses this user
 */
export async function connectBackend(paths: StatePaths): Promise<BackendSocket | undefined> {
  const lock = await readLockFile(paths.lockFile);
  if (!lock) return undefined;
  const socket = await openSocket(lock.socket);
  return socket && { socket, lock };
}

/** A lock file that does not read as one is as good as none: the next backend writes it anew. */
async function readLockFile(file: string): Promise<LockFile | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (isAbsence(error)) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return LockFile.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The kernel answers at once whether somebody listens; no time limit is needed here. */
function openSocket(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.destroy();
      if (isAbsence(error)) resolve(undefined);
      else reject(error);
    });
  });
}

/** ENOTSOCK and EAGAIN: something else lies there, or the listener's queue is full as it is not yet (or no longer) served. */
const absences = new Set(['ENOENT', 'ENOTDIR', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTSOCK', 'EAGAIN']);

function isAbsence(error: NodeJS.ErrnoException): boolean {
  return absences.has(error.code ?? '');
}
