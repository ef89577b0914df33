/** Most records that one chunk holds. */
export const CHUNK_RECORDS = 65_536;

/**
 * The columns of up to 65,536 consecutive records of one source, in file order. Arrays may be longer than `count`
 * (`starts` and `lines` than `count + 1`); what lies behind is undefined.
 */
export interface RecordChunk {
  /** Number of the chunk's first record in the index; records are numbered from 0 over all sources. */
  first: number;
  count: number;
  /** Which source of the index, from 0. */
  source: number;
  /** Byte offset of the first record in its source. */
  base: number;
  /** Byte offset of each record from `base`; `starts[count]` is the end of the last, its line feed included. */
  starts: Uint32Array;
  /** 1-based number of the chunk's first line in its source. */
  firstLine: number;
  /** Line of each record, counted from `firstLine`; `lines[count]` is the first line after the chunk. */
  lines: Uint32Array;
  /** Milliseconds since the epoch; NaN: the record tells none. */
  times: Float64Array;
  /** Codes of levels.ts. */
  levels: Uint8Array;
  /** Numbers of shapes (`LogIndex.shapes`); several shapes make one template. */
  shapes: Uint32Array;
  /** Numbers of `LogIndex.components`; 0: none. */
  components: Uint32Array;
  /** Milliseconds; NaN: none. */
  durations: Float32Array;
  /** Numbers of `LogIndex.traces`; 0: none. */
  traces: Uint32Array;
  /** Numbers of `LogIndex.errorGroups`: records whose stack traces are the same but for numbers; 0: no stack trace. */
  errorGroups: Uint32Array;
}
