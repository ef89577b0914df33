import { fstatSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import net from 'node:net';
import type { LogSource } from '../../protocol/logs.ts';
import { FileFollower } from './followFile.ts';
import { openContainer } from './openContainer.ts';
import { type OpenedFile, openDescriptor, openFile } from './openFile.ts';
import { openJournal } from './openJournal.ts';
import { openPod } from './openPod.ts';
import type { OpenedSource } from './plainLog.ts';
import { readStream } from './readStream.ts';
import { rotatedSet } from './rotatedSet.ts';
import { type ReadingOptions, SpoolSet } from './spoolSet.ts';
import { UnpackQueue } from './unpackQueue.ts';
import { unreadable, unreadableFile } from './unreadable.ts';

const STDIN = 0;
/** A document of the editor is written in parts of so many characters. */
const TEXT_PART = 1 << 20;

/**
 * Opens a source, whatever it is, as plain logs; answers when the first bytes can be read, or it is known that there are
 * none. It then reads on in the background until it is disposed of, or the signal aborts.
 * @throws TektraError log.unreadable; the signal's reason
 */
export async function openSource(source: LogSource, options: ReadingOptions): Promise<OpenedSource> {
  options.signal.throwIfAborted();
  switch (source.kind) {
    case 'journal':
      return openJournal(source, options);
    case 'container':
      return openContainer(source, options);
    case 'pod':
      return openPod(source, options);
  }
  const set = new SpoolSet(options);
  try {
    if (source.kind === 'text') fill(set, source.name, source.text);
    else if (source.kind === 'stdin') await openStdin(set);
    else await openFiles(set, source.path, source.rotated === true, options);
    return set;
  } catch (error) {
    set.dispose();
    throw error;
  }
}

function fill(set: SpoolSet, name: string, text: string): void {
  const spool = set.add(name);
  for (let at = 0, end = 0; at < text.length; at = end) {
    end = Math.min(text.length, at + TEXT_PART);
    // A pair of surrogates is one character.
    if (end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end += 1;
    if (!spool.write(Buffer.from(text.slice(at, end)))) return;
  }
  spool.finish();
}

async function openStdin(set: SpoolSet): Promise<void> {
  const name = 'standard input';
  const stats = fstatSync(STDIN);
  if (stats.isFile()) {
    const queue = new UnpackQueue(set.signal);
    return begin(set, [openDescriptor(name, STDIN, set, false, queue)]);
  }
  if (!stats.isFIFO() && !stats.isSocket())
    throw unreadable(name, 'nothing is piped in', 'Pipe a log in, or name a file.');
  const spool = set.add(name);
  const socket = new net.Socket({ fd: STDIN, readable: true, writable: false });
  void readStream(socket, spool, set.signal);
  await set.changes.until(() => spool.size > 0 || spool.complete, set.signal);
}

async function openFiles(set: SpoolSet, file: string, rotated: boolean, { follow }: ReadingOptions): Promise<void> {
  const queue = new UnpackQueue(set.signal);
  if (!rotated) {
    const opened = openFile(file, set, follow, queue);
    await begin(set, [opened]);
    if (follow && opened.grow !== undefined) new FileFollower(file, opened, [], set, queue);
    return;
  }
  // A link's file is rotated where it lies.
  const [real, members] = await realpath(file)
    .then(async (target) => [target, await rotatedSet(target)] as const)
    .catch((error: unknown) => {
      throw unreadableFile(file, error);
    });
  if (!members.some((member) => member.path === real)) return begin(set, [openFile(file, set, follow, queue)]);
  const newest = members.at(-1);
  const opened = members.map((member) => {
    try {
      return openFile(member.path, set, follow && member === newest, queue);
    } catch (error) {
      if (member.path === real) throw error;
      // One that vanished or is locked leaves a gap, which is told.
      return gap(set, member.path, error as Error);
    }
  });
  await begin(set, opened);
  const last = opened.at(-1);
  if (!follow || newest === undefined || last?.grow === undefined) return;
  const known = opened.map(({ identity }) => identity);
  // The link, where there is one, may lead elsewhere next.
  new FileFollower(newest.path === real ? file : newest.path, last, known, set, queue);
}

function gap(set: SpoolSet, file: string, error: Error): OpenedFile {
  const spool = set.prepare(file);
  spool.note(error.message);
  spool.finish();
  const read = Promise.resolve(undefined);
  return {
    log: spool,
    identity: '',
    source: spool.descriptor,
    bytes: 0,
    grow: undefined,
    finish: () => undefined,
    read,
  };
}

/** Shows the files, and waits until something can be read. */
async function begin(set: SpoolSet, files: readonly OpenedFile[]): Promise<void> {
  for (const { log } of files) set.show(log);
  const only = files.length === 1 ? files[0] : undefined;
  await set.changes.until(() => set.bytes > 0 || set.isComplete || only?.grow !== undefined, set.signal);
  const failure = set.bytes === 0 && set.isComplete ? await only?.read : undefined;
  if (failure !== undefined) throw failure;
}
