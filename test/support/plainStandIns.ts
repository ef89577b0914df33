import type { FormatPlan, Head, LogFormat } from '../../server/logs/formats/logFormat.ts';
import type { ScanParts } from '../../server/logs/index/scanJob.ts';
import type { ShapeTable, Template, TemplateMiner } from '../../server/logs/templates/template.ts';

/**
 * The simplest parts that an index can be made of, for tests of the index alone: lines like
 * `2026-11-24 10:00:01,250 ERROR [main] a.b.C: message`, shapes with digits masked, a template for each shape.
 */
export const standInPlan: FormatPlan = { id: 'stand-in', title: 'stand-in', zoneMinutes: 0 };

export function standInParts(): ScanParts {
  return { formatOf: standInFormat, createShapeTable: () => new DigitTable(), fingerprint: framesOf };
}

const digit = (byte: number | undefined): boolean => byte !== undefined && byte >= 48 && byte <= 57;
const LEVELS: Readonly<Record<number, number>> = { 84: 1, 68: 2, 73: 3, 78: 4, 87: 5, 69: 6, 70: 7 };

function number(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let n = at; n < at + length; n += 1) value = 10 * value + (bytes[n] as number) - 48;
  return value;
}

/** A time of `10:00:01` alone is one without a date. */
function parse(plan: FormatPlan, bytes: Uint8Array, start: number, end: number, head: Head): boolean {
  let at = start;
  if (plan.lacks === 'date') {
    if (end - start < 9 || bytes[start + 2] !== 58 || bytes[start + 5] !== 58 || !digit(bytes[start])) return false;
    head.time =
      (plan.startMs ?? 0) +
      1000 * (3600 * number(bytes, start, 2) + 60 * number(bytes, start + 3, 2) + number(bytes, start + 6, 2));
    at = start + 9;
  } else {
    if (end - start < 24 || bytes[start + 4] !== 45 || bytes[start + 19] !== 44 || !digit(bytes[start])) return false;
    head.time =
      Date.UTC(number(bytes, start, 4), number(bytes, start + 5, 2) - 1, number(bytes, start + 8, 2)) +
      1000 * (3600 * number(bytes, start + 11, 2) + 60 * number(bytes, start + 14, 2) + number(bytes, start + 17, 2)) +
      number(bytes, start + 20, 3);
    at = start + 24;
  }
  head.level = LEVELS[bytes[at] as number] ?? 0;
  while (at < end && bytes[at] !== 32) at += 1;
  at += 1;
  if (bytes[at] === 91) {
    while (at < end && bytes[at] !== 32) at += 1;
    at += 1;
  }
  head.componentStart = at;
  while (at < end && bytes[at] !== 58 && bytes[at] !== 32) at += 1;
  if (bytes[at] !== 58) {
    head.componentEnd = head.componentStart;
    head.messageStart = Math.min(end, head.componentStart);
    return true;
  }
  head.componentEnd = at;
  head.messageStart = Math.min(end, at + 2);
  return true;
}

export function standInFormat(plan: FormatPlan): LogFormat {
  return {
    id: plan.id,
    title: plan.title,
    parse: (bytes, start, end, head) => parse(plan, bytes, start, end, head),
    fields: () => ({}),
    message: (text) => text,
    ...(plan.options === 'stack' ? { stack: (text: string) => JSON.parse(text.slice(text.indexOf('{'))).stack } : {}),
  };
}

/** Masks runs of digits; `took=12` is a duration, `trace=ab12` a trace. */
class DigitTable implements ShapeTable {
  durationMs = Number.NaN;
  traceStart = 0;
  traceEnd = 0;
  readonly #texts: string[] = [];
  readonly #slots = new Map<number, number[]>();
  readonly #masked = Buffer.alloc(4_200);

  get size(): number {
    return this.#texts.length;
  }

  add(bytes: Uint8Array, start: number, end: number): number {
    const masked = this.#masked;
    let length = 0;
    let hash = 0;
    this.durationMs = Number.NaN;
    this.traceStart = start;
    this.traceEnd = start;
    for (let at = start; at < end; at += 1) {
      let byte = bytes[at] as number;
      if (byte >= 48 && byte <= 57) {
        if (bytes[at - 1] === 61 && bytes[at - 2] === 107) this.durationMs = bytes[at] as number;
        if (length > 0 && masked[length - 1] === 35) continue;
        byte = 35;
      } else if (byte === 61 && bytes[at - 1] === 101 && bytes[at - 2] === 99) {
        this.traceStart = at + 1;
        this.traceEnd = at + 1;
        while (this.traceEnd < end && (bytes[this.traceEnd] as number) > 32) this.traceEnd += 1;
        at = this.traceEnd;
      }
      masked[length] = byte;
      length += 1;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    const slot = this.#slots.get(hash);
    if (slot?.length === 1) return slot[0] as number;
    return this.#insert(hash, masked.toString('latin1', 0, length));
  }

  texts(): readonly string[] {
    return this.#texts;
  }

  #insert(hash: number, text: string): number {
    const slot = this.#slots.get(hash) ?? [];
    this.#slots.set(hash, slot);
    const known = slot.find((one) => this.#texts[one] === text);
    if (known !== undefined) return known;
    slot.push(this.#texts.length);
    return this.#texts.push(text) - 1;
  }
}

/** Each shape is a template; knows how often each was told. */
export class ShapeMiner implements TemplateMiner {
  readonly counts = new Map<string, number>();
  readonly #numbers = new Map<string, number>();

  get shapeCount(): number {
    return this.#numbers.size;
  }

  admit(text: string, count: number): number {
    const number = this.#numbers.get(text) ?? this.#numbers.size;
    this.#numbers.set(text, number);
    this.counts.set(text, (this.counts.get(text) ?? 0) + count);
    return number;
  }

  templates(): readonly Template[] {
    return [...this.#numbers].map(([text, id]) => ({ id, text, parameters: [], shapes: [id] }));
  }

  templateOf(shape: number): number {
    return shape;
  }
}

/** Its frames without numbers, called by the first line. */
function framesOf(text: string): { key: string; title: string } | undefined {
  const frames = text.split('\n').filter((line) => /^\s+at /.test(line));
  if (frames.length === 0) return undefined;
  return {
    key: frames.join().replace(/\d+/g, ''),
    title: text.slice(0, 60).split('\n')[0]?.replace(/\d+/g, '#') ?? '',
  };
}
