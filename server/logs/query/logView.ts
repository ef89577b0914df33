import type { LogIndex } from '../index/logIndex.ts';
import type { Bitmap } from './bitmap.ts';

/**
 * The records of an index that match a query, in the order of time; grows while the query is looked at and when the
 * index grows. Memory: one bit a record of the index, twice that for an index of several sources.
 */
export interface LogView {
  readonly index: LogIndex;
  /** Records that match so far. */
  readonly matches: number;
  /** Records that were looked at. */
  readonly scanned: number;
  /** All records that the index holds now were looked at. */
  readonly done: boolean;
  /** The record at a position of the view, from 0; -1: there are not so many matches. */
  recordAt(position: number): number;
  /** Up to `count` records from a position on. */
  slice(position: number, count: number): number[];
  /** Where a record stands in the view, or the next that does behind it; -1: none does. */
  positionOf(record: number): number;
  has(record: number): boolean;
  /** The matches of one chunk, bit by bit; undefined: none. To be read only. */
  bitsOf(chunk: number): Bitmap | undefined;
}
