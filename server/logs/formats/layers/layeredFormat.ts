import { ascii, LINE_FEED, textOf } from '../ascii.ts';
import { endBefore, lineBefore } from '../continuation.ts';
import { HeadProgram } from '../headProgram.ts';
import { createHead, type FormatPlan, type Head, type LogFormat, resetHead } from '../logFormat.ts';
import { frameOf } from '../text/textFormat.ts';
import type { LayerEntry } from './layerEntries.ts';

/** The line before is copied up to here: enough to tell whether the current one goes on with it. */
const LONGEST_BEFORE = 512;

/** A longer line is read up to here; what is copied of it, twice its size at most, is all the memory that a format holds. */
const LONGEST_LINE = 1_048_576;

/** A format inside a layer: what the program says of itself wins over what the layer tells. */
export class LayeredFormat implements LogFormat {
  readonly id: string;
  readonly title: string;
  readonly #prefix: HeadProgram;
  readonly #several: boolean;
  readonly #inner: LogFormat;
  readonly #discarded = createHead();
  /** The line before and the current one without their prefixes, so that the inner format sees its own log. */
  #scratch = new Uint8Array(4096);

  constructor(plan: FormatPlan, entry: LayerEntry, layout: string, inner: LogFormat) {
    this.id = plan.id;
    this.title = plan.title;
    this.#prefix = new HeadProgram(entry.pattern, layout, frameOf(plan));
    this.#several = entry.several ?? false;
    this.#inner = inner;
  }

  parse(bytes: Uint8Array, start: number, lineEnd: number, head: Head): boolean {
    const end = Math.min(lineEnd, start + LONGEST_LINE);
    const content = this.#prefix.run(bytes, start, end, head);
    if (content < 0) {
      resetHead(head, start, lineEnd);
      return this.#inner.parse(bytes, start, lineEnd, head);
    }
    const { time, level, componentStart, componentEnd } = head;
    const length = end - content;
    const at = this.#copyBefore(bytes, start, content, length);
    this.#scratch.set(bytes.subarray(content, end), at);
    resetHead(head, at, at + length);
    const begins = this.#inner.parse(this.#scratch, at, at + length, head);
    shift(head, content - at);
    if (head.messageEnd === end) head.messageEnd = lineEnd;
    if (Number.isNaN(head.time)) head.time = time;
    if (head.level === 0) head.level = level;
    if (head.componentStart === head.componentEnd) {
      head.componentStart = componentStart;
      head.componentEnd = componentEnd;
    }
    // A line that went on with another program's record would be lost in it.
    return begins || at === 0;
  }

  /** Copies the line before, when the same program wrote it. @returns where the current line goes; 0: it stands alone */
  #copyBefore(bytes: Uint8Array, start: number, content: number, length: number): number {
    const before = lineBefore(bytes, start);
    let copied = 0;
    let from = -1;
    if (before >= 0) {
      const end = endBefore(bytes, start);
      from = this.#prefix.run(bytes, before, end, this.#discarded);
      if (from >= 0 && this.#several && !samePrefix(bytes, before, from, start, content)) from = -1;
      copied = from < 0 ? 0 : Math.min(end - from, LONGEST_BEFORE);
    }
    if (this.#scratch.length < copied + length + 2) this.#scratch = new Uint8Array(2 * (copied + length + 2));
    if (from < 0) return 0;
    this.#scratch[0] = LINE_FEED;
    this.#scratch.set(bytes.subarray(from, from + copied), 1);
    this.#scratch[copied + 1] = LINE_FEED;
    return copied + 2;
  }

  fields(text: string): Record<string, unknown> {
    const line = ascii(text.split('\n', 1)[0] ?? '');
    const fields: Record<string, unknown> = {};
    this.#prefix.captures = [];
    this.#prefix.run(line, 0, line.length, this.#discarded);
    for (const { name, start, end } of this.#prefix.captures)
      if (name !== 'time' && end > start) fields[name === 'component' ? 'source' : name] = textOf(line, start, end);
    this.#prefix.captures = undefined;
    return { ...fields, ...this.#inner.fields(this.#unwrapped(text)) };
  }

  message(text: string): string {
    return this.#inner.message(this.#unwrapped(text));
  }

  stack(text: string): string | undefined {
    return this.#inner.stack?.(this.#unwrapped(text));
  }

  #unwrapped(text: string): string {
    return text
      .split('\n')
      .map((line) => {
        const bytes = ascii(line);
        const content = this.#prefix.run(bytes, 0, bytes.length, this.#discarded);
        return content < 0 ? line : textOf(bytes, content, bytes.length);
      })
      .join('\n');
  }
}

/** Moves the ranges of a head that was read in another array. */
export function shift(head: Head, by: number): void {
  head.componentStart += by;
  head.componentEnd += by;
  head.messageStart += by;
  head.messageEnd += by;
  head.traceStart += by;
  head.traceEnd += by;
}

/** A prefix with a time differs in it: the last word of the prefix names the program. */
function samePrefix(bytes: Uint8Array, before: number, contentBefore: number, start: number, content: number): boolean {
  let [a, b] = [contentBefore - 1, content - 1];
  let words = 0;
  for (; a >= before && b >= start; a -= 1, b -= 1) {
    if (bytes[a] !== bytes[b]) return false;
    if (bytes[a] === 32 && a < contentBefore - 1 && bytes[a - 1] !== 32 && words++ > 0) return true;
  }
  return a < before && b < start;
}
