import { continues } from '../continuation.ts';
import type { FormatPlan, Head, LogFormat } from '../logFormat.ts';
import { type JsonOptions, messageOf } from './jsonFormat.ts';
import { JsonHead } from './jsonHead.ts';
import { decodedString } from './jsonText.ts';
import { KeyTable, TIME } from './keyTable.ts';
import { LogfmtPairs } from './logfmtPairs.ts';
import { meanings, RECORD, recordKeys } from './recordKeys.ts';
import { stackInMessage, stackOf } from './stackFields.ts';
import { timeOfText } from './timeValue.ts';

/** What detection learned of a source of logfmt. */
export interface LogfmtOptions extends JsonOptions {
  /** Lines begin with a time and a source ahead of the pairs: `2026-11-24T22:36:49.1+00:00 heroku[router]: at=info …`. */
  prefixed: boolean;
}

/** Keys that mean in logfmt what they mean nowhere else. */
export const logfmtKeys = [...recordKeys, ...meanings(RECORD, TIME, 't', 6)];

/** `time=… level=info msg="…" key=value`: a line that begins with a pair begins a record. */
export class LogfmtFormat implements LogFormat {
  readonly id: string;
  readonly title: string;
  readonly #zoneMinutes: number;
  readonly #prefixed: boolean;
  readonly #table: KeyTable;
  readonly #values: JsonHead;
  readonly #pairs = new LogfmtPairs();

  constructor(plan: FormatPlan) {
    const { keys, rules, prefixed } = plan.options as LogfmtOptions;
    this.id = plan.id;
    this.title = plan.title;
    this.#zoneMinutes = plan.zoneMinutes;
    this.#prefixed = prefixed;
    this.#table = new KeyTable([...logfmtKeys, ...keys]);
    this.#values = new JsonHead(this.#table, { ...rules, zoneMinutes: plan.zoneMinutes });
  }

  parse(bytes: Uint8Array, start: number, end: number, head: Head): boolean {
    let from = start;
    if (this.#prefixed) {
      from = prefixEnd(bytes, start, end);
      if (from > start) this.#readPrefix(bytes, start, from, end, head);
    }
    const pairs = this.#pairs;
    pairs.begin(from);
    let found = false;
    this.#values.begin();
    while (pairs.next(bytes, end)) {
      // Prose ahead of the first pair: another kind of line.
      if (!found && pairs.words > 0) break;
      found = true;
      const meaning = this.#table.find(bytes, pairs.keyStart, pairs.keyEnd, RECORD);
      if (meaning !== 0) this.#values.take(bytes, pairs.valueStart, pairs.valueEnd, meaning, true, head);
    }
    if (found || from > start) return true;
    return !continues(bytes, start, end);
  }

  #readPrefix(bytes: Uint8Array, start: number, from: number, end: number, head: Head): void {
    let blank = start;
    while (bytes[blank] !== 0x20) blank += 1;
    head.time = timeOfText(bytes, start, blank, this.#zoneMinutes);
    head.componentStart = blank + 1;
    head.componentEnd = from - 2;
    head.messageStart = from;
    head.messageEnd = end;
  }

  fields(text: string): Record<string, unknown> {
    const bytes = Buffer.from(text.split('\n', 1)[0] ?? '');
    const pairs = new LogfmtPairs();
    pairs.begin(this.#prefixed ? prefixEnd(bytes, 0, bytes.length) : 0);
    const fields: Record<string, unknown> = {};
    while (pairs.next(bytes, bytes.length)) {
      const value = bytes.toString('utf8', pairs.valueStart, pairs.valueEnd);
      fields[bytes.toString('utf8', pairs.keyStart, pairs.keyEnd)] = pairs.quoted
        ? decodedString(value)
        : unquoted(value);
    }
    return fields;
  }

  message(text: string): string {
    return messageOf(this, text);
  }

  stack(text: string): string | undefined {
    return stackOf(this.fields(text)) ?? stackInMessage(this.message(text));
  }
}

/** Behind `2026-11-24T22:36:49.1+00:00 heroku[router]: `; `start`: the line begins with something else. */
export function prefixEnd(bytes: Uint8Array, start: number, end: number): number {
  // A year's first digit and its dash keep the look cheap.
  if (end - start < 24 || bytes[start + 4] !== 0x2d || bytes[start + 10] !== 0x54) return start;
  let at = start + 19;
  while (at < end && (bytes[at] as number) > 0x20) at += 1;
  at += 1;
  const source = at;
  while (at < end && (bytes[at] as number) > 0x20) at += 1;
  return at - source > 1 && bytes[at - 1] === 0x3a && bytes[at] === 0x20 ? at + 1 : start;
}

/** Numbers are numbers when nothing of their spelling is lost. */
function unquoted(value: string): unknown {
  if (value === 'true' || value === 'false') return value === 'true';
  return value !== '' && String(Number(value)) === value ? Number(value) : value;
}
