import type { FormatPlan, Head, LogFormat } from '../logFormat.ts';
import { CsvRow, csvFields } from './csvRow.ts';
import type { JsonHead, ValueRules } from './jsonHead.ts';
import { COMPONENT, LEVEL, MESSAGE, roleOf, TIME } from './keyTable.ts';
import { stackInMessage, stackOf } from './stackFields.ts';
import { timeOfText } from './timeValue.ts';

/** What detection learned of a source of CSV. */
export interface CsvOptions {
  /** Byte between fields. */
  delimiter: number;
  columns: readonly string[];
  /** Packed meanings (keyTable.ts) of the columns, in order; 0: none. */
  meanings: readonly number[];
  rules: Omit<ValueRules, 'zoneMinutes'>;
}

/** Columns are read no further: wider tables have their time and message ahead of that. */
const MOST_COLUMNS = 200;

/**
 * A record is a row, and a field in quotes may hold line feeds. Whether a line begins a row can be seen only from the
 * line itself: where a column holds times, it does when a time stands there; otherwise when it has all columns.
 */
export class CsvFormat implements LogFormat {
  readonly id: string;
  readonly title: string;
  readonly #options: CsvOptions;
  readonly #zoneMinutes: number;
  readonly #timeColumn: number;
  readonly #row: CsvRow;
  readonly #values: JsonHead;

  constructor(plan: FormatPlan, values: JsonHead) {
    this.id = plan.id;
    this.title = plan.title;
    this.#options = plan.options as CsvOptions;
    this.#zoneMinutes = plan.zoneMinutes;
    this.#timeColumn = this.#options.meanings.findIndex((meaning) => roleOf(meaning) === TIME);
    this.#row = new CsvRow(this.#options.delimiter);
    this.#values = values;
  }

  parse(bytes: Uint8Array, start: number, end: number, head: Head): boolean {
    const { meanings, columns } = this.#options;
    const row = this.#row;
    // The header is a record too, that tells nothing.
    if (isHeader(bytes, start, end, columns)) return true;
    const last = Math.min(meanings.length, MOST_COLUMNS);
    let begins = this.#timeColumn < 0;
    let column = 0;
    row.begin(start);
    this.#values.begin();
    for (; column < last && row.next(bytes, end); column += 1) {
      const meaning = meanings[column] as number;
      if (meaning === 0 || row.end === row.start) continue;
      if (column === this.#timeColumn) begins = !Number.isNaN(timeOfText(bytes, row.start, row.end, this.#zoneMinutes));
      this.#values.take(bytes, row.start, row.end, meaning, true, head);
    }
    if (begins && (column >= last || row.open || this.#timeColumn >= 0)) return true;
    this.#forget(head, start, end);
    this.#finish(bytes, start, end, head);
    return false;
  }

  /** The line that ends a field of several lines holds the columns behind it, counted from the last. */
  #finish(bytes: Uint8Array, start: number, end: number, head: Head): void {
    const { meanings } = this.#options;
    const row = this.#row;
    let fields = 0;
    row.begin(start, true);
    while (fields <= meanings.length && row.next(bytes, end)) fields += 1;
    if (fields < 2 || fields > meanings.length || row.open) return;
    head.messageEnd = head.messageStart;
    head.completes = true;
    this.#values.begin();
    row.begin(start, true);
    for (let column = meanings.length - fields; row.next(bytes, end); column += 1) {
      const meaning = meanings[column] as number;
      // The first is the rest of the field that was open.
      if (column > meanings.length - fields && meaning !== 0 && row.end > row.start)
        this.#values.take(bytes, row.start, row.end, meaning, true, head);
    }
  }

  #forget(head: Head, start: number, end: number): void {
    head.time = Number.NaN;
    head.level = 0;
    head.durationMs = Number.NaN;
    head.componentStart = start;
    head.componentEnd = start;
    head.traceStart = start;
    head.traceEnd = start;
    head.messageStart = start;
    head.messageEnd = end;
  }

  fields(text: string): Record<string, unknown> {
    const values = csvFields(text, this.#options.delimiter);
    return Object.fromEntries(
      values
        .map((value, at) => [this.#options.columns[at] ?? `column ${at + 1}`, value] as const)
        .filter(([, value]) => value !== ''),
    );
  }

  message(text: string): string {
    const values = csvFields(text, this.#options.delimiter);
    let best = -1;
    this.#options.meanings.forEach((meaning, at) => {
      const before = this.#options.meanings[best] ?? 0;
      if (roleOf(meaning) === MESSAGE && values[at] && (best < 0 || meaning < before)) best = at;
    });
    return values[best] ?? text;
  }

  stack(text: string): string | undefined {
    return stackOf(this.fields(text)) ?? stackInMessage(this.message(text));
  }
}

/** Whether a set of columns is a log's: a time or a level, and beside it something that it is about. */
export function isLogTable(meanings: readonly number[]): boolean {
  const roles = new Set(meanings.map(roleOf));
  return (roles.has(TIME) || roles.has(LEVEL)) && (roles.has(MESSAGE) || roles.has(COMPONENT) || roles.size > 3);
}

function isHeader(bytes: Uint8Array, start: number, end: number, columns: readonly string[]): boolean {
  const first = columns[0] ?? '';
  if (end - start < first.length) return false;
  const from = bytes[start] === 0x22 ? start + 1 : start;
  for (let at = 0; at < first.length; at += 1) if (bytes[from + at] !== first.charCodeAt(at)) return false;
  // A value that is spelled like its column's name is followed by other values.
  const second = columns[1] ?? '';
  const behind = from + first.length + (from > start ? 3 : 1);
  for (let at = 0; at < second.length; at += 1) if (bytes[behind + at] !== second.charCodeAt(at)) return false;
  return true;
}
