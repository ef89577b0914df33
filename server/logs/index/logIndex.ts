import type { FormatPlan } from '../formats/logFormat.ts';
import type { Template } from '../templates/template.ts';
import type { RecordChunk } from './recordChunk.ts';

/** Strings by number; number 0 is the empty string and means "none". */
export interface Dictionary {
  readonly size: number;
  text(number: number): string;
  /** 0 when it was never seen. */
  find(text: string): number;
}

/** One file, or one stream, of an index. */
export interface IndexedSource {
  name: string;
  plan: FormatPlan;
  /** Bytes that are indexed so far, and bytes that are there. */
  indexedBytes: number;
  totalBytes: number;
  records: number;
  lines: number;
}

/** Something that was skipped, cut or could not be read; told to the user. */
export interface Notice {
  source: number;
  /** 1-based; absent: the whole source. */
  line?: number;
  text: string;
}

/** The bytes of a record, to be decoded by `textOf`; reading is synchronous, since an index lives on a thread of its own. */
export interface RecordBytes {
  bytes: Uint8Array;
  start: number;
  end: number;
  /** The record is longer than the limit that was asked for. */
  cut: boolean;
}

/**
 * Everything known of the records of one or several sources, column by column; grows while the sources are read.
 * Only growing: a chunk once complete never changes, but the template of a shape may (see `templates`).
 */
export interface LogIndex {
  readonly sources: readonly IndexedSource[];
  /** All sources are read to their ends (a followed one: to what there is now). */
  readonly complete: boolean;
  readonly records: number;
  readonly notices: readonly Notice[];
  readonly chunkCount: number;
  /** The columns of one chunk; valid until 8 other chunks were asked for. The last one may still grow. */
  chunk(number: number): RecordChunk;
  /** Number of the chunk that holds a record. */
  chunkOf(record: number): number;
  readonly components: Dictionary;
  readonly traces: Dictionary;
  /** Texts are the frames' fingerprints' headlines: what the group is called. */
  readonly errorGroups: Dictionary;
  /** All templates, by id ascending, at the moment: while a log is read, templates merge as more is known. */
  templates(): readonly Template[];
  /** Id of the template of a shape, at the moment. */
  templateOf(shape: number): number;
  readonly shapeCount: number;
  /** The bytes of a record as they stand in its source, at most `limit` of them (default 1 MiB). Throws TektraError `log.gone` when the source shrank or vanished. */
  read(record: number, limit?: number): RecordBytes;
  textOf(record: number, limit?: number): string;
  /**
   * The bytes of the records `from` ≤ n < `to`, all of one chunk, at one go: for a scan of many records' text, of which
   * one read each would be most of the time. Record n stands at `start + starts[n] - starts[from]`. Valid until the next
   * read. The caller keeps the range small (about 256 KiB). Throws as `read`; without it, records are read one by one.
   */
  readRange?(from: number, to: number): RecordBytes;
  /**
   * Position ⇄ record in the order of time over all sources; both are the identity when there is one source.
   * Records without a time stay behind the one before them in their source.
   */
  recordAt(position: number): number;
  positionOf(record: number): number;
  /** The records at the positions `from` ≤ n < `to`, at one go: for who needs the order of all of them. */
  recordsAt?(from: number, to: number): Uint32Array;
}
