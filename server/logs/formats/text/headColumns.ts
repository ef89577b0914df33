import type { HeadShape } from './textFormat.ts';

/** A column of a learned head. */
export interface Column {
  kind: 'blank' | 'time' | 'level' | 'bracket' | 'mark' | 'number' | 'tag' | 'separated' | 'word';
  /** Of columns whose name is known at once. */
  pattern: string;
  /** It can only belong to a head: what stands ahead of it does as well. */
  sure: boolean;
  /** Nothing of the head comes behind it. */
  last?: boolean;
  layout?: string;
  /** A time with a date and a year. */
  whole?: boolean;
  /** The column was read with its brackets. */
  bracket?: boolean;
  open?: string;
  close?: string;
  separator?: string;
  numeric?: boolean;
  /** Its texts are few, and names. */
  component?: boolean;
  trace?: boolean;
  /** Its texts are names with dots. */
  qualified?: boolean;
  /** Its texts end with numbers, as the names of machines do. */
  host?: boolean;
  /** All lines have the same text. */
  empty?: boolean;
  /** Most lines have a text of their own. */
  many?: boolean;
}

/** The pattern of the columns up to the last one that is surely of the head; undefined: they make none. */
export function assemble(columns: readonly Column[]): HeadShape | undefined {
  const last = columns.findLastIndex(({ sure }) => sure);
  if (last < 0) return undefined;
  let end = last + 1;
  // Blanks and marks behind the last column separate it from the message.
  while (end < columns.length && (columns[end]?.kind === 'blank' || columns[end]?.kind === 'mark')) end += 1;
  const head = columns.slice(0, end);
  const time = chooseTime(head);
  if (time < 0 && !head.some(({ kind }) => kind === 'level')) return undefined;
  const component = chooseComponent(head);
  const trace = head.findIndex((column) => column.trace);
  let others = 0;
  const pattern = head
    .map((column, at) => {
      if (column.kind === 'time' && at !== time) return otherTime(column, ++others);
      const name =
        at === component ? 'component' : at === trace ? 'trace' : `${column.numeric ? 'number' : 'column'}${at + 1}`;
      return patternOf(column, name);
    })
    .join('');
  return { pattern, layout: head[time]?.layout ?? '' };
}

function patternOf(column: Column, name: string): string {
  switch (column.kind) {
    case 'bracket':
      return `${column.open}{${name}:balanced}${column.close}`;
    case 'number':
      return `{${name}:num}`;
    case 'separated':
      return `{${name}}${column.separator}`;
    case 'word':
      return `{${name}:word}`;
    default:
      return column.pattern;
  }
}

/** A second time of the same record: so many words. */
function otherTime(column: Column, number: number): string {
  const words = (column.layout ?? '').trim().split(/\s+/).length;
  const fields = Array.from(
    { length: words },
    (_, at) => `{time${number + 1}${at === 0 ? '' : `part${at + 1}`}:word}`,
  ).join(' ');
  return column.bracket ? `${column.pattern.split('{')[0]}{time${number + 1}}${column.pattern.slice(-1)}` : fields;
}

/** The epoch, since it has no zone; else the first whole time, else the first. */
function chooseTime(columns: readonly Column[]): number {
  const rank = (column: Column): number => {
    if (column.kind !== 'time') return -1;
    if (column.layout === '%s') return 3;
    const clock = /%[HkM]/.test(column.layout ?? '');
    return column.whole && clock ? 2 : clock ? 1 : 0;
  };
  let best = -1;
  columns.forEach((column, at) => {
    if (rank(column) >= 0 && (best < 0 || rank(column) > rank(columns[best] as Column))) best = at;
  });
  return best;
}

/** A tag; else names right behind the level, right ahead of it, or anywhere but the line's first column. */
function chooseComponent(columns: readonly Column[]): number {
  if (columns.some(({ kind }) => kind === 'tag')) return -1;
  const level = columns.findIndex(({ kind }) => kind === 'level');
  const candidates = columns
    .map((column, at) => ({ column, at }))
    .filter(
      ({ column }) => column.component && !column.numeric && ['bracket', 'separated', 'word'].includes(column.kind),
    );
  const rank = ({ column, at }: { column: Column; at: number }): number => {
    let points = column.kind === 'bracket' ? 1 : 2;
    if (column.empty) points -= 1.5;
    if (column.host) points -= 1;
    if (column.qualified) points += 2.5;
    if (level >= 0 && at > level && at - level <= 3) points += 2;
    else if (level >= 0 && at < level && level - at <= 2) points += 1.5;
    return points;
  };
  return candidates.sort((a, b) => rank(b) - rank(a) || a.at - b.at)[0]?.at ?? -1;
}
