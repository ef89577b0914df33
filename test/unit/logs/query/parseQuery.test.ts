import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../../../server/logs/query/parseQuery.ts';
import type { Query } from '../../../../server/logs/query/query.ts';
import { QueryError } from '../../../../server/logs/query/queryError.ts';
import { TektraError } from '../../../../server/protocol/errors.ts';

const text = (word: string): Query => ({ kind: 'text', match: { kind: 'exact', text: word } });

function failure(query: string): QueryError {
  try {
    parseQuery(query);
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
  throw new Error(`${query} was understood`);
}

describe('the language of queries', () => {
  it.each<[string, Query]>([
    ['', { kind: 'all' }],
    ['  \t', { kind: 'all' }],
    ['a b', { kind: 'and', parts: [text('a'), text('b')] }],
    ['a AND b', { kind: 'and', parts: [text('a'), text('b')] }],
    ['a && b || c', { kind: 'or', parts: [{ kind: 'and', parts: [text('a'), text('b')] }, text('c')] }],
    ['a or b', { kind: 'and', parts: [text('a'), text('or'), text('b')] }],
    ['ORDER', text('ORDER')],
    ['a (b OR c)', { kind: 'and', parts: [text('a'), { kind: 'or', parts: [text('b'), text('c')] }] }],
    ['-a', { kind: 'not', part: text('a') }],
    ['NOT a', { kind: 'not', part: text('a') }],
    ['!"a b"', { kind: 'not', part: text('a b') }],
    ['-(a b)', { kind: 'not', part: { kind: 'and', parts: [text('a'), text('b')] } }],
    ['-level:error', { kind: 'not', part: { kind: 'level', from: 6, to: 6 } }],
    ['"say \\"hi\\""', text('say "hi"')],
  ])('joins: %s', (query, meaning) => expect(parseQuery(query)).toEqual(meaning));

  it.each(['->', '--verbose', 'std::vector', 'http://host:80/a', '10:15:03', '/var/log/app', 'done:', '-', 'a/b'])(
    'takes what is no expression for a word: %s',
    (word) => expect(parseQuery(word)).toEqual(text(word)),
  );

  it.each<[string, Query]>([
    ['level:WARNING', { kind: 'level', from: 5, to: 5 }],
    ['level:warn..error', { kind: 'level', from: 5, to: 6 }],
    ['level>warn', { kind: 'level', from: 6, to: 7 }],
    ['level<=info', { kind: 'level', from: 1, to: 3 }],
    ['duration>1s', { kind: 'duration', range: { from: 1_000, above: true } }],
    ['duration:100ms..2s', { kind: 'duration', range: { from: 100, to: 2_000 } }],
    ['duration >= 1000', { kind: 'duration', range: { from: 1_000 } }],
    ['duration:..5m', { kind: 'duration', range: { to: 300_000 } }],
    ['line:7', { kind: 'line', from: 7, to: 7 }],
    ['line>7', { kind: 'line', from: 8, to: Number.MAX_SAFE_INTEGER }],
    ['time:-15m', { kind: 'time', from: { kind: 'fromEnd', ms: 900_000 } }],
    [
      'time>=2026-11-24T10:00',
      { kind: 'time', from: { kind: 'date', date: '2026-11-24', clock: { ms: 36_000_000, precision: 60_000 } } },
    ],
    ['component:agent*', { kind: 'component', match: { kind: 'glob', glob: 'agent*' } }],
    ['component:"a*"', { kind: 'component', match: { kind: 'exact', text: 'a*' } }],
    ['template:t42', { kind: 'template', id: 42 }],
    ['template:connect*', { kind: 'templateText', match: { kind: 'glob', glob: 'connect*' } }],
    ['trace:4bf9…', { kind: 'trace', match: { kind: 'glob', glob: '4bf9*' } }],
    ['mark:new', { kind: 'mark', mark: 'new' }],
    ['has:stack', { kind: 'has', what: 'stack' }],
    ['has:req.id', { kind: 'field', path: 'req.id', test: { kind: 'exists' } }],
    ['status>=500', { kind: 'field', path: 'status', test: { kind: 'number', range: { from: 500 } } }],
    [
      'size>10KB',
      { kind: 'field', path: 'size', test: { kind: 'number', range: { from: 10_000, above: true }, unit: 'size' } },
    ],
    [
      'fields.level=="x y"',
      { kind: 'field', path: 'level', test: { kind: 'text', match: { kind: 'exact', text: 'x y' } } },
    ],
    ['version<"2.10"', { kind: 'field', path: 'version', test: { kind: 'order', op: '<', text: '2.10' } }],
    ['/a b\\/c/i', { kind: 'text', match: { kind: 'regex', pattern: 'a b/c', ignoreCase: true } }],
    [
      'host=~web\\d+',
      {
        kind: 'field',
        path: 'host',
        test: { kind: 'text', match: { kind: 'regex', pattern: 'web\\d+', ignoreCase: false } },
      },
    ],
    [
      'user=42',
      {
        kind: 'field',
        path: 'user',
        test: { kind: 'pair', pair: 'user=42', field: { kind: 'number', range: { from: 42, to: 42 }, text: '42' } },
      },
    ],
  ])('means: %s', (query, meaning) => expect(parseQuery(query)).toEqual(meaning));

  it.each<[string, number, number, string]>([
    ['level:eror', 6, 10, "Unknown level 'eror': did you mean error?"],
    ['a level:xyzzy', 8, 13, "Unknown level 'xyzzy'"],
    ['(a b', 0, 1, 'This ( is not closed'],
    ['a )', 2, 3, 'This ) closes nothing'],
    ['a "b', 2, 4, 'The quote is not closed'],
    ['a OR', 4, 4, 'Something is missing here'],
    ['OR a', 0, 1, 'Something is missing here'],
    ['a AND OR b', 6, 7, 'Something is missing here'],
    ['NOT', 3, 3, 'Something is missing here'],
    ['()', 1, 2, 'Something is missing here'],
    ['x==', 0, 3, 'A value is missing behind x=='],
    ['level:', 0, 6, 'A value is missing behind level:'],
    ['x level: error', 2, 8, 'A value is missing behind level:'],
    ['level>="', 7, 8, 'The quote is not closed'],
    ['duration>fast', 9, 13, "'fast' is no duration"],
    ['duration>10kb', 9, 13, "'10kb' is no duration"],
    ['time:yesterday', 5, 14, "'yesterday' is no time"],
    ['time:2026-02-31', 5, 15, "'2026-02-31' is no time"],
    ['line:x', 5, 6, "'x' is no number of a line"],
    ['component>a', 0, 10, 'component has no order, > cannot compare it'],
    ['duration>1..2', 9, 13, '> cannot be combined with a range'],
    ['mark:old', 5, 8, 'A mark is new or rare'],
    ['a /(b/', 2, 6, 'The regular expression is not valid: missing closing )'],
    ['/(?=a)b/', 0, 8, 'The regular expression is not valid: invalid or unsupported Perl syntax'],
    ['level:(error', 6, 7, 'This ( is not closed'],
    ['level:()', 6, 8, 'The list of values is empty'],
    ['/((a{1,30}){1,30}){1,30}/', 0, 25, 'The regular expression is too large: about'],
    ['('.repeat(60), 50, 51, 'The parentheses nest too deeply'],
    [`${'a '.repeat(2_500)}`, 4_000, 5_000, 'The query is longer than 4000 characters'],
  ])('tells where and why it does not understand: %s', (query, start, end, reason) => {
    const error = failure(query);
    expect(error).toBeInstanceOf(TektraError);
    expect(error.code).toBe('log.query-invalid');
    expect(error.message).toContain(reason);
    expect(error.place).toEqual({ start, end });
  });

  it('names what to write instead', () => {
    expect(failure('level:eror').action).toBe('Levels are trace, debug, info, notice, warn, error, fatal.');
    expect(failure('/(a)\\1/').action).toMatch(/backreferences/);
  });
});
