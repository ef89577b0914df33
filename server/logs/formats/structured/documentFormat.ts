import { lineBefore } from '../continuation.ts';
import type { FormatPlan, Head, LogFormat } from '../logFormat.ts';
import type { JsonOptions } from './jsonFormat.ts';
import { JsonHead } from './jsonHead.ts';
import { objectOf } from './jsonText.ts';
import { KeyTable, MESSAGE, opensOf, roleOf } from './keyTable.ts';
import { RECORD, recordKeys, TIME_OBJECT } from './recordKeys.ts';
import { renderTemplate } from './renderTemplate.ts';
import { scalarEnd, skipSpace, stringEnd } from './skipJson.ts';
import { stackInMessage, stackOf } from './stackFields.ts';

export interface DocumentOptions extends JsonOptions {
  /** Blanks before the brace that opens a record, and before its members. */
  indent: number;
  memberIndent: number;
}

/**
 * Objects of JSON that are printed over several lines, one after another or in an array. A brace at the indentation of the records
 * begins one, but for the first of a list, which goes on with the lines that open the list; each line of a member tells what its key tells, which completes the record.
 */
export class DocumentFormat implements LogFormat {
  readonly id: string;
  readonly title: string;
  readonly #indent: number;
  readonly #memberIndent: number;
  readonly #table: KeyTable;
  readonly #values: JsonHead;

  constructor(plan: FormatPlan) {
    const { keys, rules, indent, memberIndent } = plan.options as DocumentOptions;
    this.id = plan.id;
    this.title = plan.title;
    this.#indent = indent;
    this.#memberIndent = memberIndent;
    this.#table = new KeyTable([...recordKeys, ...keys]);
    this.#values = new JsonHead(this.#table, { ...rules, zoneMinutes: plan.zoneMinutes });
  }

  parse(bytes: Uint8Array, start: number, end: number, head: Head): boolean {
    // Braces and brackets are no message.
    head.messageEnd = head.messageStart;
    if (opensRecord(bytes, start, end, this.#indent)) return !opensList(bytes, start);
    const at = skipSpace(bytes, start, end);
    const depth = at - start;
    if (at >= end) return false;
    if (depth === this.#memberIndent) this.#readMember(bytes, at, end, RECORD, head);
    else if (depth > this.#memberIndent) this.#readInner(bytes, start, at, end, head);
    return false;
  }

  /** The members of an object inside are known when its opening stands in the line before. */
  #readInner(bytes: Uint8Array, start: number, at: number, end: number, head: Head): void {
    const before = lineBefore(bytes, start);
    if (before < 0) return;
    const key = skipSpace(bytes, before, start);
    if (key - before === at - start && isKey(bytes, at, NANO_OF_SECOND) && isKey(bytes, key, EPOCH_SECOND)) {
      this.#readMember(bytes, key, start - 1, TIME_OBJECT, head);
      head.time += numberBehindColon(bytes, at, end) / 1e6;
      return;
    }
    // A second alone is not the time: its fraction stands in the next line.
    if (isKey(bytes, at, EPOCH_SECOND) || key - before !== this.#memberIndent || bytes[key] !== 0x22) return;
    if (bytes[skipBack(bytes, start - 1, before)] !== 0x7b) return;
    const inside = opensOf(this.#table.find(bytes, key + 1, stringEnd(bytes, key + 1, start), RECORD));
    if (inside !== 0) this.#readMember(bytes, at, end, inside, head);
  }

  #readMember(bytes: Uint8Array, at: number, end: number, inside: number, head: Head): void {
    if (bytes[at] !== 0x22) return;
    const keyEnd = stringEnd(bytes, at + 1, end);
    const colon = skipSpace(bytes, keyEnd + 1, end);
    if (colon >= end || bytes[colon] !== 0x3a) return;
    const value = skipSpace(bytes, colon + 1, end);
    const meaning = this.#table.find(bytes, at + 1, keyEnd, inside);
    const role = roleOf(meaning);
    if (role === 0 || value >= end) return;
    const text = bytes[value] === 0x22;
    const from = text ? value + 1 : value;
    if (bytes[value] === 0x7b || bytes[value] === 0x5b) return;
    this.#values.begin();
    this.#values.take(
      bytes,
      from,
      text ? stringEnd(bytes, from, end) : scalarEnd(bytes, from, end),
      meaning,
      text,
      head,
    );
    head.completes = true;
  }

  fields(text: string): Record<string, unknown> {
    const brace = new RegExp(`^ {${this.#indent}}(?:\\}?,? ?)\\{\\r?$`, 'm').exec(text);
    return objectOf(brace ? text.slice(brace.index + brace[0].indexOf('{')) : text) ?? {};
  }

  message(text: string): string {
    const fields = this.fields(text);
    const message = this.#messageIn(fields);
    return message === undefined ? text : renderTemplate(message, () => fields);
  }

  /** The best-ranked text of the record itself that is a message. */
  #messageIn(fields: Record<string, unknown>): string | undefined {
    let found: string | undefined;
    let best = Number.POSITIVE_INFINITY;
    for (const [key, value] of Object.entries(fields)) {
      const bytes = Buffer.from(key);
      const meaning = this.#table.find(bytes, 0, bytes.length, RECORD);
      if (roleOf(meaning) !== MESSAGE || typeof value !== 'string' || meaning >= best) continue;
      best = meaning;
      found = value;
    }
    return found;
  }

  stack(text: string): string | undefined {
    const fields = this.fields(text);
    return stackOf(fields) ?? stackInMessage(this.message(text));
  }
}

/** Whether the line is the opening brace of a record: alone, or behind the comma or the brace that ends the one before. */
export function opensRecord(bytes: Uint8Array, start: number, end: number, indent: number): boolean {
  let at = start;
  while (at < end && bytes[at] === 0x20) at += 1;
  if (at - start !== indent) return false;
  if (bytes[at] === 0x7d) at += 1;
  while (at < end && (bytes[at] === 0x2c || bytes[at] === 0x20)) at += 1;
  return at === end - 1 && bytes[at] === 0x7b;
}

/** Whether the line before the one at `start` opens a list. */
export function opensList(bytes: Uint8Array, start: number): boolean {
  const before = lineBefore(bytes, start);
  return before >= 0 && bytes[skipBack(bytes, start - 1, before)] === 0x5b;
}

const EPOCH_SECOND = new TextEncoder().encode('"epochSecond"');
const NANO_OF_SECOND = new TextEncoder().encode('"nanoOfSecond"');

function isKey(bytes: Uint8Array, at: number, quoted: Uint8Array): boolean {
  for (let next = 0; next < quoted.length; next += 1) if (bytes[at + next] !== quoted[next]) return false;
  return true;
}

function numberBehindColon(bytes: Uint8Array, at: number, end: number): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(end - at, 100)).toString('latin1');
  return Math.floor(Number(/: ?(\d{1,9})/.exec(text)?.[1] ?? 0) / 1000) * 1000;
}

/** The last byte before `at` that is no white space. */
function skipBack(bytes: Uint8Array, at: number, start: number): number {
  let next = at - 1;
  while (next > start && (bytes[next] as number) <= 0x20) next -= 1;
  return next;
}
