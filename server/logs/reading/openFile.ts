import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import net from 'node:net';
import { compressionOf, foreignArchive } from './compression.ts';
import { FileLog } from './fileLog.ts';
import { piecesOf } from './pieces.ts';
import type { PlainLog } from './plainLog.ts';
import { readStream } from './readStream.ts';
import type { SpoolSet } from './spoolSet.ts';
import { encodingOf } from './textEncoding.ts';
import type { UnpackQueue } from './unpackQueue.ts';
import { unreadable, unreadableFile } from './unreadable.ts';

const HEAD_BYTES = 65_536;

/** A file that was opened, and how it is held up to date. */
export interface OpenedFile {
  log: PlainLog;
  /** Of the file on its disk; a name may come to stand for another. */
  identity: string;
  /** The file itself, to be looked at while `log` is open. */
  source: number;
  /** Its bytes when it was opened. */
  bytes: number;
  /** undefined: it cannot grow (packed, a stream that feeds itself). */
  grow: ((bytes: number) => void) | undefined;
  /** Nothing more will be written to it. */
  finish(): void;
  /** Settles when what there was is read. Why nothing could be given, when it is so. */
  read: Promise<Error | undefined>;
}

/**
 * Opens what stands at a path: a plain file as it is, everything else as a spool that fills. The log is not shown yet.
 * @throws TektraError log.unreadable
 */
export function openFile(path: string, set: SpoolSet, follow: boolean, queue: UnpackQueue): OpenedFile {
  let descriptor: number | undefined;
  try {
    // Devices may act on being opened, and a queue without a writer would hold us up.
    refuse(path, statSync(path));
    // A followed queue is opened for writing, too: it then goes on when its last writer leaves.
    const access = follow && statSync(path).isFIFO() ? constants.O_RDWR : constants.O_RDONLY;
    descriptor = openSync(path, access | (constants.O_NONBLOCK ?? 0));
    refuse(path, fstatSync(descriptor));
    return openDescriptor(path, descriptor, set, follow, queue);
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor);
    throw (error as NodeJS.ErrnoException).code?.startsWith('E') ? unreadableFile(path, error) : error;
  }
}

/** As {@link openFile}, for a file that is open already and is closed with its log. */
export function openDescriptor(
  name: string,
  descriptor: number,
  set: SpoolSet,
  follow: boolean,
  queue: UnpackQueue,
): OpenedFile {
  const stats = fstatSync(descriptor, { bigint: true });
  const identity = `${stats.dev}:${stats.ino}`;
  if (!stats.isFile()) {
    const spool = set.prepare(name);
    const socket = new net.Socket({ fd: descriptor, readable: true, writable: false });
    const read = readStream(socket, spool, set.signal);
    return { log: spool, identity, source: spool.descriptor, bytes: 0, grow: undefined, finish: () => undefined, read };
  }
  const bytes = Number(stats.size);
  const head = new Uint8Array(Math.min(HEAD_BYTES, bytes));
  const filled = head.subarray(0, readSync(descriptor, head, 0, head.length, 0));
  const compression = compressionOf(filled);
  if (compression !== undefined) {
    const spool = set.prepare(name);
    const packed = { pieces: () => piecesOf(descriptor, 0, set.signal), again: true, bytes };
    const read = queue.add(spool, compression, packed).finally(() => closeSync(descriptor));
    return { log: spool, identity, source: spool.descriptor, bytes, grow: undefined, finish: () => undefined, read };
  }
  const foreign = foreignArchive(filled);
  if (foreign !== undefined)
    throw unreadable(name, `it is ${foreign.name}`, `Unpack it with ${foreign.program} and open what is in it.`);
  if (encodingOf(filled) !== 'utf-8') return copied(name, descriptor, identity, bytes, set, follow);
  const log = new FileLog(name, descriptor, bytes, !follow);
  const grow = (now: number): void => {
    log.size = now;
    set.changes.tell();
  };
  const finish = (): void => {
    log.complete = true;
  };
  return { log, identity, source: descriptor, bytes, grow, finish, read: Promise.resolve(undefined) };
}

/** UTF-16: its UTF-8 stands in a spool, which goes on as the file does. */
function copied(
  name: string,
  descriptor: number,
  identity: string,
  bytes: number,
  set: SpoolSet,
  follow: boolean,
): OpenedFile {
  const spool = set.prepare(name);
  let at = 0;
  let wanted = true;
  const copy = async (): Promise<undefined> => {
    for await (const piece of piecesOf(descriptor, at, set.signal)) {
      at += piece.length;
      wanted = spool.write(piece);
      if (!wanted) break;
    }
    if (!follow) spool.finish();
  };
  const breakOff = (error: unknown): undefined => {
    if (!set.signal.aborted) spool.breakOff(error);
  };
  let copying = copy().catch(breakOff);
  const grow = (): void => {
    if (wanted) copying = copying.then(copy).catch(breakOff);
  };
  set.signal.addEventListener('abort', () => void copying.finally(() => closeSync(descriptor)), { once: true });
  const finish = (): void => {
    copying = copying.then(() => void (set.signal.aborted || spool.finish())).then(() => undefined);
  };
  return { log: spool, identity, source: descriptor, bytes, grow, finish, read: copying };
}

function refuse(path: string, stats: Stats): void {
  if (stats.isFile() || stats.isFIFO()) return;
  if (stats.isDirectory()) throw unreadable(path, 'it is a folder', 'Open a file in it.');
  if (stats.isSocket())
    throw unreadable(path, 'it is a socket', 'Open the log file of the program that listens there.');
  throw unreadable(path, 'it is a device', 'Open a file; the output of a program can be piped in.');
}
