import { continues } from '../continuation.ts';
import { createHead, type FormatPlan, type Head, type LogFormat, resetHead } from '../logFormat.ts';
import { JsonHead, type ValueRules } from './jsonHead.ts';
import { decodedString, objectOf } from './jsonText.ts';
import { type KeyMeaning, KeyTable } from './keyTable.ts';
import { recordKeys } from './recordKeys.ts';
import { renderTemplate } from './renderTemplate.ts';
import { skipSpace, skipToObject } from './skipJson.ts';
import { stackInMessage, stackOf } from './stackFields.ts';

/** What detection learned of a source of JSON lines. */
export interface JsonOptions {
  /** Beyond those of recordKeys.ts. */
  keys: readonly KeyMeaning[];
  rules: Omit<ValueRules, 'zoneMinutes'>;
}

/**
 * JSON lines: a line that opens an object begins a record. Any other line is a record of its own (a banner between the
 * records), unless it continues the one before it like a stack trace does. Of a line longer than the scan looks, what
 * stands ahead of the cut is read; its message may end there.
 */
export class JsonFormat implements LogFormat {
  readonly id: string;
  readonly title: string;
  readonly #head: JsonHead;

  constructor(plan: FormatPlan) {
    const { keys, rules } = plan.options as JsonOptions;
    this.id = plan.id;
    this.title = plan.title;
    this.#head = jsonHead(keys, { ...rules, zoneMinutes: plan.zoneMinutes });
  }

  parse(bytes: Uint8Array, start: number, end: number, head: Head): boolean {
    // `{"`, and no bracket before it: nearly every line.
    if (bytes[start] === 0x7b && bytes[start + 1] === 0x22 && (start < 2 || bytes[start - 2] !== 0x5b)) {
      this.#head.read(bytes, start, end, head);
      return true;
    }
    const brace = bytes[start] === 0x7b ? start : skipToObject(bytes, start, end);
    if (!opensObject(bytes, brace, end)) {
      if (isBracket(bytes, start, end)) head.messageEnd = head.messageStart;
      return !continues(bytes, start, end);
    }
    this.#head.read(bytes, brace, end, head);
    // The bracket that opens an array around the records is one with the first of them.
    head.completes = start >= 2 && bytes[start - 2] === 0x5b && (start === 2 || bytes[start - 3] === 0x0a);
    return !head.completes;
  }

  fields(text: string): Record<string, unknown> {
    return objectOf(text) ?? {};
  }

  message(text: string): string {
    return renderTemplate(messageOf(this, text), () => this.fields(text));
  }

  stack(text: string): string | undefined {
    const fields = objectOf(text);
    return fields && (stackOf(fields) ?? stackInMessage(this.message(text)));
  }
}

export function jsonHead(keys: readonly KeyMeaning[], rules: ValueRules): JsonHead {
  return new JsonHead(new KeyTable([...recordKeys, ...keys]), rules);
}

/** Whether an object that may be one of JSON begins at `at`: `{"` or `{}`, or `{` alone in its line. */
export function opensObject(bytes: Uint8Array, at: number, end: number): boolean {
  if (at >= end || bytes[at] !== 0x7b) return false;
  const next = skipSpace(bytes, at + 1, end);
  return next >= end || bytes[next] === 0x22 || bytes[next] === 0x7d;
}

function isBracket(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === 1 && (bytes[start] === 0x5b || bytes[start] === 0x5d);
}

/** The message that a format finds in the first line of a record's text, escapes resolved; without one, the line. */
export function messageOf(format: LogFormat, text: string): string {
  const record = text.replace(/^\[\r?\n/, '');
  const feed = record.indexOf('\n');
  const bytes = Buffer.from(feed < 0 ? record : record.slice(0, feed).replace(/\r$/, ''));
  const head = createHead();
  resetHead(head, 0, bytes.length);
  format.parse(bytes, 0, bytes.length, head);
  const raw = bytes.toString('utf8', head.messageStart, head.messageEnd);
  return head.messageStart > 0 && bytes[head.messageStart - 1] === 0x22 ? decodedString(raw) : raw;
}
