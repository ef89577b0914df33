import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { plainFormat } from '../../../../server/logs/formats/plainFormat.ts';
import { parseQuery } from '../../../../server/logs/query/parseQuery.ts';
import { openView, runQuery } from '../../../../server/logs/query/runQuery.ts';
import { TektraError } from '../../../../server/protocol/errors.ts';
import { type GrowingIndex, type GrowingRecord, growingIndex } from '../../../support/growingIndex.ts';

const formatOf = plainFormat;
const START = Date.parse('2026-11-24T10:00:00Z');

function shownIndex(records: readonly GrowingRecord[]): GrowingIndex {
  const index = growingIndex(records, { chunkRecords: 500 });
  index.grow(records.length);
  return index;
}

const found = (view: { matches: number; slice(position: number, count: number): number[] }): number[] =>
  view.slice(0, view.matches);

describe('a view', () => {
  it('can be listed while the rest is still looked at, and lets others work meanwhile', async () => {
    const index = shownIndex(Array.from({ length: 6_000 }, (_, at) => ({ text: at % 10 === 0 ? 'hit' : 'miss' })));
    let turns = 0;
    let isRunning = true;
    const others = (async () => {
      while (isRunning) {
        turns += 1;
        await setImmediate();
      }
    })();
    const seen: { matches: number; scanned: number; first: number }[] = [];
    const view = await runQuery(index, parseQuery('hit'), {
      formatOf,
      sliceMs: 0,
      onProgress: (part) =>
        seen.push({ matches: part.matches, scanned: part.scanned, first: part.recordAt(part.matches - 1) }),
    });
    isRunning = false;
    await others;
    expect(seen.length).toBeGreaterThanOrEqual(12);
    expect(turns).toBeGreaterThanOrEqual(seen.length - 1);
    for (const { matches, scanned, first } of seen)
      expect({ matches, first }).toEqual({ matches: Math.ceil(scanned / 10), first: (matches - 1) * 10 });
    expect(view).toMatchObject({ matches: 600, scanned: 6_000, done: true });
  });

  it('stops when it is cancelled, and takes up where it stopped', async () => {
    const index = shownIndex(Array.from({ length: 5_000 }, (_, at) => ({ text: `n${at % 7}` })));
    const view = openView(index, parseQuery('n3'), { formatOf });
    const cancel = new AbortController();
    const reason = new TektraError('request.cancelled', 'enough');
    const onProgress = (): void => cancel.abort(reason);
    await expect(view.advance({ sliceMs: 0, signal: cancel.signal, onProgress })).rejects.toBe(reason);
    expect(view.done).toBe(false);
    expect(view.scanned).toBeGreaterThan(0);
    await expect(view.advance({ signal: cancel.signal })).rejects.toBe(reason);
    await view.advance();
    expect(view).toMatchObject({ done: true, matches: Math.ceil((5_000 - 3) / 7), scanned: 5_000 });
  });

  it('looks at each record once when it is asked to go on twice at the same time', async () => {
    const index = shownIndex(Array.from({ length: 2_000 }, () => ({ text: 'x' })));
    const view = openView(index, parseQuery('x'), { formatOf });
    await Promise.all([view.advance({ sliceMs: 0 }), view.advance({ sliceMs: 0 })]);
    expect(view).toMatchObject({ matches: 2_000, scanned: 2_000 });
  });

  it('begins anew when templates merge, and only then', async () => {
    const index = shownIndex(['a 1', 'b 1', 'a 2', 'c 1'].map((text) => ({ text, template: text.slice(0, 1) })));
    index.grow(3);
    const view = await runQuery(index, parseQuery('template:t0'), { formatOf });
    expect(found(view)).toEqual([0, 2]);
    index.grow(4);
    await view.advance();
    expect(found(view)).toEqual([0, 2]);
    // b turns out to be the same kind of message as a.
    Object.assign(index, { templateOf: (shape: number) => (shape === 1 ? 0 : shape) });
    await view.advance();
    expect(found(view)).toEqual([0, 1, 2]);
  });

  it('knows templates by their text, and marks', async () => {
    const index = shownIndex(['up', 'down', 'up'].map((text) => ({ text, template: `is ${text}` })));
    expect(found(await runQuery(index, parseQuery('template:*up'), { formatOf }))).toEqual([0, 2]);
    const markOf = (template: number): 'new' | undefined => (template === 1 ? 'new' : undefined);
    expect(found(await runQuery(index, parseQuery('mark:new'), { formatOf, markOf }))).toEqual([1]);
    expect(found(await runQuery(index, parseQuery('mark:rare'), { formatOf, markOf }))).toEqual([]);
    expect(found(await runQuery(index, parseQuery('mark:new'), { formatOf }))).toEqual([]);
  });

  it('counts times from where the log ends once it is read', async () => {
    const index = growingIndex(Array.from({ length: 60 }, (_, at) => ({ text: 'x', time: START + at * 60_000 })));
    index.grow(30);
    const view = await runQuery(index, parseQuery('time:-5m..'), { formatOf });
    expect(found(view)).toEqual([24, 25, 26, 27, 28, 29]);
    index.grow(50);
    index.end();
    await view.advance();
    expect(found(view)).toEqual([44, 45, 46, 47, 48, 49]);
    // It is followed: the range stays, and what comes in joins it.
    index.grow(60);
    await view.advance();
    expect(found(view)).toEqual(Array.from({ length: 16 }, (_, at) => 44 + at));
  });

  it.each<[string, string, number[]]>([
    ['time:10:01..10:02', 'same', [1, 2, 3]],
    ['time:10:01', 'same', [1, 2]],
    ['time:10:01:30', 'same', [2]],
    ['time>10:01', 'same', [3, 4]],
    ['time<10:01', 'same', [0]],
    ['time<=10:01', 'same', [0, 1, 2]],
    ['time:23:00..10:00', 'same', [0]],
    ['time:10:00', 'next', [4]],
    ['time<10:00', 'next', [0, 1, 2, 3]],
    ['time>=2026-11-24T10:02', 'next', [3, 4]],
    ['time:2026-11-24', 'next', [0, 1, 2, 3]],
    ['time:2026-11-25..', 'next', [4]],
    ['time:2026-11-24T10:01..10:01', 'next', [1, 2]],
    ['time:2026-11-24T12:01:30+02:00', 'next', [2]],
    ['has:time', 'next', [0, 1, 2, 3, 4]],
  ])('of %s, with the last record on the %s day, holds both ends to their precision', async (query, day, expected) => {
    const last = day === 'same' ? START + 3 * 60_000 : START + 86_400_000;
    const times = [START, START + 60_000, START + 90_000, START + 120_000, last];
    const index = shownIndex([...times.map((time) => ({ text: 'x', time })), { text: 'none' }]);
    expect(found(await runQuery(index, parseQuery(query), { formatOf }))).toEqual(expected);
  });

  it('of a range of time looks only at chunks that can hold it', async () => {
    const index = shownIndex(Array.from({ length: 5_000 }, (_, at) => ({ text: 'x', time: START + at })));
    const view = openView(index, parseQuery('x'), { formatOf, from: START + 1_200, to: START + 1_210 });
    await view.advance();
    expect(found(view)).toEqual(Array.from({ length: 11 }, (_, at) => 1_200 + at));
    const reads: number[] = [];
    const { read, readRange } = index;
    Object.assign(index, {
      read(record: number, limit?: number) {
        reads.push(record);
        return read(record, limit);
      },
      readRange(from: number, to: number) {
        reads.push(from);
        return readRange?.(from, to);
      },
    });
    await runQuery(index, parseQuery('x time:-100ms..'), { formatOf });
    expect(reads.length).toBeGreaterThan(0);
    expect(Math.min(...reads)).toBeGreaterThanOrEqual(4_500);
  });

  it('goes on behind records that cannot be read any more', async () => {
    const index = shownIndex(['x 0', 'x 1', 'y 2', 'x 3'].map((text) => ({ text })));
    const { read } = index;
    Object.assign(index, {
      readRange: undefined,
      read: (record: number) => {
        if (record === 1) throw new TektraError('log.gone', 'the file shrank');
        return read(record);
      },
    });
    expect(found(await runQuery(index, parseQuery('x'), { formatOf }))).toEqual([0, 3]);
  });

  it('searches the first MiB of records that are longer', async () => {
    const long = 'a'.repeat(1_048_570);
    const index = shownIndex([
      { text: `${long}needle` },
      { text: `needle${long}${long}` },
      { text: 'needle' },
      { text: `${long}needle2` },
    ]);
    expect(found(await runQuery(index, parseQuery('needle'), { formatOf }))).toEqual([0, 1, 2, 3]);
    const past = shownIndex([{ text: `${long}${long}needle` }, { text: 'x' }]);
    expect(found(await runQuery(past, parseQuery('needle'), { formatOf }))).toEqual([]);
  });
});
