import { inertLine } from '../../protocol/inertText.ts';
import type { LogFormat } from '../formats/logFormat.ts';
import type { LogIndex } from '../index/logIndex.ts';
import type { RecordChunk } from '../index/recordChunk.ts';
import { findPosition } from '../query/findPosition.ts';
import { whole } from './wholeView.ts';

/** Bytes of a record that are looked at for its line in a table: its message stands in them. */
const ROW_BYTES = 16_384;
/** Letters of a message that a table shows. */
const ROW_LETTERS = 1_000;

/** One record's columns and where they stand. */
export interface RecordPlace {
  chunk: RecordChunk;
  /** Of the record in the chunk. */
  at: number;
  /** 1-based, inclusive. */
  line: number;
  endLine: number;
}

/** Reads single records of an index, as they are shown. */
export class ShownRecords {
  readonly #index: LogIndex;
  readonly #formatOf: (source: number) => LogFormat;

  constructor(index: LogIndex, formatOf: (source: number) => LogFormat) {
    this.#index = index;
    this.#formatOf = formatOf;
  }

  place(record: number): RecordPlace {
    const chunk = this.#index.chunk(this.#index.chunkOf(record));
    const at = record - chunk.first;
    const line = chunk.firstLine + (chunk.lines[at] as number);
    return { chunk, at, line, endLine: Math.max(line, chunk.firstLine + (chunk.lines[at + 1] as number) - 1) };
  }

  /** What a record says, in one line that nothing in it can break or turn. */
  message(record: number, { chunk, at }: RecordPlace): string {
    const text = this.#index.textOf(record, ROW_BYTES);
    const said = this.#formatOf(chunk.source).message(text);
    const first =
      said
        .slice(0, ROW_LETTERS * 2)
        .trimStart()
        .split('\n', 1)[0] ?? '';
    const inert = inertLine(first.trimEnd());
    const isCut =
      inert.length > ROW_LETTERS || (chunk.starts[at + 1] as number) - (chunk.starts[at] as number) > ROW_BYTES;
    return isCut ? `${inert.slice(0, ROW_LETTERS - 1)}…` : inert;
  }

  /** The record that a line of a source belongs to; -1: there is no such line. */
  atLine(source: number, line: number): number {
    const position = findPosition(whole(this.#index), { line: { source, line } });
    if (position < 0) return -1;
    const record = this.#index.recordAt(position);
    const place = this.place(record);
    return place.chunk.source === source && place.line <= line && line <= place.endLine ? record : -1;
  }
}
