import { type LevelName, levelCode } from '../../server/logs/levels.ts';
import type { FieldTest, NumberRange, Query, TextMatch } from '../../server/logs/query/query.ts';
import type { GrowingRecord } from './growingIndex.ts';

/** What a query means, record by record and as plainly as can be: what the product's evaluation is held against. */
export function referenceMatches(query: Query, record: GrowingRecord, at: { line: number; file: string }): boolean {
  const self = (part: Query): boolean => referenceMatches(part, record, at);
  switch (query.kind) {
    case 'all':
      return true;
    case 'and':
      return query.parts.every(self);
    case 'or':
      return query.parts.some(self);
    case 'not':
      return !self(query.part);
    case 'text':
      return anywhere(query.match).test(record.text);
    case 'message':
      return anywhere(query.match).test(String(fieldsOf(record.text).msg ?? record.text));
    case 'level':
      return isIn(levelOf(record.level), { from: query.from, to: query.to });
    case 'duration':
      return record.durationMs !== undefined && isIn(Math.fround(record.durationMs), rounded(query.range));
    case 'component':
      return wholly(query.match, record.component);
    case 'trace':
      return wholly(query.match, record.trace);
    case 'group':
      return wholly(query.match, record.errorGroup);
    case 'file':
      return wholly(query.match, at.file);
    case 'line':
      return at.line <= query.to && at.line + record.text.split('\n').length - 1 >= query.from;
    case 'has':
      return hasIt(query.what, record);
    case 'field':
      return fieldMatches(query.test, query.path, record);
    default:
      throw new Error(`the reference knows no ${query.kind}`);
  }
}

export function fieldsOf(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function hasIt(what: string, { time, level, component, durationMs, trace, errorGroup }: GrowingRecord): boolean {
  return { time, level, component, duration: durationMs, trace, stack: errorGroup }[what] !== undefined;
}

function levelOf(level: LevelName | undefined): number {
  return level === undefined ? 0 : levelCode(level);
}

function isIn(value: number, { from, to, above, below }: NumberRange): boolean {
  if (from !== undefined && (above ? value <= from : value < from)) return false;
  if (to !== undefined && (below ? value >= to : value > to)) return false;
  return true;
}

function rounded(range: NumberRange): NumberRange {
  return {
    ...range,
    ...(range.from === undefined ? {} : { from: Math.fround(range.from) }),
    ...(range.to === undefined ? {} : { to: Math.fround(range.to) }),
  };
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

function source(match: TextMatch): string {
  if (match.kind === 'regex') return match.pattern;
  return match.kind === 'exact' ? escaped(match.text) : match.glob.split('*').map(escaped).join('.*');
}

function anywhere(match: TextMatch): RegExp {
  return new RegExp(source(match), match.kind === 'regex' && !match.ignoreCase ? 'm' : 'im');
}

function wholly(match: TextMatch, text: string | undefined): boolean {
  if (text === undefined) return false;
  return match.kind === 'regex' ? anywhere(match).test(text) : new RegExp(`^(?:${source(match)})$`, 'is').test(text);
}

function fieldMatches(test: FieldTest, path: string, record: GrowingRecord): boolean {
  if (test.kind === 'pair')
    return record.text.toLowerCase().includes(test.pair.toLowerCase()) || fieldMatches(test.field, path, record);
  let value: unknown = fieldsOf(record.text);
  for (const step of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[step];
  if (value === undefined || value === null) return false;
  switch (test.kind) {
    case 'exists':
      return true;
    case 'text':
      return typeof value !== 'object' && wholly(test.match, String(value)) !== (test.not ?? false);
    case 'number':
      if (typeof value === 'number') return isIn(value, test.range) !== (test.not ?? false);
      return typeof value === 'string' && !Number.isNaN(Number(value))
        ? isIn(Number(value), test.range) !== (test.not ?? false)
        : (test.not ?? false);
    case 'order':
      return (
        typeof value === 'string' &&
        { '<': value < test.text, '<=': value <= test.text, '>': value > test.text, '>=': value >= test.text }[test.op]
      );
  }
}
