import type { RecordChunk } from '../index/recordChunk.ts';
import type { Bitmap } from './bitmap.ts';
import type { Zone } from './zone.ts';

/** A run of records of one chunk that is looked at in one go. */
export interface Piece {
  chunk: RecordChunk;
  /** Places in the chunk, end exclusive. */
  from: number;
  to: number;
}

/** How dear a look is; cheap ones go first and leave fewer records to the others. */
export const COLUMN = 0;
export const DICTIONARY = 1;
export const TEXT = 2;
export const FIELD = 3;

/**
 * One part of a compiled query. Its answer for a piece depends on the piece, the index's dictionaries and its source's
 * bytes alone, so that chunks may be looked at in any order.
 */
export interface Predicate {
  /** One of the costs above. */
  readonly cost: number;
  /** Clears the bits of records that do not match; bit n is the record `piece.from + n`, and only set bits need a look. */
  narrow(piece: Piece, bits: Bitmap): void;
  /** False when no record of a chunk can match, by what is known of the chunk as a whole. */
  mayMatch?(zone: Zone): boolean;
  /** Called before the records that came in since are looked at. @returns whether earlier answers do not hold any more */
  refresh?(): boolean;
}
