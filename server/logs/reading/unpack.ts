import type { TektraError } from '../../protocol/errors.ts';
import { BrokenArchive, type Compression } from './compression.ts';
import { decompress } from './decompress.ts';
import { inWords, type Spool } from './spool.ts';
import { unreadable } from './unreadable.ts';

/** The packed bytes, from the start; `again`: they can be read a second time. */
export interface Packed {
  pieces(): AsyncIterable<Uint8Array>;
  again: boolean;
  /** All of them; undefined: not known. */
  bytes: number | undefined;
}

/**
 * Unpacks into a spool. What breaks is told as a notice there.
 * @returns why nothing at all could be given, else undefined
 * @throws the reason of a signal in `packed.pieces`, errors of node:fs
 */
export async function unpack(spool: Spool, compression: Compression, packed: Packed): Promise<TektraError | undefined> {
  let unpacked = 0;
  let skip = 0;
  const sink = (bytes: Uint8Array): boolean => {
    const fresh = skip === 0 ? bytes : bytes.subarray(Math.min(skip, bytes.length));
    skip -= bytes.length - fresh.length;
    unpacked += fresh.length;
    return fresh.length === 0 || spool.write(fresh);
  };
  const run = async (from?: number): Promise<BrokenArchive | undefined> => {
    try {
      await decompress(compression, packed.pieces(), sink, from === undefined ? undefined : { from });
      return undefined;
    } catch (error) {
      if (error instanceof BrokenArchive) return error;
      throw error;
    }
  };
  let broken = await run();
  if (broken?.kind === 'damaged' && packed.again && (compression === 'gzip' || compression === 'zstd')) {
    skip = unpacked;
    broken = await run(broken.consumed);
  }
  if (broken !== undefined) spool.note(wordsOf(broken, compression, packed.bytes));
  spool.finish();
  return broken === undefined || unpacked > 0 ? undefined : refusal(spool.name, compression, broken, packed.bytes);
}

/** A checksum and a length, at most, stand behind the last data. */
const TRAILER_BYTES = 16;

function wordsOf(broken: BrokenArchive, compression: Compression, bytes: number | undefined): string {
  const place = `after ${inWords(broken.consumed)}${bytes === undefined || bytes === broken.consumed ? '' : ` of ${inWords(bytes)}`}`;
  if (broken.kind === 'damaged' && bytes !== undefined && bytes - broken.consumed <= TRAILER_BYTES)
    return `The ${compression} data ends with a wrong checksum: some of it is damaged.`;
  switch (broken.kind) {
    case 'cut':
      return `The ${compression} data ends in the middle, ${place}: the file was cut off, or is still being written. What stood behind is missing, everything before is shown.`;
    case 'damaged':
      return `The ${compression} data is damaged ${place}. What stands behind is missing, everything before is shown.`;
    case 'unsupported':
      return `The ${compression} data goes on in a way that cannot be unpacked here, ${place}. What stands behind is missing, everything before is shown.`;
  }
}

const PROGRAMS: Readonly<Record<Compression, string>> = {
  gzip: 'gzip -d',
  zstd: 'zstd -d',
  bzip2: 'bzip2 -d',
  xz: 'xz -d',
};

function refusal(
  name: string,
  compression: Compression,
  broken: BrokenArchive,
  bytes: number | undefined,
): TektraError {
  if (broken.kind === 'unsupported') {
    const because =
      compression === 'zstd' && broken.consumed === 0
        ? 'it is packed with zstd, which this version of Node cannot unpack (22.15 and later can)'
        : `it is packed with a variant of ${compression} that cannot be unpacked here`;
    return unreadable(name, because, `Unpack it with ${PROGRAMS[compression]} and open the result.`, broken);
  }
  return unreadable(
    name,
    `its ${compression} data ${broken.kind === 'cut' ? 'ends' : 'is damaged'} after ${inWords(broken.consumed)}${bytes === undefined ? '' : ` of ${inWords(bytes)}`}, before anything could be unpacked`,
    'Get the file again from where it came from.',
    broken,
  );
}
