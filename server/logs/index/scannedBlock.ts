import type { FormatPlan } from '../formats/logFormat.ts';

/** A piece of a source to scan; plain data, so that it can be sent to a worker. */
export interface BlockJob {
  /** A thread makes one format for each key: the same for all blocks of a source, and of it alone. */
  plan: FormatPlan;
  planKey: string;
  descriptor: number;
  encoding: 'utf-8' | 'latin1';
  /** Byte offsets: the block holds the records that begin in [from, to); `limit` is where the source ends for now. */
  from: number;
  to: number;
  limit: number;
  /** Where the source's text begins: behind a byte order mark. The line there begins a record whatever it looks like. */
  base: number;
  /** What stands at `limit` is complete. Otherwise a last record that may go on there is left for later. */
  final: boolean;
}

/** An error group as the scan finds it. */
export interface StackGroup {
  /** Equal keys ⇔ one group. */
  key: string;
  title: string;
}

/**
 * What became of a block. Columns are cut to `count` and lie in one buffer, which is transferred. Numbers are the
 * block's own; an absent column holds nothing but zeros, or NaN for durations.
 */
export interface ScannedBlock {
  from: number;
  /** Where to go on: `to`, or less when a last record was left for later. */
  to: number;
  count: number;
  /** Lines that begin in [from, to). */
  lines: number;
  /** Offset of the last line's first byte when no line feed ends it; −1: one does, or no line begins here. */
  unfinished: number;
  /** The source ended before `to`: it shrank. */
  short: boolean;
  buffer: ArrayBuffer;
  /** Byte offsets from `from`. */
  starts: Uint32Array;
  /** Lines of the block before the record. */
  lineNumbers: Uint32Array;
  times: Float64Array;
  levels: Uint8Array;
  shapes: Uint32Array;
  components: Uint32Array | undefined;
  durations: Float32Array | undefined;
  traces: Uint32Array | undefined;
  groups: Uint32Array | undefined;
  /** By the block's shape number, and how many records have it. */
  shapeTexts: readonly string[];
  shapeCounts: Uint32Array;
  /** Number n stands at n − 1. */
  componentNames: readonly string[];
  stackGroups: readonly StackGroup[];
  /** Two halves of a hash for each trace; number n stands at 2n − 2. */
  traceHashes: Uint32Array;
  /** Place in the block of the first record of each trace. */
  traceRecords: Uint32Array;
  /** Lines longer than the scan looks, and lines at which a parser failed; with the place of the first in the block. */
  longLines: number;
  firstLong: number;
  failedLines: number;
  firstFailed: number;
}
