import type { Detection, FormatFamily, SampleFacts } from '../formatFamily.ts';
import type { SampleLines } from '../sampleLines.ts';
import { CsvFormat, type CsvOptions, isLogTable } from './csvFormat.ts';
import { CsvRow, csvFields } from './csvRow.ts';
import { JsonHead } from './jsonHead.ts';
import { COMPONENT, type KeyMeaning, KeyTable, LEVEL, MESSAGE, TIME, TRACE } from './keyTable.ts';
import { learnKeys, learnUnit } from './learnKeys.ts';
import { meanings, RECORD, recordKeys } from './recordKeys.ts';
import { timeOfText } from './timeValue.ts';

const LOOKED_AT = 300;
const DELIMITERS = [0x2c, 0x09, 0x3b, 0x7c];

/** PostgreSQL's csvlog, from its documentation; each version added columns at the end. */
const postgresColumns =
  'log_time user_name database_name process_id connection_from session_id session_line_num command_tag session_start_time virtual_transaction_id transaction_id error_severity sql_state_code message detail hint internal_query internal_query_pos context query query_pos location application_name backend_type leader_pid query_id'.split(
    ' ',
  );
const postgresKeys: readonly KeyMeaning[] = [
  ...meanings(RECORD, TIME, 'log_time'),
  ...meanings(RECORD, LEVEL, 'error_severity'),
  ...meanings(RECORD, MESSAGE, 'message'),
  ...meanings(RECORD, COMPONENT, 'backend_type'),
];

/** Beyond what programs call their keys, what people call the columns of a table. */
const columnKeys: readonly KeyMeaning[] = [
  ...recordKeys,
  ...meanings(RECORD, TIME, 'event_time Date/Time DateTime', 20),
  ...meanings(RECORD, MESSAGE, 'description Description details', 25),
  ...meanings(RECORD, TRACE, 'session_id', 30),
];

/** PostgreSQL's csvlog, and tables with a header row that name the columns of a log. */
export const csvFamily: FormatFamily = {
  id: 'csv',
  detect: (sample, facts) => detectPostgres(sample, facts) ?? detectTable(sample, facts),
  create(plan) {
    if (plan.id !== 'csv' && plan.id !== 'postgres-csv') return undefined;
    const { rules } = plan.options as CsvOptions;
    return new CsvFormat(plan, new JsonHead(new KeyTable([]), { ...rules, zoneMinutes: plan.zoneMinutes }));
  },
};

/** No header: a time with a zone, then 22 fields and more of which the 12th is a severity. */
function detectPostgres(sample: SampleLines, facts: SampleFacts): Detection | undefined {
  const { bytes } = sample;
  let rows = 0;
  let others = 0;
  let open = false;
  let width = postgresColumns.length;
  for (let line = 0; line < sample.count; line += 1) {
    const start = sample.starts[line] as number;
    const end = sample.ends[line] as number;
    const row = new CsvRow(0x2c);
    row.begin(start);
    let column = 0;
    let severity = false;
    let time = false;
    while (row.next(bytes, end)) {
      if (column === 0) time = bytes[start + 10] === 0x20 && !Number.isNaN(timeOfText(bytes, row.start, row.end, 0));
      if (column === 11)
        severity = /^(?:DEBUG\d?|INFO|NOTICE|WARNING|ERROR|LOG|FATAL|PANIC)$/.test(
          Buffer.from(bytes.subarray(row.start, row.end)).toString('latin1'),
        );
      column += 1;
    }
    if (time && severity) {
      rows += 1;
      open = row.open;
      if (!open) width = column;
    } else if (!open && rows > 0) others += 1;
  }
  if (rows === 0) return undefined;
  const columns = postgresColumns.slice(0, width);
  const options: CsvOptions = { delimiter: 0x2c, columns, meanings: packed(columns, postgresKeys), rules: {} };
  const plan = { id: 'postgres-csv', title: 'PostgreSQL CSV', zoneMinutes: facts.zoneMinutes ?? 0, options };
  return { plan, score: rows / (rows + others) };
}

function detectTable(sample: SampleLines, facts: SampleFacts): Detection | undefined {
  if (sample.count < 2) return undefined;
  const first = lineOf(sample, 0);
  for (const delimiter of DELIMITERS) {
    const columns = csvFields(first, delimiter).map((column) => column.trim());
    // A header names its columns: no numbers, no sentences, none twice.
    if (columns.length < 3 || new Set(columns).size < columns.length) continue;
    if (!columns.every((column) => /^[\p{L}_@#%$][\w\p{L} .@#%$/()[\]:-]{0,60}$/u.test(column))) continue;
    const records: Record<string, unknown>[] = [];
    let matching = 0;
    for (let line = 1; line < Math.min(sample.count, LOOKED_AT); line += 1) {
      const values = csvFields(lineOf(sample, line), delimiter);
      if (values.length !== columns.length) continue;
      matching += 1;
      records.push(Object.fromEntries(columns.map((column, at) => [column, values[at]])));
    }
    if (records.length === 0) continue;
    const keys = columnKeysOf(columns, records);
    const options: CsvOptions = { delimiter, columns, meanings: packed(columns, keys), rules: rulesOf(records, keys) };
    if (!isLogTable(options.meanings)) continue;
    const plan = { id: 'csv', title: delimiter === 0x09 ? 'TSV' : 'CSV', zoneMinutes: facts.zoneMinutes ?? 0, options };
    const format = csvFamily.create(plan, () => {
      throw new Error('a table holds no other log');
    });
    return format && matching > 0 ? { plan, score: 0.95 } : undefined;
  }
  return undefined;
}

/** Known names in any case and spelling, and what the values of the others show. */
function columnKeysOf(columns: readonly string[], records: readonly Record<string, unknown>[]): KeyMeaning[] {
  const byName = new Map(
    columnKeys
      .filter(({ inside = RECORD }) => inside === RECORD)
      .toReversed()
      .map((meaning) => [plainName(meaning.key), meaning]),
  );
  const known = columns.flatMap((column) => {
    const meaning = byName.get(plainName(column));
    return meaning ? [{ ...meaning, key: column }] : [];
  });
  return [...known, ...learnKeys(records, known)];
}

function rulesOf(records: readonly Record<string, unknown>[], keys: readonly KeyMeaning[]): CsvOptions['rules'] {
  const unit = learnUnit(records, keys);
  return unit === undefined ? {} : { unit };
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\d@]/gu, '');
}

function packed(columns: readonly string[], keys: readonly KeyMeaning[]): number[] {
  const table = new KeyTable(keys);
  return columns.map((column) => {
    const bytes = Buffer.from(column);
    return table.find(bytes, 0, bytes.length, RECORD);
  });
}

function lineOf({ bytes, starts, ends }: SampleLines, line: number): string {
  return Buffer.from(bytes.subarray(starts[line], ends[line])).toString('utf8');
}
