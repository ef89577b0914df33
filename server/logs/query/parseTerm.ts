import { logLevels } from '../../protocol/logLevels.ts';
import { fieldPath, parseFieldTerm } from './parseFieldTerm.ts';
import { parseRangeTerm } from './parseRangeTerm.ts';
import type { HasWhat, Query } from './query.ts';
import { didYouMean, QueryError } from './queryError.ts';
import { type KeyWritten, textMatch, type Written } from './queryText.ts';

/** Names that mean something of the log itself; every other is a field of the records. `fields.level` is the field. */
export const QUERY_KEYS = [
  'level',
  'component',
  'duration',
  'time',
  'template',
  'trace',
  'group',
  'line',
  'file',
  'has',
  'mark',
  'message',
] as const;
export type QueryKey = (typeof QUERY_KEYS)[number];

export const HAS_WHATS: readonly HasWhat[] = ['time', 'level', 'component', 'duration', 'trace', 'stack'];

/** Other spellings of levels, as programs write them. */
const LEVEL_ALIASES: Readonly<Record<string, string>> = {
  verbose: 'trace',
  dbg: 'debug',
  information: 'info',
  warning: 'warn',
  err: 'error',
  severe: 'error',
  critical: 'fatal',
  crit: 'fatal',
  alert: 'fatal',
  emerg: 'fatal',
  panic: 'fatal',
};

/** `name` + comparison + value. @throws QueryError */
export function parseTerm(key: KeyWritten, value: Written | undefined): Query {
  const name = QUERY_KEYS.find((known) => known === key.key.toLowerCase());
  if (!value)
    throw new QueryError(
      `A value is missing behind ${key.key}${key.op}`,
      key.place,
      `Write it right behind the ${key.op}.`,
    );
  if (name === undefined) return parseFieldTerm(key, value);
  const { op } = key;
  if (op === '!=') return { kind: 'not', part: parseTerm({ ...key, op: ':' }, value) };
  switch (name) {
    case 'level':
      return parseLevel(op, value);
    case 'duration':
    case 'time':
    case 'line':
      return parseRangeTerm(name, op, value);
    default:
      if (op !== ':' && op !== '=' && op !== '==' && op !== '=~')
        throw new QueryError(
          `${name} has no order, ${op} cannot compare it`,
          key.place,
          `Write ${name}:…, with * for any text.`,
        );
      return parseNamed(name, value);
  }
}

function parseNamed(name: Exclude<QueryKey, 'level' | 'duration' | 'time' | 'line'>, value: Written): Query {
  switch (name) {
    case 'has':
      return parseHas(value);
    case 'mark':
      if (value.kind !== 'regex' && (value.text === 'new' || value.text === 'rare'))
        return { kind: 'mark', mark: value.text };
      throw new QueryError('A mark is new or rare', value.place, 'Write mark:new or mark:rare.');
    case 'template': {
      const [, id] = value.kind === 'word' ? (/^t?(\d{1,9})$/.exec(value.text) ?? []) : [];
      return id === undefined
        ? { kind: 'templateText', match: textMatch(value) }
        : { kind: 'template', id: Number(id) };
    }
    case 'trace':
      // The view shows long ids cut.
      return {
        kind: 'trace',
        match: textMatch(value.kind === 'word' ? { ...value, text: value.text.replace(/…$/, '*') } : value),
      };
    default:
      return { kind: name, match: textMatch(value) };
  }
}

function parseHas(value: Written): Query {
  const what = value.kind === 'regex' ? value.pattern : value.text;
  const known = HAS_WHATS.find((one) => one === what.toLowerCase());
  if (known) return { kind: 'has', what: known };
  if (what === 'group') return { kind: 'has', what: 'stack' };
  return { kind: 'field', path: fieldPath(what), test: { kind: 'exists' } };
}

function parseLevel(op: string, value: Written): Query {
  const [from, to] = value.kind === 'regex' ? [value.pattern] : value.text.split('..', 2);
  const low = levelOf(from, value);
  if (to !== undefined)
    return { kind: 'level', from: from === '' ? 1 : low, to: to === '' ? logLevels.length - 1 : levelOf(to, value) };
  switch (op) {
    case '>':
      return { kind: 'level', from: low + 1, to: logLevels.length - 1 };
    case '>=':
      return { kind: 'level', from: low, to: logLevels.length - 1 };
    case '<':
      return { kind: 'level', from: 1, to: low - 1 };
    case '<=':
      return { kind: 'level', from: 1, to: low };
    default:
      return { kind: 'level', from: low, to: low };
  }
}

function levelOf(written: string | undefined, { place }: Written): number {
  const word = (written ?? '').toLowerCase();
  if (word === '') return 1;
  const code = logLevels.findIndex((level) => level === (LEVEL_ALIASES[word] ?? word));
  if (code >= 0) return code;
  const hint = didYouMean(word, [...logLevels, ...Object.keys(LEVEL_ALIASES)]);
  throw new QueryError(`Unknown level '${written}'${hint}`, place, `Levels are ${logLevels.slice(1).join(', ')}.`);
}
