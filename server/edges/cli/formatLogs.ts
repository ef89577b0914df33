import type * as z from 'zod';
import { inertText } from '../../protocol/inertText.ts';
import type { LogFinding, LogLevel, LogTemplate } from '../../protocol/logRecord.ts';
import type { TerminalStyle } from './terminalStyle.ts';

type Level = z.infer<typeof LogLevel>;

/** A record as it stands in its file, coloured by its level; what would drive the terminal is spelled out. */
export function formatRecord(
  { level, text, file }: { level: Level | undefined; text: string; file: string | undefined },
  style: TerminalStyle,
): string {
  const prefix = file === undefined ? '' : style.dim(`${file}: `);
  const shown = inertText(text.replace(/\r?\n$/, '').replaceAll('\r\n', '\n'));
  return `${prefix}${painted(level, shown, style)}\n`;
}

export function formatTemplates(templates: readonly LogTemplate[], style: TerminalStyle): string {
  if (templates.length === 0) return 'No record matches.\n';
  const counts = templates.map(({ count }) => count.toLocaleString('en'));
  const width = Math.max(...counts.map((count) => count.length));
  const ids = Math.max(...templates.map(({ id }) => id.length));
  return templates
    .map(({ id, text, level, firstLine, lastLine }, number) => {
      const where = firstLine === lastLine ? `line ${firstLine}` : `lines ${firstLine}–${lastLine}`;
      const name = level === undefined ? '     ' : level.padEnd(5).slice(0, 6);
      return `${(counts[number] ?? '').padStart(width)}  ${style.dim(id.padEnd(ids))}  ${painted(level, name, style)}  ${inertText(text)}  ${style.dim(where)}\n`;
    })
    .join('');
}

export function formatFindings(
  findings: readonly LogFinding[],
  held: number,
  records: number,
  style: TerminalStyle,
): string {
  if (records === 0) return 'The log holds no record.\n';
  const suppressed = held === 0 ? '' : style.dim(`${held} suppressed.\n`);
  if (findings.length === 0)
    return `${style.green('✔')} Nothing stands out in ${records.toLocaleString('en')} records: no message is new or rare and severe, no rate, duration or level changed, nothing fell silent.\n${suppressed}`;
  const listed = findings.map(({ kind, reason, file, line, level, template }, number) => {
    const mark = painted(level, `${number + 1}. ${kind}`, style);
    const text = template === undefined ? '' : `   ${style.dim(inertText(template.text))}\n`;
    return `${style.bold(mark)}  ${inertText(reason)}\n   ${style.cyan(`${file}:${line}`)}\n${text}`;
  });
  return `${listed.join('\n')}${suppressed}`;
}

export interface GroupRow {
  value: string;
  count: number;
  errors: number;
  p50?: number | undefined;
  p95?: number | undefined;
  p99?: number | undefined;
}

export function formatGroups(
  by: string,
  { groups, others, without }: { groups: readonly GroupRow[]; others: number; without: number },
  style: TerminalStyle,
): string {
  if (groups.length === 0) return `No record has ${by}.\n`;
  const rows = [
    [by, 'count', 'errors', 'p50 ms', 'p95 ms', 'p99 ms'],
    ...groups.map(({ value, count, errors, p50, p95, p99 }) => [
      inertText(value).replaceAll('\n', '\\n').slice(0, 80),
      count.toLocaleString('en'),
      errors === 0 ? '' : errors.toLocaleString('en'),
      ...[p50, p95, p99].map((ms) => (ms === undefined ? '' : String(Number(ms.toPrecision(4))))),
    ]),
  ];
  // A column that says nothing in any row is left out.
  const columns = [0, 1, 2, 3, 4, 5].filter((column) => rows.slice(1).some((row) => row[column] !== ''));
  const widths = columns.map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const table = rows.map((row, number) => {
    const cells = columns.map((column, at) =>
      at === 0 ? (row[column] ?? '').padEnd(widths[at] ?? 0) : (row[column] ?? '').padStart(widths[at] ?? 0),
    );
    const line = cells.join('  ').trimEnd();
    return `${number === 0 ? style.dim(line) : line}\n`;
  });
  const rest = [
    ...(others > 0 ? [`${others.toLocaleString('en')} further values`] : []),
    ...(without > 0 ? [`${without.toLocaleString('en')} records without ${by}`] : []),
  ];
  return `${table.join('')}${rest.length === 0 ? '' : style.dim(`${rest.join(', ')}\n`)}`;
}

function painted(level: Level | undefined, text: string, style: TerminalStyle): string {
  switch (level) {
    case 'fatal':
    case 'error':
      return style.red(text);
    case 'warn':
      return style.yellow(text);
    case 'debug':
    case 'trace':
      return style.dim(text);
    default:
      return text;
  }
}
