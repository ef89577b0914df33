import { ESCAPE, LINE_FEED } from '../ascii.ts';
import { endBefore, lineBefore } from '../continuation.ts';
import type { Head, LogFormat } from '../logFormat.ts';
import { resetHead } from '../logFormat.ts';
import { type SampleLines, sampleOf } from '../sampleLines.ts';

/** From this share of lines with escape sequences on, the format is that of the lines without them. */
const COLORED = 0.02;
const LONGEST_BEFORE = 512;
/** A longer line is read up to here; what is copied of it, twice its size at most, is all the memory that a format holds. */
const LONGEST_LINE = 1_048_576;
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
const SEQUENCES = /\u001b\[[0-9;?]*[A-Za-z]/g;

/** A sample without its escape sequences; undefined: it has few or none. */
export function withoutColors(sample: SampleLines): SampleLines | undefined {
  let colored = 0;
  const lines: Uint8Array[] = [];
  const offsets = new Int32Array(0);
  let found = sample.bytes.indexOf(ESCAPE);
  if (found < 0) return undefined;
  for (let line = 0; line < sample.count; line += 1) {
    const [start, end] = [sample.starts[line] as number, sample.ends[line] as number];
    if (found >= 0 && found < start) found = sample.bytes.indexOf(ESCAPE, start);
    if (found < 0 || found >= end) {
      lines.push(sample.bytes.subarray(start, end));
      continue;
    }
    colored += 1;
    const target = new Uint8Array(end - start);
    lines.push(target.subarray(0, strip(sample.bytes, start, end, target, 0, offsets)));
  }
  return colored > COLORED * sample.count && colored > 0 ? sampleOf(lines) : undefined;
}

/**
 * Copies bytes[start, end) without escape sequences to `target` from `at` on; `offsets` tells for each copied byte where it
 * came from (as far as it reaches). @returns the offset behind the copy
 */
function strip(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
  offsets: Int32Array,
): number {
  let to = at;
  for (let from = start; from < end; from += 1) {
    const byte = bytes[from] as number;
    if (byte === ESCAPE && bytes[from + 1] === 91) {
      let next = from + 2;
      while (next < end && (bytes[next] as number) < 64) next += 1;
      from = next;
      continue;
    }
    target[to] = byte;
    if (to < offsets.length) offsets[to] = from;
    to += 1;
  }
  return to;
}

/** A format whose lines are coloured: they are read without the escape sequences, and the ranges are brought back. */
export class ColoredFormat implements LogFormat {
  readonly id: string;
  readonly title: string;
  readonly #inner: LogFormat;
  #scratch = new Uint8Array(4096);
  #offsets = new Int32Array(4096);

  constructor(inner: LogFormat) {
    this.id = inner.id;
    this.title = inner.title;
    this.#inner = inner;
  }

  parse(bytes: Uint8Array, start: number, lineEnd: number, head: Head): boolean {
    const end = Math.min(lineEnd, start + LONGEST_LINE);
    const before = lineBefore(bytes, start);
    const endOfBefore = before < 0 ? -1 : endBefore(bytes, start);
    if (!hasEscape(bytes, Math.max(before, start - LONGEST_BEFORE, 0), end))
      return this.#inner.parse(bytes, start, lineEnd, head);
    const room = end - start + LONGEST_BEFORE + 3;
    if (this.#scratch.length < room) {
      this.#scratch = new Uint8Array(2 * room);
      this.#offsets = new Int32Array(2 * room);
    }
    let at = 0;
    if (before >= 0) {
      this.#scratch[0] = LINE_FEED;
      at = strip(bytes, before, Math.min(endOfBefore, before + LONGEST_BEFORE), this.#scratch, 1, this.#offsets);
      this.#scratch[at] = LINE_FEED;
      at += 1;
    }
    const behind = strip(bytes, start, end, this.#scratch, at, this.#offsets);
    this.#offsets[behind] = end;
    resetHead(head, at, behind);
    const begins = this.#inner.parse(this.#scratch, at, behind, head);
    head.componentStart = this.#offsets[head.componentStart] as number;
    head.componentEnd = this.#endOf(head.componentEnd, at, head.componentStart);
    head.messageStart = this.#offsets[head.messageStart] as number;
    head.messageEnd = this.#endOf(head.messageEnd, at, head.messageStart);
    head.traceStart = this.#offsets[head.traceStart] as number;
    head.traceEnd = this.#endOf(head.traceEnd, at, head.traceStart);
    if (end < lineEnd && head.messageEnd === end) head.messageEnd = lineEnd;
    return begins;
  }

  /** The end of a range lies behind its last byte, not behind the escape sequences that follow. */
  #endOf(end: number, at: number, start: number): number {
    return end > at ? Math.max(start, (this.#offsets[end - 1] as number) + 1) : start;
  }

  fields(text: string): Record<string, unknown> {
    return this.#inner.fields(text.replace(SEQUENCES, ''));
  }

  message(text: string): string {
    return this.#inner.message(text.replace(SEQUENCES, ''));
  }

  stack(text: string): string | undefined {
    return this.#inner.stack?.(text.replace(SEQUENCES, ''));
  }
}

function hasEscape(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (bytes[at] === ESCAPE) return true;
  return false;
}
