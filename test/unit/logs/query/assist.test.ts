import { describe, expect, it } from 'vitest';
import type { LogFormat } from '../../../../server/logs/formats/logFormat.ts';
import { completeQuery } from '../../../../server/logs/query/completeQuery.ts';
import { describeQuery } from '../../../../server/logs/query/describeQuery.ts';
import { findPosition } from '../../../../server/logs/query/findPosition.ts';
import { parseQuery } from '../../../../server/logs/query/parseQuery.ts';
import { runQuery } from '../../../../server/logs/query/runQuery.ts';
import { growingIndex } from '../../../support/growingIndex.ts';
import { fieldsOf } from '../../../support/referenceQuery.ts';

const formatOf = (): LogFormat => ({
  id: 'json',
  title: 'JSON lines',
  parse: () => true,
  fields: fieldsOf,
  message: (text) => text,
});

describe('what is suggested at the cursor', () => {
  const index = growingIndex([
    { text: '{"status":200,"req":{"method":"GET"}}', component: 'http server' },
    { text: '{"status":500}', component: 'AgentManager' },
    { text: '{"stage":1}', component: 'AgentManager' },
  ]);
  index.grow(3);
  /** `|` is the cursor; answers the texts that the query would become. */
  const complete = (marked: string): string[] => {
    const cursor = marked.indexOf('|');
    const text = marked.replace('|', '');
    const { from, to, suggestions } = completeQuery(text, cursor, index, formatOf);
    return suggestions.map((one) => text.slice(0, from) + one.text + text.slice(to));
  };

  it.each<[string, string[]]>([
    ['lev|', ['level:']],
    ['a -comp|', ['a -component:']],
    ['(du|', ['(duration:']],
    ['sta|', ['status:', 'stage:']],
    ['met|', ['req.method:']],
    ['level:e|', ['level:error', 'level:notice', 'level:debug', 'level:trace']],
    ['level>=w|arn x', ['level>=warn x']],
    ['component:|', ['component:AgentManager', 'component:"http server"']],
    ['component:agent|', ['component:AgentManager']],
    ['has:st|', ['has:stack', 'has:status', 'has:stage']],
    ['mark:|', ['mark:new', 'mark:rare']],
    ['file:|', ['file:app.log']],
    ['"lev|', []],
    ['status:2|', []],
    ['xyzzy|', []],
  ])('%s', (marked, texts) => expect(complete(marked)).toEqual(texts));

  it('begins with all names, and tells how often a value occurs', () => {
    const { suggestions } = completeQuery('', 0, index, formatOf);
    expect(suggestions.map(({ label }) => label)).toEqual(
      expect.arrayContaining(['level', 'message', 'status', 'req.method']),
    );
    const [first] = completeQuery('component:', 10, index, formatOf).suggestions;
    expect(first).toEqual({ text: 'AgentManager', label: 'AgentManager', kind: 'value', detail: '2 records' });
  });
});

describe('a query in words', () => {
  it.each<[string, string]>([
    ['', 'Shows all records.'],
    [
      'level>=warn component:agent* -timeout',
      'Shows records of level warn or above, and whose component is "agent*", where * is any text, and other than those that contain "timeout".',
    ],
    [
      'a OR (b /c/i)',
      'Shows records either that contain "a", or (that contain "b", and that contain a match of /c/i).',
    ],
    ['duration:100ms..2s', 'Shows records that took at least 100 ms and at most 2000 ms.'],
    ['time:10:00..10:05', 'Shows records from 10:00 of the last day on up to 10:05 of the last day.'],
    ['time:-15m', 'Shows records from 15 minutes before the end on.'],
    ['status>=500', 'Shows records whose field status is at least 500.'],
    ['user=bob', 'Shows records whose field user is "bob", or that contain "user=bob".'],
    ['has:stack line:7', 'Shows records that have a stack trace, and on line 7.'],
    ['level:none', 'Shows records without a level.'],
  ])('%s', (query, words) => expect(describeQuery(parseQuery(query))).toBe(words));
});

describe('the position in a view', () => {
  const at = (second: number): string => new Date(Date.parse('2026-11-24T10:00:00Z') + second * 1_000).toISOString();
  const records = [
    { text: 'a\nmore', source: 0, time: at(0) },
    { text: 'b', source: 0, time: at(2) },
    { text: 'a', source: 1, time: at(1) },
    { text: 'a', source: 1 },
    { text: 'a', source: 1, time: at(5) },
    { text: 'a', source: 0, time: at(4) },
  ];
  const index = growingIndex(records, { names: ['x.log', 'y.log'] });
  index.grow(records.length);

  it.each<[string, Parameters<typeof findPosition>[1], number]>([
    ['a record', { record: 4 }, 4],
    ['a record that is not in it', { record: 1 }, 3],
    ['a time', { time: Date.parse(at(1)) }, 1],
    ['a time between two records', { time: Date.parse(at(3)) }, 3],
    ['a time behind the end', { time: Date.parse(at(9)) }, -1],
    ['a line within a record', { line: { source: 0, line: 2 } }, 0],
    ['a line of another record', { line: { source: 0, line: 3 } }, 3],
    ['a line behind the end', { line: { source: 1, line: 99 } }, -1],
  ])('of %s', async (_what, target, position) => {
    const view = await runQuery(index, parseQuery('a'), { formatOf });
    expect(view.slice(0, 9)).toEqual([0, 2, 3, 5, 4]);
    expect(findPosition(view, target)).toBe(position);
  });
});
