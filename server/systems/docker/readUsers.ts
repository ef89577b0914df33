import type { Readable } from 'node:stream';
import { type AskOptions, askEngine } from './askEngine.ts';
import type { EngineAnswer } from './docker.ts';
import type { EngineAddress } from './findEngine.ts';
import { readStream } from './readStream.ts';

/** A passwd file of some hundred users; more is not read. */
const MAX_BYTES = 256 * 1024;
const BLOCK = 512;
/** Where the size of a file stands in the header of a tar archive, in octal. */
const SIZE_AT = 124;
const SIZE_LENGTH = 12;

export type ContainerUsers = ReadonlyMap<string, { uid: number; gid: number }>;

/** The engine hands a file of a container out as an archive, whether the container runs or not. */
export function readUsers(
  engines: () => Promise<EngineAddress[]>,
  id: string,
  options: AskOptions,
): Promise<EngineAnswer<ContainerUsers>> {
  return askEngine(engines, options, async (engine, signal) => {
    const ask = { path: '/etc/passwd', abortSignal: signal };
    const stream = (await engine.getContainer(id).getArchive(ask).catch(absent)) as Readable | undefined;
    return stream === undefined ? new Map() : parsePasswd(firstFile(await readStream(stream, MAX_BYTES, signal)));
  });
}

/** An image from scratch has no such file. */
function absent(error: { statusCode?: number }): undefined {
  if (error.statusCode === 404) return undefined;
  throw error;
}

/** The text of the first regular file of a tar archive; '' when it holds none. */
export function firstFile(archive: Buffer): string {
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const size = Number.parseInt(archive.toString('latin1', at + SIZE_AT, at + SIZE_AT + SIZE_LENGTH), 8);
    if (!(size >= 0)) return '';
    const type = archive[at + 156];
    // '0', or 0 in old archives; others are headers with long names and times.
    if (type === 0x30 || type === 0) return archive.toString('utf8', at + BLOCK, at + BLOCK + size);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return '';
}

function parsePasswd(text: string): ContainerUsers {
  const users = new Map<string, { uid: number; gid: number }>();
  for (const line of text.split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name && uid && gid && /^\d+$/.test(uid) && /^\d+$/.test(gid))
      users.set(name, { uid: Number(uid), gid: Number(gid) });
  }
  return users;
}
