import { logLevels } from '../../protocol/logLevels.ts';
import type { Clock, FieldTest, HasWhat, NumberRange, Query, TextMatch, TimePoint } from './query.ts';

/** What a query shows, as one sentence for who hears rather than sees it. */
export function describeQuery(query: Query): string {
  return query.kind === 'all' ? 'Shows all records.' : `Shows records ${clause(query)}.`;
}

/** Reads behind "records". */
function clause(query: Query): string {
  switch (query.kind) {
    case 'all':
      return 'of any kind';
    case 'and':
      return query.parts.map(nested).join(', and ');
    case 'or':
      return `either ${query.parts.map(nested).join(', or ')}`;
    case 'not':
      return `other than those ${nested(query.part)}`;
    case 'text':
      return `that contain ${matched(query.match)}`;
    case 'message':
      return `whose message contains ${matched(query.match)}`;
    case 'level':
      return levels(query.from, query.to);
    case 'duration':
      return `that took ${numbers(query.range, ' ms')}`;
    case 'time':
      return times(query);
    case 'component':
    case 'trace':
    case 'group':
    case 'file':
      return `whose ${query.kind === 'group' ? 'error group' : query.kind} is ${matched(query.match)}`;
    case 'template':
      return `of template t${query.id}`;
    case 'templateText':
      return `whose template is ${matched(query.match)}`;
    case 'mark':
      return `of ${query.mark} templates`;
    case 'line':
      return query.to === Number.MAX_SAFE_INTEGER
        ? `from line ${query.from} on`
        : query.from === query.to
          ? `on line ${query.from}`
          : `on lines ${query.from} to ${query.to}`;
    case 'has':
      return `that have a ${HAS_NAMES[query.what]}`;
    case 'field':
      return fieldClause(query.path, query.test);
  }
}

const HAS_NAMES: Readonly<Record<HasWhat, string>> = {
  time: 'time',
  level: 'level',
  component: 'component',
  duration: 'duration',
  trace: 'trace id',
  stack: 'stack trace',
};

/** In parentheses where "and" and "or" would run into each other. */
function nested(query: Query): string {
  return query.kind === 'and' || query.kind === 'or' ? `(${clause(query)})` : clause(query);
}

function matched(match: TextMatch): string {
  switch (match.kind) {
    case 'exact':
      return `"${match.text}"`;
    case 'glob':
      return `"${match.glob}", where * is any text`;
    case 'regex':
      return `a match of /${match.pattern}/${match.ignoreCase ? 'i' : ''}`;
  }
}

function levels(from: number, to: number): string {
  if (from > to) return 'of no level at all';
  if (from === to) return from === 0 ? 'without a level' : `of level ${logLevels[from]}`;
  if (to === logLevels.length - 1) return `of level ${logLevels[from]} or above`;
  return `of levels ${logLevels[from]} to ${logLevels[to]}`;
}

function numbers({ from, to, above, below }: NumberRange, unit = ''): string {
  if (from !== undefined && from === to) return `exactly ${from}${unit}`;
  const low = from === undefined ? [] : [`${above ? 'more than' : 'at least'} ${from}${unit}`];
  const high = to === undefined ? [] : [`${below ? 'less than' : 'at most'} ${to}${unit}`];
  return [...low, ...high].join(' and ') || 'any time';
}

function times({ from, to, above, below }: Extract<Query, { kind: 'time' }>): string {
  const begin = from && point(from);
  const end = to && point(to);
  if (begin !== undefined && begin === end) return `of ${begin}`;
  const low = begin === undefined ? [] : [`${above ? 'after' : 'from'} ${begin}${above ? '' : ' on'}`];
  const high = end === undefined ? [] : [`${below ? 'before' : 'up to'} ${end}`];
  return [...low, ...high].join(' ') || 'of any time';
}

function point(time: TimePoint): string {
  switch (time.kind) {
    case 'fromEnd':
      return `${time.ms >= 60_000 ? `${round(time.ms / 60_000)} minutes` : `${round(time.ms / 1_000)} seconds`} before the end`;
    case 'clock':
      return `${clock(time.clock)} of the last day`;
    case 'date':
      return time.clock ? `${time.date} ${clock(time.clock)}` : time.date;
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function clock({ ms, precision }: Clock): string {
  // 24:00 would begin the next day.
  const text = ms >= 86_400_000 ? '24:00:00.000' : new Date(ms).toISOString().slice(11, 23);
  return text.slice(0, precision >= 60_000 ? 5 : precision >= 1_000 ? 8 : 12);
}

function fieldClause(path: string, test: FieldTest): string {
  switch (test.kind) {
    case 'exists':
      return `that have a field ${path}`;
    case 'pair':
      return `${fieldClause(path, test.field)}, or that contain "${test.pair}"`;
    case 'text':
      return `whose field ${path} is ${test.not ? 'not ' : ''}${matched(test.match)}`;
    case 'order':
      return `whose field ${path} is ${{ '<': 'below', '<=': 'at most', '>': 'above', '>=': 'at least' }[test.op]} "${test.text}"`;
    case 'number':
      return `whose field ${path} is ${test.not ? 'not ' : ''}${numbers(test.range, { time: ' ms', size: ' bytes', none: '' }[test.unit ?? 'none'])}`;
  }
}
