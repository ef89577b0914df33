import { createHead, type LogFormat, resetHead } from '../formats/logFormat.ts';
import type { ShapeTable } from '../templates/template.ts';
import { BlockColumns } from './blockColumns.ts';
import { isBlank, mayBeFrame, mayHoldEscapedFrame, traceStart } from './frameBytes.ts';
import { HashTable } from './hashTable.ts';
import { NameHash } from './nameHash.ts';
import { NameTable } from './nameTable.ts';
import { CARRIAGE_RETURN, LINE_FEED, LOOK_BYTES, LOOK_LINES, MINED_BYTES, NAME_BYTES } from './scanLimits.ts';
import { type StackFingerprint, StackGroups } from './stackGroups.ts';

/** Where a block lies in the scanned bytes. */
export interface BlockRange {
  /** The block is bytes[from, to); before it stands the line before, behind it what ends its last record. */
  from: number;
  to: number;
  /** The line at `from` begins a record whatever it looks like. */
  first: boolean;
  /** The bytes end where the source ends for now. */
  atLimit: boolean;
  /** And nothing more will come there. */
  final: boolean;
}

const ESCAPED_FEED = Buffer.from('\\n');

/**
 * Scans blocks of one source, one after another: bytes to columns. It keeps its tables between blocks to save their
 * making, but nothing of what is in them. The columns and tables hold the block that was scanned last.
 *
 * A line is whatever a line feed ends, with or without a carriage return before it; other control characters are
 * text. NUL bytes at the beginning of a line (a file that was truncated under its writer, a crash) are passed over.
 */
export class BlockScanner {
  readonly columns = new BlockColumns();
  readonly components = new NameTable();
  readonly traces = new HashTable();
  readonly stacks: StackGroups;
  /** Place of each trace's first record. */
  readonly traceRecords: number[] = [];
  /** Of the block that was scanned last, as in ScannedBlock; `resume` is an offset in its bytes. */
  lines = 0;
  resume = 0;
  unfinished = -1;
  longLines = 0;
  firstLong = 0;
  failedLines = 0;
  firstFailed = 0;

  readonly #format: LogFormat;
  readonly #encoding: 'utf-8' | 'latin1';
  readonly #head = createHead();
  readonly #hash = new NameHash();
  /** A line of 64 KiB with the end of a longer one before it. */
  #scratch: Buffer | undefined;
  /** What the head's offsets are of, and what to add to them for offsets of the block's bytes. */
  #text: Buffer | undefined;
  #shift = 0;
  /** The record that was begun last; −1: none that is still looked at. Offsets in the block's bytes. */
  #record = -1;
  /** Where its message begins; −1: no line told one yet. */
  #message = -1;
  /** Its first line after the head that is not blank. */
  #spareStart = 0;
  #spareStop = 0;
  /** One of its lines may be a frame of a stack trace. */
  #frames = false;
  /** Where the next escaped line feed stands, as far as was looked. */
  #nextEscape = -1;

  constructor(format: LogFormat, encoding: 'utf-8' | 'latin1', fingerprint: StackFingerprint) {
    this.#format = format;
    this.#encoding = encoding;
    this.stacks = new StackGroups(fingerprint);
  }

  /**
   * @param bytes up to where they are known, no further
   * @param shapes a table of this block alone
   */
  scan(bytes: Buffer, range: BlockRange, shapes: ShapeTable): void {
    this.#clear();
    const { from, to } = range;
    const end = bytes.length;
    const ranOut = range.atLimit && !range.final;
    let line = firstLine(bytes, range);
    let previous = line < 2 ? line : bytes.lastIndexOf(LINE_FEED, line - 2) + 1;
    let lookEnd = to;
    let looked = 0;

    while (line < lookEnd && line < end) {
      const feed = bytes.indexOf(LINE_FEED, line);
      // A line that is still being written is left for later, unless no more of it would be looked at.
      if (feed === -1 && ranOut && end - line < LOOK_BYTES) break;
      let stop = feed === -1 ? end : feed;
      if (feed > line && bytes[feed - 1] === CARRIAGE_RETURN) stop -= 1;
      if (stop - line > LOOK_BYTES) stop = line + LOOK_BYTES;
      let start = line;
      while (start < stop && bytes[start] === 0) start += 1;

      if (this.#parse(bytes, previous, line, start, stop) || (range.first && line === from)) {
        if (this.#record >= 0) this.#close(bytes, line, shapes);
        if (line >= to) break;
        this.#open(line, line - from, shapes);
        lookEnd = Math.max(to, line + LOOK_BYTES);
        looked = 0;
      } else if (this.#record >= 0 && looked < LOOK_LINES && line < this.#record + LOOK_BYTES) {
        looked += 1;
        this.#continue(bytes, start, stop, shapes);
      }
      if (line < to) {
        if (stop - line === LOOK_BYTES) this.#noteLong();
        if (feed === -1) this.unfinished = line;
        this.lines += 1;
      }
      previous = line;
      line = feed === -1 ? end : feed + 1;
    }

    this.resume = ranOut && line < to ? line : to;
    if (this.#record < 0) return;
    if (ranOut && line < this.#record + LOOK_BYTES) this.#leaveLast();
    else this.#close(bytes, line, shapes);
  }

  #clear(): void {
    this.columns.clear();
    this.components.clear();
    this.traces.clear();
    this.traceRecords.length = 0;
    this.stacks.clear();
    this.lines = 0;
    this.unfinished = -1;
    this.longLines = 0;
    this.failedLines = 0;
    this.#nextEscape = -1;
    this.#record = -1;
  }

  /** Sets `#head`, whose offsets are of `#text`. @returns whether the line begins a record */
  #parse(bytes: Buffer, previous: number, line: number, start: number, stop: number): boolean {
    let text = bytes;
    let shift = 0;
    if (line - 1 - previous > LOOK_BYTES) {
      text = this.#cutBefore(bytes, line, stop);
      shift = line - LOOK_BYTES - 1;
    }
    this.#text = text;
    this.#shift = shift;
    const head = this.#head;
    resetHead(head, start - shift, stop - shift);
    try {
      if (this.#format.parse(text, start - shift, stop - shift, head)) return true;
      if (head.completes) return false;
    } catch {
      this.#noteFailed();
    }
    // What else it left there is nothing: the first line of a source is a record nevertheless.
    resetHead(head, start - shift, stop - shift);
    return false;
  }

  /** The line behind no more than the last 64 KiB of the line before it, so that a format sees the same wherever a block begins. */
  #cutBefore(bytes: Buffer, line: number, stop: number): Buffer {
    this.#scratch ??= Buffer.allocUnsafe(2 * LOOK_BYTES + 2);
    const length = bytes.copy(this.#scratch, 0, line - LOOK_BYTES - 1, stop);
    this.#scratch[length] = LINE_FEED;
    return this.#scratch;
  }

  /** Adds the record that begins with the line that was parsed last. */
  #open(line: number, start: number, shapes: ShapeTable): void {
    const { columns } = this;
    if (columns.count === columns.capacity) columns.grow();
    const at = columns.count;
    columns.count = at + 1;
    columns.starts[at] = start;
    columns.lineNumbers[at] = this.lines;
    columns.times[at] = this.#head.time;
    columns.levels[at] = 0;
    columns.durations[at] = Number.NaN;
    columns.components[at] = 0;
    columns.traces[at] = 0;
    columns.groups[at] = 0;
    this.#record = line;
    this.#message = -1;
    this.#spareStart = line;
    this.#spareStop = line;
    this.#frames = false;
    this.#take(at, shapes);
  }

  /** A further line of the record. */
  #continue(bytes: Buffer, start: number, stop: number, shapes: ShapeTable): void {
    if (this.#head.completes) this.#take(this.columns.count - 1, shapes);
    if (this.#message < 0 && this.#spareStart === this.#spareStop && !isBlank(bytes, start, stop)) {
      this.#spareStart = start;
      this.#spareStop = stop;
    }
    if (!this.#frames) this.#frames = mayBeFrame(bytes, start, Math.min(stop, this.#record + LOOK_BYTES));
  }

  /** The record takes from the head what it has not yet. */
  #take(at: number, shapes: ShapeTable): void {
    const { columns } = this;
    const head = this.#head;
    const text = this.#text as Buffer;
    if (Number.isNaN(columns.times[at] as number)) columns.times[at] = head.time;
    if (columns.levels[at] === 0) columns.levels[at] = head.level;
    if (head.componentEnd > head.componentStart && columns.components[at] === 0) {
      columns.components[at] = this.components.add(text, head.componentStart, head.componentEnd);
      columns.hasComponent = true;
    }
    if (!Number.isNaN(head.durationMs) && Number.isNaN(columns.durations[at] as number)) {
      columns.durations[at] = head.durationMs;
      columns.hasDuration = true;
    }
    if (head.traceEnd > head.traceStart && columns.traces[at] === 0) {
      this.#trace(text, head.traceStart, head.traceEnd, at);
    }
    if (head.messageEnd > head.messageStart && this.#message < 0) {
      this.#message = head.messageStart + this.#shift;
      this.#mine(text, head.messageStart, head.messageEnd, at, shapes);
    }
  }

  #mine(text: Buffer, start: number, end: number, at: number, shapes: ShapeTable): void {
    const { columns } = this;
    try {
      columns.shapes[at] = shapes.add(text, start, Math.min(end, start + MINED_BYTES));
    } catch {
      this.#noteFailed();
      columns.shapes[at] = shapes.add(text, start, start);
    }
    const duration = shapes.durationMs;
    if (!Number.isNaN(duration) && Number.isNaN(columns.durations[at] as number)) {
      columns.durations[at] = duration;
      columns.hasDuration = true;
    }
    if (shapes.traceEnd > shapes.traceStart && columns.traces[at] === 0) {
      this.#trace(text, shapes.traceStart, shapes.traceEnd, at);
    }
  }

  #trace(text: Buffer, start: number, end: number, at: number): void {
    const hash = this.#hash;
    hash.of(text, start, Math.min(end, start + NAME_BYTES));
    const number = this.traces.add(hash.high, hash.low);
    if (number > this.traceRecords.length) this.traceRecords.push(at);
    this.columns.traces[at] = number;
    this.columns.hasTrace = true;
  }

  /** The record ends at `end`, or is looked at no further. */
  #close(bytes: Buffer, end: number, shapes: ShapeTable): void {
    const { columns } = this;
    const at = columns.count - 1;
    const record = this.#record;
    // No line told a message: the first that is not blank is one.
    if (this.#message < 0) {
      this.#message = this.#spareStart;
      this.#mine(bytes, this.#spareStart, this.#spareStop, at, shapes);
    }
    const stop = Math.min(end, record + LOOK_BYTES);
    let group = 0;
    try {
      if (this.#frames)
        group = this.stacks.ofBytes(bytes, traceStart(bytes, this.#message, stop), stop, this.#encoding);
      if (group === 0 && this.#format.stack !== undefined) group = this.#escapedStack(bytes, record, stop);
    } catch {
      this.#noteFailed(columns.lineNumbers[at]);
    }
    columns.groups[at] = group;
    if (group !== 0) columns.hasGroup = true;
    this.#record = -1;
  }

  #escapedStack(bytes: Buffer, record: number, stop: number): number {
    if (this.#nextEscape < record) {
      const found = bytes.indexOf(ESCAPED_FEED, record);
      this.#nextEscape = found === -1 ? bytes.length : found;
    }
    if (this.#nextEscape >= stop || !mayHoldEscapedFrame(bytes, this.#nextEscape, stop)) return 0;
    const stack = this.#format.stack?.(bytes.toString(this.#encoding, record, stop));
    return stack === undefined ? 0 : this.stacks.ofText(stack);
  }

  /** The last record may go on where the source ends for now: it is scanned again when more is there. */
  #leaveLast(): void {
    this.columns.count -= 1;
    this.lines = this.columns.lineNumbers[this.columns.count] as number;
    this.resume = this.#record;
    this.unfinished = -1;
  }

  #noteLong(): void {
    if (this.longLines === 0) this.firstLong = this.lines;
    this.longLines += 1;
  }

  #noteFailed(line = this.lines): void {
    if (this.failedLines === 0) this.firstFailed = line;
    this.failedLines += 1;
  }
}

/** Where the first line that begins in the block does so; `to` or more: none does. */
function firstLine(bytes: Buffer, { from, first }: BlockRange): number {
  if (first || from === 0 || bytes[from - 1] === LINE_FEED) return from;
  const feed = bytes.indexOf(LINE_FEED, from);
  return feed === -1 ? bytes.length : feed + 1;
}
