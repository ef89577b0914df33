import { describe, expect, it } from 'vitest';
import type { LogFormat } from '../../../../server/logs/formats/logFormat.ts';
import { compareViews } from '../../../../server/logs/query/compareViews.ts';
import { DurationSketch } from '../../../../server/logs/query/durationSketch.ts';
import { groupBy } from '../../../../server/logs/query/groupBy.ts';
import { HeavyHitters } from '../../../../server/logs/query/heavyHitters.ts';
import { histogram } from '../../../../server/logs/query/histogram.ts';
import type { LogView } from '../../../../server/logs/query/logView.ts';
import { parseQuery } from '../../../../server/logs/query/parseQuery.ts';
import { runQuery } from '../../../../server/logs/query/runQuery.ts';
import { templatesOf } from '../../../../server/logs/query/templatesOf.ts';
import { parametersOf } from '../../../../server/logs/templates/parametersOf.ts';
import { type GrowingRecord, growingIndex } from '../../../support/growingIndex.ts';
import { fieldsOf } from '../../../support/referenceQuery.ts';
import { seededRandom } from '../../../support/seededRandom.ts';

const formatOf = (): LogFormat => ({
  id: 'json',
  title: 'JSON lines',
  parse: () => true,
  fields: fieldsOf,
  message: (text) => String(fieldsOf(text).msg ?? text),
});

const START = Date.parse('2026-11-24T10:00:00Z');

async function viewOf(records: readonly GrowingRecord[], query = ''): Promise<LogView> {
  const index = growingIndex(records, { chunkRecords: 1_000 });
  index.grow(records.length);
  return runQuery(index, parseQuery(query), { formatOf });
}

describe('the histogram', () => {
  it('counts the records of a view in equal parts of time, by level', async () => {
    const view = await viewOf([
      { text: 'a', time: START, level: 'info' },
      { text: 'b', time: START + 59_999, level: 'error' },
      { text: 'c', time: START + 60_000, level: 'error' },
      { text: 'd', level: 'error' },
      { text: 'e', time: START + 119_999 },
    ]);
    expect(await histogram(view, 2)).toEqual({
      from: START,
      step: 60_000,
      levels: [[0, 1], [], [], [1, 0], [], [], [1, 1], []],
    });
    const part = await histogram(view, 4, { from: START + 60_000, to: START + 60_003 });
    expect(part).toEqual({ from: START + 60_000, step: 1, levels: [[], [], [], [], [], [], [1, 0, 0, 0], []] });
  });

  it('loses no record, whatever the times are', async () => {
    const random = seededRandom(5);
    for (let round = 0; round < 30; round += 1) {
      const times = Array.from(
        { length: 1 + random.whole(60) },
        () => START + random.whole(10 ** (1 + random.whole(9))),
      );
      const { step, levels } = await histogram(
        await viewOf(times.map((time) => ({ text: 'x', time }))),
        1 + random.whole(50),
      );
      expect(step).toBeGreaterThan(0);
      expect(levels[0]?.reduce((sum, count) => sum + count, 0)).toBe(times.length);
    }
  });

  it('is empty for a view without times', async () => {
    expect(await histogram(await viewOf([{ text: 'a' }]), 10)).toEqual({ from: 0, step: 0, levels: Array(8).fill([]) });
  });
});

describe('percentiles of durations', () => {
  it('are exact for few values, and within 1 % for many', () => {
    const random = seededRandom(9);
    for (const size of [1, 2, 10, 256, 257, 5_000]) {
      const sketch = new DurationSketch();
      const values = Array.from(
        { length: size },
        () => 10 ** (random.whole(80) / 10 - 2) * (1 + random.whole(100) / 100),
      );
      for (const value of values) sketch.add(value);
      values.sort((a, b) => a - b);
      for (const share of [0, 0.01, 0.5, 0.95, 0.99, 1]) {
        const exact = values[Math.min(size - 1, Math.max(0, Math.ceil(share * size) - 1))] ?? 0;
        const found = sketch.percentile(share) ?? 0;
        expect(Math.abs(found - exact) / exact).toBeLessThanOrEqual(size <= 256 ? 0 : 0.01 + 1e-9);
      }
    }
  });

  it('are none without values, and bear what is no duration', () => {
    const sketch = new DurationSketch();
    sketch.add(Number.NaN);
    expect(sketch.percentile(0.5)).toBeUndefined();
    for (const value of [-5, 0, Number.POSITIVE_INFINITY, ...Array.from({ length: 300 }, () => 0)]) sketch.add(value);
    expect([sketch.percentile(0.5), sketch.percentile(1)]).toEqual([0, Number.POSITIVE_INFINITY]);
  });
});

describe('groups', () => {
  const records: GrowingRecord[] = [
    {
      text: '{"status":200,"msg":"GET /a took 5"}',
      level: 'info',
      component: 'web',
      durationMs: 10,
      template: 'GET <*> took <*>',
      time: START,
    },
    {
      text: '{"status":200,"msg":"GET /b took 7"}',
      level: 'error',
      component: 'web',
      durationMs: 30,
      template: 'GET <*> took <*>',
      time: START + 61_000,
    },
    {
      text: '{"status":"500","req":{"id":[1,2]}}',
      level: 'fatal',
      component: 'db',
      template: 'failed',
      time: START + 3_600_000,
    },
    { text: '{"status":null}', template: 'failed', trace: 'f00' },
  ];
  const groups = async (by: string, limit?: number): Promise<unknown> => {
    const found = await groupBy(await viewOf(records), by, { formatOf, ...(limit === undefined ? {} : { limit }) });
    return { ...found, groups: found.groups.map(({ value, count, errors }) => [value, count, errors]) };
  };

  it.each<[string, [string, number, number][], number]>([
    [
      'level',
      [
        ['info', 1, 0],
        ['error', 1, 1],
        ['fatal', 1, 1],
      ],
      1,
    ],
    [
      'component',
      [
        ['web', 2, 1],
        ['db', 1, 1],
      ],
      1,
    ],
    [
      'template',
      [
        ['GET <*> took <*>', 2, 1],
        ['failed', 2, 1],
      ],
      0,
    ],
    ['trace', [['f00', 1, 0]], 3],
    ['file', [['app.log', 4, 2]], 0],
    [
      'status',
      [
        ['200', 2, 1],
        ['500', 1, 1],
      ],
      1,
    ],
    [
      'fields.status',
      [
        ['200', 2, 1],
        ['500', 1, 1],
      ],
      1,
    ],
    ['req.id', [['[1,2]', 1, 1]], 3],
    [
      'hour',
      [
        ['2026-11-24T10:00Z', 2, 1],
        ['2026-11-24T11:00Z', 1, 1],
      ],
      1,
    ],
    [
      'minute',
      [
        ['2026-11-24T10:00Z', 1, 0],
        ['2026-11-24T10:01Z', 1, 1],
        ['2026-11-24T11:00Z', 1, 1],
      ],
      1,
    ],
    [
      'param2',
      [
        ['5', 1, 0],
        ['7', 1, 1],
      ],
      2,
    ],
  ])('by %s', async (by, expected, without) =>
    expect(await groups(by)).toEqual({ groups: expected, others: 0, without }),
  );

  it('tell how many values are beyond the limit, and percentiles', async () => {
    expect(await groups('level', 1)).toEqual({ groups: [['info', 1, 0]], others: 2, without: 1 });
    const found = await groupBy(await viewOf(records), 'component', { formatOf });
    expect(found.groups).toEqual([
      { value: 'web', count: 2, errors: 1, p50: 10, p95: 30, p99: 30 },
      { value: 'db', count: 1, errors: 1 },
    ]);
  });

  it('of more values than are noted at once are counted exactly where they are frequent', async () => {
    const many = Array.from({ length: 12_000 }, (_, at) => ({
      text: JSON.stringify({ id: at % 3 === 2 ? `late${at % 2}` : `id${at}` }),
      durationMs: 5,
    }));
    const found = await groupBy(await viewOf(many), 'id', { formatOf, limit: 2 });
    expect(found.groups.map(({ value, count }) => [value, count])).toEqual([
      ['late0', 2_000],
      ['late1', 2_000],
    ]);
    expect(found.others).toBe(8_000);
  });

  it('hold a bounded number of values, with the frequent ones among them', () => {
    const hitters = new HeavyHitters(1_000);
    for (let at = 0; at < 200_000; at += 1) {
      hitters.add(`once${at}`);
      if (at % 50 === 0) hitters.add('often');
    }
    expect(hitters.isCut).toBe(true);
    expect(hitters.top(1)[0]?.value).toBe('often');
    expect(hitters.top(10_000).length).toBeLessThanOrEqual(1_000);
    expect(Math.abs(hitters.distinct / 200_001 - 1)).toBeLessThan(0.03);
  });
});

describe('parameters of a template', () => {
  it.each<[string, string, string[] | undefined]>([
    ['connect to <*> refused', 'connect to 10.0.0.1:80 refused', ['10.0.0.1:80']],
    ['<*> took <*>', 'GET took 5 ms', ['GET', '5 ms']],
    ['<*>', 'x', ['x']],
    ['a <*>', 'a 5\n\tat Main', ['5']],
    ['a <*> b', 'a 5 b\n\tat Main', ['5']],
    ['plain', 'plain', []],
    ['plain', 'other', undefined],
    ['a <*> b', 'a 5 c', undefined],
  ])('%s of %s', (template, message, values) => expect(parametersOf(template, message)).toEqual(values));
});

describe('templates of a view', () => {
  it('are counted and described', async () => {
    const records: GrowingRecord[] = Array.from({ length: 240 }, (_, at) => ({
      text: at === 7 ? 'first\nmore' : `tick ${at}`,
      template: at === 7 ? 'first' : at >= 200 ? 'late <*>' : 'tick <*>',
      time: START + at * 60_000,
      level: at % 3 === 0 ? 'warn' : 'info',
      ...(at < 100 ? { durationMs: at } : {}),
    }));
    const view = await viewOf(records, '-"tick 3"');
    const { total, templates } = await templatesOf(view, { limit: 2 });
    expect(total).toBe(3);
    const [tick, late] = templates;
    const matching = records.filter(({ text, template }) => template === 'tick <*>' && !text.includes('tick 3'));
    expect(tick).toMatchObject({
      count: matching.length,
      firstRecord: 0,
      lastRecord: 199,
      firstLine: 1,
      lastLine: 201,
      level: 'info',
    });
    expect(tick?.template.text).toBe('tick <*>');
    expect([tick?.firstTime, tick?.lastTime]).toEqual([START, START + 199 * 60_000]);
    expect(tick?.spark.reduce((sum, count) => sum + count, 0)).toBe(matching.length);
    expect(late).toMatchObject({ count: 40, spark: [...Array(20).fill(0), 10, 10, 10, 10] });
    expect(late?.trend).toBeGreaterThan(50);
    expect(tick?.trend).toBeLessThan(1);
    expect(late?.p50).toBeUndefined();
    expect(tick?.p99).toBe(99);
    const rare = await templatesOf(view, { order: 'rare', limit: 1 });
    expect(rare.templates[0]).toMatchObject({ count: 1, firstLine: 8, lastLine: 8, firstRecord: 7 });
    const byFirst = await templatesOf(view, { order: 'first' });
    expect(byFirst.templates.map(({ firstRecord }) => firstRecord)).toEqual([0, 7, 200]);
  });
});

describe('the comparison of two views', () => {
  it('puts first what differs more than chance, in either direction', async () => {
    const make = (counts: Record<string, number>): GrowingRecord[] =>
      Object.entries(counts).flatMap(([template, count]) =>
        Array.from({ length: count }, () => ({ text: template, template, level: 'warn' as const })),
      );
    const a = await viewOf(make({ same: 1_000, gone: 50, fewer: 200, rare: 1 }));
    const b = await viewOf(make({ same: 2_000, fewer: 100, rare: 2, fresh: 400 }));
    const { recordsA, recordsB, templates } = await compareViews(a, b);
    expect([recordsA, recordsB]).toEqual([1_251, 2_502]);
    expect(templates.map(({ text }) => text)).toEqual(['fresh', 'fewer', 'gone', 'same', 'rare']);
    expect(templates.find(({ text }) => text === 'fresh')).toMatchObject({
      countA: 0,
      countB: 400,
      record: 2_102,
      isOfB: true,
      level: 'warn',
    });
    expect(templates.find(({ text }) => text === 'gone')).toMatchObject({ countA: 50, countB: 0, isOfB: false });
    const surprise = new Map(templates.map((one) => [one.text, one.surprise]));
    expect(surprise.get('rare')).toBeLessThan(1);
    expect(surprise.get('fresh')).toBeGreaterThan(10.8);
    expect((await compareViews(a, a)).templates.every((one) => one.surprise < 1e-9)).toBe(true);
  });
});
