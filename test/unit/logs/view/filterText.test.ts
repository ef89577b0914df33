import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../../../server/logs/query/parseQuery.ts';
import { FilterHistory } from '../../../../webviews/logs/filterHistory.ts';
import {
  excluded,
  fieldTerm,
  isCompound,
  levelsIn,
  termsOf,
  withLevels,
  withoutTerm,
  withTerm,
} from '../../../../webviews/logs/filterText.ts';

describe('terms that the page adds to a filter', () => {
  const values = [
    'db.pool',
    'a b',
    'say "no"',
    'C:\\temp',
    '*',
    '/var/log',
    '1..2',
    '-x',
    'OR',
    '',
    'ü',
    'x(y)',
    '<b>x</b>',
    '\u202Ex',
  ];
  it.each(values)('mean the value %j and nothing else to the server', (value) => {
    expect(parseQuery(fieldTerm('component', value))).toEqual({
      kind: 'component',
      match: { kind: 'exact', text: value },
    });
    expect(parseQuery(excluded(fieldTerm('component', value)))).toMatchObject({ kind: 'not' });
  });

  it('look for the text of a value when its name cannot be written', () => {
    expect(parseQuery(fieldTerm('two words', 'x'))).toMatchObject({ kind: 'text' });
  });

  it('are taken apart where the server takes them apart', () => {
    const filter = 'timeout "a b" level:(warn OR fatal) -/x y/i component:"c \\" d"';
    const terms = termsOf(filter).map(({ text }) => text);
    expect(terms).toEqual(['timeout', '"a b"', 'level:(warn OR fatal)', '-/x y/i', 'component:"c \\" d"']);
    expect(parseQuery(filter)).toMatchObject({ kind: 'and', parts: { length: 5 } });
    expect(withoutTerm(filter, '-/x y/i')).toBe('timeout "a b" level:(warn OR fatal) component:"c \\" d"');
  });

  it('keep the meaning of a filter with OR', () => {
    expect(withTerm('a OR b', 'c')).toBe('(a OR b) c');
    expect(withTerm('a', 'a')).toBe('a');
    expect(withTerm('', 'a')).toBe('a');
    expect(isCompound('a OR b')).toBe(true);
    expect(isCompound('oranges level:(warn OR fatal)')).toBe(false);
  });

  it('choose levels, and are found again', () => {
    const some = withLevels('x', new Set([5, 6]));
    expect(some).toBe('x level:(warn OR error)');
    expect([...levelsIn(some)].sort()).toEqual([5, 6]);
    expect(withLevels(some, new Set([6]))).toBe('x level:error');
    expect(withLevels(some, new Set())).toBe('x');
    expect(parseQuery(some)).toMatchObject({ kind: 'and' });
    expect(parseQuery(withLevels('', new Set([0])))).toMatchObject({ kind: 'level', from: 0, to: 0 });
  });
});

describe('the history of filters', () => {
  it('goes back and forth, and keeps what was being written', () => {
    const history = new FilterHistory(['a', 'b']);
    expect([history.move(-1, 'dra'), history.move(-1, 'b'), history.move(-1, 'a')]).toEqual(['b', 'a', undefined]);
    expect([history.move(1, 'a'), history.move(1, 'b'), history.move(1, 'dra')]).toEqual(['b', 'dra', undefined]);
  });

  it('holds each filter once, the last used last', () => {
    const history = new FilterHistory([]);
    for (const filter of ['a', 'b', 'a', ' ']) history.add(filter);
    expect(history.entries).toEqual(['b', 'a']);
  });
});
