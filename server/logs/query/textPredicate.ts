import { TektraError } from '../../protocol/errors.ts';
import type { LogIndex, RecordBytes } from '../index/logIndex.ts';
import type { RecordChunk } from '../index/recordChunk.ts';
import { type Bitmap, hasBit, nextBit, setBit } from './bitmap.ts';
import { keepWhere } from './columnPredicates.ts';
import { type Piece, type Predicate, TEXT } from './predicate.ts';
import type { TextFinder } from './textFinder.ts';

/** Of a longer record no more is searched; bounds memory, and the time that one record may take. */
const LONGEST_RECORD = 1_048_576;
/** Read in one go: large enough that the reads do not count, small enough for the processor's cache. */
const BLOCK = 262_144;
/** Bytes between two records of interest that are read over rather than skipped with a read of its own. */
const GAP = 16_384;

/** Keeps the records whose bytes a finder finds something in. What cannot be read any more (its file shrank) does not match. */
export function textPredicate(index: LogIndex, finder: TextFinder, cost = TEXT): Predicate {
  const { search, confirm, confirmText } = finder;
  return {
    cost,
    narrow(piece, bits) {
      if (!search && !confirm) {
        if (confirmText) narrowByText(index, confirmText, piece, bits);
        return;
      }
      const open = new Uint32Array(bits.length);
      narrow(index, finder, piece, bits, open);
      if (!confirmText) return;
      // Only now: decoding reads, and a read may take the bytes away that were searched.
      narrowByText(index, confirmText, piece, open);
      for (let at = 0; at < bits.length; at += 1) bits[at] = (bits[at] as number) | (open[at] as number);
    },
  };
}

function narrowByText(
  index: LogIndex,
  confirm: (text: string, source: number) => boolean,
  { chunk, from, to }: Piece,
  bits: Bitmap,
): void {
  keepWhere(from, to, bits, (at) => {
    const text = unlessGone(() => index.textOf(chunk.first + at, LONGEST_RECORD));
    return text !== undefined && confirm(text, chunk.source);
  });
}

/** @param open takes the records of which only their text can tell */
function narrow(index: LogIndex, finder: TextFinder, { chunk, from, to }: Piece, bits: Bitmap, open: Bitmap): void {
  const { starts } = chunk;
  const candidates = bits.slice();
  bits.fill(0);
  let bit = nextBit(candidates, 0);
  let takesRanges = index.readRange !== undefined;
  while (bit >= 0) {
    const first = from + bit;
    let last = takesRanges ? lastOfBlock(starts, candidates, first, from, to) : first;
    let block = readBlock(index, chunk, first, last + 1);
    if (!block && last > first) {
      // Its file shrank: some of the records may still be there.
      takesRanges = false;
      last = first;
      block = readBlock(index, chunk, first, first + 1);
    }
    if (block) searchBlock(finder, block, chunk, { first, last, from, candidates, bits, open });
    bit = last + 1 < to ? nextBit(candidates, last + 1 - from) : -1;
  }
}

/** The last record that is worth reading together with the first. */
function lastOfBlock(starts: Uint32Array, candidates: Bitmap, first: number, from: number, to: number): number {
  const limit = (starts[first] as number) + BLOCK;
  let last = first;
  for (;;) {
    const next = last + 1 < to ? nextBit(candidates, last + 1 - from) + from : from - 1;
    if (next < from || (starts[next + 1] as number) > limit) return last;
    if ((starts[next] as number) - (starts[last + 1] as number) > GAP) return last;
    last = next;
  }
}

function readBlock(index: LogIndex, chunk: RecordChunk, first: number, end: number): RecordBytes | undefined {
  return unlessGone(() =>
    index.readRange && end - first > 1
      ? index.readRange(chunk.first + first, chunk.first + end)
      : index.read(chunk.first + first, LONGEST_RECORD),
  );
}

function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof TektraError && error.code === 'log.gone') return undefined;
    throw error;
  }
}

interface Block {
  /** Places in the chunk, both included. */
  first: number;
  last: number;
  /** Of the piece. */
  from: number;
  candidates: Bitmap;
  bits: Bitmap;
  open: Bitmap;
}

/** Searches each run of neighbouring candidates as one text: most records have no hit, and cost no more than their bytes. */
function searchBlock(finder: TextFinder, read: RecordBytes, { starts }: RecordChunk, block: Block): void {
  const { search, confirm, confirmText, crossesLines } = finder;
  const { bytes } = read;
  const { first, last, from, candidates, bits, open } = block;
  const shift = read.start - (starts[first] as number);
  let run = first;
  while (run <= last) {
    if (!hasBit(candidates, run - from)) {
      run += 1;
      continue;
    }
    let stop = run + 1;
    if (search && !crossesLines) while (stop <= last && hasBit(candidates, stop - from)) stop += 1;
    const end = Math.min(read.end, shift + (starts[stop] as number));
    let record = run;
    let at = shift + (starts[run] as number);
    while (at < end || (record === run && !search)) {
      const hit = search ? search.find(bytes, at, end) : at;
      if (hit < 0) break;
      while (record + 1 < stop && shift + (starts[record + 1] as number) <= hit) record += 1;
      const recordEnd = Math.min(end, shift + (starts[record + 1] as number));
      const matches = confirm
        ? confirm(bytes, shift + (starts[record] as number), recordEnd)
        : confirmText
          ? undefined
          : true;
      if (matches !== false) setBit(matches ? bits : open, record - from);
      record += 1;
      at = recordEnd;
      if (record >= stop) break;
    }
    run = stop;
  }
}
