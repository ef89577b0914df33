import { describe, expect, it } from 'vitest';
import { bestMatch } from '../../../../client/panels/logs/bestMatch.ts';
import { changeOf } from '../../../../webviews/logs/compareView.ts';
import { flatFields } from '../../../../webviews/logs/detailView.ts';
import { countOf, percentText, shortCount, sizeText } from '../../../../webviews/logs/numberText.ts';
import { asPageMemory, toKept } from '../../../../webviews/logs/pageMemory.ts';
import { sparkPath, trendText } from '../../../../webviews/logs/templatesView.ts';
import { timelineKey } from '../../../../webviews/logs/timelineKeys.ts';
import {
  clockText,
  lengthText,
  parseTime,
  rangeText,
  rowTimeText,
  spanText,
} from '../../../../webviews/logs/timeText.ts';

const TIME = Date.UTC(2026, 10, 24, 14, 3, 5, 123);

describe('times', () => {
  it('are written as UTC, since the start, and since the row before', () => {
    const context = { start: TIME - 3_723_456, before: TIME - 12, days: false };
    expect(rowTimeText(TIME, 'utc', context).text).toBe('14:03:05.123');
    expect(rowTimeText(TIME, 'relative', context).text).toBe('+1:02:03.456');
    expect(rowTimeText(TIME, 'delta', context).text).toBe('+0.012');
    expect(rowTimeText(undefined, 'utc', context).text).toBe('');
  });

  it('tell the day where it changes', () => {
    const context = { start: TIME, before: TIME - 86_400_000, days: true };
    expect(rowTimeText(TIME, 'utc', context)).toEqual({ text: '14:03:05.123', day: '11-24', newDay: true });
    expect(rowTimeText(TIME, 'utc', { ...context, before: TIME - 5 }).newDay).toBe(false);
  });

  it.each([Number.NaN, 1e30, -62_135_596_800_000])('are written also when they are odd: %d', (time) => {
    expect(typeof clockText(time, true)).toBe('string');
    expect(typeof rangeText(0, time)).toBe('string');
  });

  it('are read as a person writes them', () => {
    const near = new Date(2026, 10, 24, 9).getTime();
    expect(parseTime('14:03', near)).toBe(new Date(2026, 10, 24, 14, 3).getTime());
    expect(parseTime('14:03:05.5', near)).toBe(new Date(2026, 10, 24, 14, 3, 5, 500).getTime());
    expect(parseTime('2026-11-24T14:03:05Z', near)).toBe(Date.UTC(2026, 10, 24, 14, 3, 5));
    expect(parseTime('soon', near)).toBeUndefined();
    expect(parseTime('14:03', undefined)).toBeUndefined();
  });

  it('have lengths', () => {
    expect([0.25, 12.4, 1250, 185_000, 7_200_000, 400_000_000].map(lengthText)).toEqual([
      '0.25 ms',
      '12 ms',
      '1.25 s',
      '3 min 5 s',
      '2 h',
      '5 days',
    ]);
    expect([-1500, 90_061_001].map(spanText)).toEqual(['-1.500', '+1d 01:01:01.001']);
  });
});

describe('numbers', () => {
  it('are written as long as there is room for', () => {
    expect([9999, 12_345, 999_499, 4_500_000, 120_000_000].map(shortCount)).toEqual([
      '9,999',
      '12.3k',
      '999k',
      '4.5M',
      '120M',
    ]);
    expect([countOf(1, 'record'), countOf(1204, 'record')]).toEqual(['1 record', '1,204 records']);
    expect([0, 512, 1_200_000, 1_180_000_000].map(sizeText)).toEqual(['0 B', '512 B', '1.1 MB', '1.1 GB']);
    expect([0, 0.004, 0.439, 1].map(percentText)).toEqual(['0 %', '< 1 %', '43 %', '100 %']);
  });

  it('tell a trend and a change only where there is one', () => {
    expect([undefined, 1.2, 0, 14, 0.25].map(trendText)).toEqual([undefined, undefined, 'stopped', '× 14', '÷ 4']);
    expect(changeOf(0, 5, 100, 100)).toEqual({ text: 'new', kind: 'more' });
    expect(changeOf(5, 0, 100, 100)).toEqual({ text: 'gone', kind: 'fewer' });
    // The share counts, not the number: B is ten times as long.
    expect(changeOf(10, 100, 100, 1000).kind).toBe('same');
    expect(sparkPath([0, 2, 4])).toMatch(/^M24 14v-7h23\.25v7ZM48 14v-14h/);
  });
});

describe('what a page keeps', () => {
  it('comes back as it was', () => {
    const memory = asPageMemory({
      sources: [{ kind: 'file', path: '/a.log' }],
      filter: 'x',
      range: [1, 2],
      record: 5,
      side: 'templates',
      timeMode: 'utc',
    });
    expect(asPageMemory(JSON.parse(JSON.stringify(toKept(memory))))).toEqual(memory);
    expect(asPageMemory(toKept({ ...memory, side: undefined })).side).toBeUndefined();
  });

  it.each([
    undefined,
    null,
    5,
    'x',
    { sources: [{ kind: 'exec', path: 'rm' }], range: ['a'], record: -1, history: [1] },
  ])('is nothing when it is odd: %j', (kept) => {
    const memory = asPageMemory(kept);
    expect(memory).toMatchObject({ sources: [], filter: '', side: 'findings', timeMode: 'local', history: [] });
    expect([memory.range, memory.record]).toEqual([undefined, undefined]);
  });
});

describe('the keyboard on the timeline', () => {
  it('moves, and extends from where it stood', () => {
    expect(timelineKey('ArrowRight', false, { at: undefined, from: undefined, count: 100 })).toEqual({
      kind: 'move',
      at: 0,
      from: undefined,
    });
    expect(timelineKey('ArrowRight', true, { at: 7, from: undefined, count: 100 })).toEqual({
      kind: 'move',
      at: 8,
      from: 7,
    });
    expect(timelineKey('ArrowLeft', true, { at: 8, from: 7, count: 100 })).toEqual({ kind: 'move', at: 7, from: 7 });
    expect(timelineKey('End', false, { at: 8, from: 7, count: 100 })).toEqual({
      kind: 'move',
      at: 99,
      from: undefined,
    });
    expect(timelineKey('x', false, { at: 8, from: 7, count: 100 })).toBeUndefined();
  });
});

describe('the fields of a record', () => {
  it('are told by dotted names, whatever they hold', () => {
    expect(flatFields({ a: { b: 1, c: [1, { d: 2 }] }, e: null, f: '', g: {} })).toEqual([
      ['a.b', '1'],
      ['a.c', '[1,{"d":2}]'],
      ['e', 'null'],
      ['f', ''],
      ['g', '{}'],
    ]);
  });
});

describe('the file that a frame names', () => {
  it('is the one whose folders agree with the package', () => {
    const files = ['/w/src/com/shop/db/Pool.java', '/w/src/com/shop/web/Pool.java'];
    expect(bestMatch(files, 'Pool.java', 'at com.shop.db.Pool.open(Pool.java:118)')).toBe(files[0]);
    expect(bestMatch(['/w/a/lib/x.js', '/w/b/x.js'], './lib/x.js', 'at f (./lib/x.js:1:2)')).toBe('/w/a/lib/x.js');
  });

  it('is none when two agree as far', () => {
    expect(bestMatch(['/w/a/x.js', '/w/b/x.js'], 'x.js', 'at x.js:1')).toBeUndefined();
    expect(bestMatch([], 'x.js', 'at x.js:1')).toBeUndefined();
  });
});
