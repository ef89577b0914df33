import { lineBefore } from '../continuation.ts';
import type { DetectInner, Detection, SampleFacts } from '../formatFamily.ts';
import { createHead, type FormatPlan, type Head, type LogFormat, resetHead } from '../logFormat.ts';
import { type SampleLines, sampleOf } from '../sampleLines.ts';
import { JsonFormat, type JsonOptions } from './jsonFormat.ts';
import { objectOf } from './jsonText.ts';
import { LayerReader } from './layerReader.ts';
import { stackInMessage } from './stackFields.ts';

interface WrappedOptions extends JsonOptions {
  /** The key whose text is a line of the inner log. */
  key: string;
  inner: FormatPlan;
}

/**
 * Whether the texts of a key are a log of a format of its own, and which.
 * @param wraps `always`: they are nothing else, so that plain text is an inner log as well
 */
export function detectWrapped(
  sample: SampleLines,
  facts: SampleFacts,
  outer: Detection,
  wraps: { key: string; always: boolean },
  inner: DetectInner,
): Detection | undefined {
  const reader = new LayerReader(wraps.key);
  const lines: Uint8Array[] = [];
  for (let line = 0; line < sample.count; line += 1) {
    const end = reader.read(sample.bytes, sample.starts[line] as number, sample.ends[line] as number, 0);
    if (end >= 0) lines.push(reader.text.bytes.slice(0, end));
  }
  const plan = inner(sampleOf(lines), facts);
  if (!wraps.always && plan.id !== 'json' && plan.id !== 'logfmt') return undefined;
  const options: WrappedOptions = { ...(outer.plan.options as JsonOptions), key: wraps.key, inner: plan };
  const title = plan.id === 'plain' ? outer.plan.title : `${outer.plan.title}, ${plan.title}`;
  return { plan: { ...outer.plan, id: 'json-wrapped', title, options }, score: outer.score };
}

/**
 * A log in the strings of another: docker's json-file, journald's export, CloudWatch. A line of the inner log that was
 * split over several entries (docker splits at 16 KiB) goes on in the next ones: all but the last lack the line feed.
 */
export class WrappedFormat implements LogFormat {
  readonly id: string;
  readonly title: string;
  readonly #outer: JsonFormat;
  readonly #inner: LogFormat;
  readonly #lacks: boolean;
  readonly #reader: LayerReader;
  readonly #head = createHead();

  constructor(plan: FormatPlan, make: (plan: FormatPlan) => LogFormat) {
    const { inner, key } = plan.options as WrappedOptions;
    this.id = plan.id;
    this.title = plan.title;
    this.#outer = new JsonFormat(plan);
    this.#inner = make(inner);
    this.#lacks = inner.lacks !== undefined;
    this.#reader = new LayerReader(key);
  }

  parse(bytes: Uint8Array, start: number, end: number, head: Head): boolean {
    const begins = this.#outer.parse(bytes, start, end, head);
    const reader = this.#reader;
    const { text } = reader;
    // The line before comes first in the buffer of the inner log, where its format looks for it.
    const before = lineBefore(bytes, start);
    const length = before < 0 ? -1 : reader.read(bytes, before, start - 1, 0);
    if (length >= 0 && reader.open && reader.sameStream(bytes, before, start, end)) return false;
    const from = length + 1;
    if (length >= 0) text.bytes[length] = 0x0a;
    const stop = reader.read(bytes, start, end, from);
    if (stop < 0) return begins;
    const inner = this.#head;
    resetHead(inner, from, stop);
    const innerBegins = this.#inner.parse(text.bytes, from, stop, inner);
    this.#take(inner, head);
    return innerBegins;
  }

  /** Takes over what the inner line tells, with the places that its bytes have in the scanned line. */
  #take(inner: Head, head: Head): void {
    const { text } = this.#reader;
    // Times that lack a year or a day give way to the layer's.
    if (!Number.isNaN(inner.time) && !this.#lacks) head.time = inner.time;
    if (inner.level !== 0) head.level = inner.level;
    if (!Number.isNaN(inner.durationMs)) head.durationMs = inner.durationMs;
    head.completes = inner.completes;
    head.messageStart = text.source(inner.messageStart);
    head.messageEnd = text.source(inner.messageEnd);
    if (inner.componentEnd > inner.componentStart) {
      head.componentStart = text.source(inner.componentStart);
      head.componentEnd = text.source(inner.componentEnd);
    }
    if (inner.traceEnd > inner.traceStart) {
      head.traceStart = text.source(inner.traceStart);
      head.traceEnd = text.source(inner.traceEnd);
    }
  }

  fields(text: string): Record<string, unknown> {
    const { [this.#reader.key]: _, ...layer } = objectOf(text) ?? {};
    return { ...layer, ...this.#inner.fields(this.#unwrapped(text)) };
  }

  message(text: string): string {
    return this.#inner.message(this.#unwrapped(text));
  }

  stack(text: string): string | undefined {
    const inner = this.#unwrapped(text);
    return this.#inner.stack?.(inner) ?? stackInMessage(inner);
  }

  /** The inner log's text of a record: pieces of a line joined, lines apart. */
  #unwrapped(text: string): string {
    let joined = '';
    let open = true;
    for (const line of text.split('\n')) {
      if (!open) joined += '\n';
      const value = objectOf(line)?.[this.#reader.key];
      const piece = typeof value === 'string' ? value : line;
      joined += piece.replace(/\r?\n$/, '');
      open = this.#reader.splits && typeof value === 'string' && !piece.endsWith('\n');
    }
    return joined;
  }
}
