import { logLevels } from '../../protocol/logLevels.ts';
import type { Dictionary, LogIndex } from '../index/logIndex.ts';
import type { FormatOf } from './fieldPredicate.ts';
import { HAS_WHATS, QUERY_KEYS, type QueryKey } from './parseTerm.ts';

/** What may stand at the cursor. */
export interface Suggestion {
  /** Replaces the query's text from `from` to `to`. */
  text: string;
  /** What the list shows, when it is not the text. */
  label?: string;
  kind: 'key' | 'value' | 'field' | 'operator';
  /** What it means, or how often it occurs. */
  detail?: string;
}

export interface Completion {
  /** Offsets in the query: what is written of the word so far, also behind the cursor. */
  from: number;
  to: number;
  suggestions: Suggestion[];
}

const MOST = 50;
/** Chunks, and records of a chunk, that are looked at for what is frequent. */
const SAMPLE_CHUNKS = 4;
const SAMPLE_FIELDS = 200;
/** Values whose texts are looked at; those of traces are read from their records. */
const MOST_VALUES = 1_000;
/** A longer text is no query. */
const LONGEST = 4_000;

const KEY_DETAILS: Readonly<Record<QueryKey, string>> = {
  level: 'level:error, level>=warn',
  component: 'component:agent*',
  duration: 'duration>1s, duration:100ms..2s',
  time: 'time:10:00..10:05, time:-15m..',
  template: 'template:t42',
  trace: 'trace:4bf92f*',
  group: 'error group, by its headline',
  line: 'line:100..200',
  file: 'file:app.log',
  has: 'has:stack, has:trace, has:status',
  mark: 'mark:new, mark:rare',
  message: 'message:"ready", without header and fields',
};

/**
 * What may stand at the cursor of the filter box: names, and for a name its values. Looks at a sample of the records, so
 * that it answers at once.
 * @param cursor offset in the text
 */
export function completeQuery(text: string, cursor: number, index: LogIndex, formatOf: FormatOf): Completion {
  const at = Math.max(0, Math.min(cursor, text.length));
  if (text.length > LONGEST) return { from: at, to: at, suggestions: [] };
  const from = at - (/[^\s()]*$/.exec(text.slice(0, at))?.[0].length ?? 0);
  const to = at + (/^[^\s()]*/.exec(text.slice(at))?.[0].length ?? 0);
  const [, sign = '', key, op = '', value = ''] =
    /^([-!]?)(?:([\w.@]+)(:|[<>=!]=?))?(.*)$/.exec(text.slice(from, at)) ?? [];
  // In a text in quotes, or an expression, there is nothing to suggest.
  if (isQuoted(text.slice(0, from)) || /["/]/.test(value)) return { from, to, suggestions: [] };
  if (key === undefined) return { from: from + sign.length, to, suggestions: names(value, index, formatOf) };
  const begin = from + sign.length + key.length + op.length;
  return { from: begin, to, suggestions: values(key, value, index, formatOf) };
}

function isQuoted(before: string): boolean {
  return (before.replaceAll(/\\./g, '').split('"').length - 1) % 2 === 1;
}

function names(begun: string, index: LogIndex, formatOf: FormatOf): Suggestion[] {
  const keys = QUERY_KEYS.map(
    (key): Suggestion => ({ text: `${key}:`, label: key, kind: 'key', detail: KEY_DETAILS[key] }),
  );
  const fields = fieldNames(index, formatOf)
    .filter((name) => !QUERY_KEYS.some((key) => key === name))
    .map((name): Suggestion => ({ text: `${name}:`, label: name, kind: 'field', detail: 'field' }));
  const operators = ['OR', 'NOT', 'AND'].map(
    (text): Suggestion => ({ text: `${text} `, label: text, kind: 'operator' }),
  );
  return beginning([...keys, ...fields, ...(begun === '' ? [] : operators)], begun);
}

function values(key: string, begun: string, index: LogIndex, formatOf: FormatOf): Suggestion[] {
  const told = (texts: readonly string[], detail?: string): Suggestion[] =>
    beginning(
      texts.map(
        (text): Suggestion => ({ text: quoted(text), label: text, kind: 'value', ...(detail ? { detail } : {}) }),
      ),
      begun,
    );
  switch (key) {
    case 'level':
      return told(logLevels.slice(1).toReversed());
    case 'component':
      return frequent(index, index.components, (chunk) => chunk.components, begun);
    case 'group':
      return frequent(index, index.errorGroups, (chunk) => chunk.errorGroups, begun);
    case 'trace':
      return frequent(index, index.traces, (chunk) => chunk.traces, begun);
    case 'file':
      return told(index.sources.map(({ name }) => name));
    case 'has':
      return told([...HAS_WHATS, ...fieldNames(index, formatOf)]);
    case 'mark':
      return told(['new', 'rare']);
    case 'time':
      return told(['-5m..', '-15m..', '-1h..', '-1d..'], 'until the end of the log');
    case 'duration':
      return told(['100ms..', '1s..', '10s..'], 'and longer');
    default:
      return [];
  }
}

/** Case does not matter; what begins so goes before what contains it. */
function beginning(all: readonly Suggestion[], begun: string): Suggestion[] {
  const word = begun.toLowerCase();
  const name = ({ label, text }: Suggestion): string => (label ?? text).toLowerCase();
  const starts = all.filter((one) => name(one).startsWith(word));
  const holds = word === '' ? [] : all.filter((one) => !name(one).startsWith(word) && name(one).includes(word));
  return [...starts, ...holds].slice(0, MOST);
}

function quoted(text: string): string {
  return /[\s()"*]|^\//.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text;
}

type Chunk = ReturnType<LogIndex['chunk']>;

/** Values of a dictionary, those first that are most frequent in the last chunks. */
function frequent(
  index: LogIndex,
  dictionary: Dictionary,
  column: (chunk: Chunk) => Uint32Array,
  begun: string,
): Suggestion[] {
  const counts = new Map<number, number>();
  for (const chunk of sampleChunks(index)) {
    const numbers = column(chunk);
    for (let at = 0; at < chunk.count; at += 1) {
      const number = numbers[at] as number;
      if (number !== 0) counts.set(number, (counts.get(number) ?? 0) + 1);
    }
  }
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, MOST_VALUES);
  return beginning(
    sorted.map(([number, count]) => {
      const text = dictionary.text(number);
      return {
        text: quoted(text),
        label: text,
        kind: 'value',
        detail: `${count.toLocaleString('en')} ${count === 1 ? 'record' : 'records'}`,
      };
    }),
    begun,
  );
}

function* sampleChunks(index: LogIndex): Generator<Chunk> {
  for (let number = Math.max(0, index.chunkCount - SAMPLE_CHUNKS); number < index.chunkCount; number += 1)
    yield index.chunk(number);
}

/** Names of fields in a sample, most frequent first; nested ones with their path. */
function fieldNames(index: LogIndex, formatOf: FormatOf): string[] {
  const counts = new Map<string, number>();
  const formats = index.sources.map(({ plan }) => formatOf(plan));
  for (const chunk of sampleChunks(index)) {
    const step = Math.max(1, Math.ceil((chunk.count * SAMPLE_CHUNKS) / SAMPLE_FIELDS));
    for (let at = 0; at < chunk.count; at += step)
      note(formats[chunk.source]?.fields(index.textOf(chunk.first + at, 65_536)) ?? {}, '', counts);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([name]) => name);
}

function note(fields: object, prefix: string, counts: Map<string, number>): void {
  for (const [key, value] of Object.entries(fields)) {
    // Names that are made of data (ids as keys) are no help, and have no end.
    if (counts.size >= 500 || !/^[\w.@$-]{1,60}$/.test(key)) continue;
    const name = prefix + key;
    const isNested = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (isNested && prefix.split('.').length < 4) note(value, `${name}.`, counts);
    else counts.set(name, (counts.get(name) ?? 0) + 1);
  }
}
