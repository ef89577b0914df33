import { describe, expect, it } from 'vitest';
import { findFindings } from '../../../../server/logs/findings/findFindings.ts';
import { LogFinding } from '../../../../server/protocol/logRecord.ts';
import { growingIndex } from '../../../support/growingIndex.ts';
import { type MemoryRecord, memoryIndex } from '../../../support/memoryIndex.ts';
import { insert, ordinary, START } from '../../../support/ordinaryLog.ts';

describe('what matters first in a log', () => {
  it('is nothing in ordinary work, at any load', async () => {
    expect(await findFindings(memoryIndex(ordinary()))).toEqual([]);
    const busyAtNoon = ordinary().filter(
      (_, second) => (second > 1_200 && second < 2_400) || second % 9 < 2 || second % 30 === 7,
    );
    expect(await findFindings(memoryIndex(busyAtNoon))).toEqual([]);
  });

  it('is an error that was never there before, with when and how long it had been quiet', async () => {
    const records = insert(ordinary(), 2_527, {
      text: 'certificate of peer 9 was revoked',
      level: 'error',
      component: 'tls',
    });
    const [finding, ...others] = await findFindings(memoryIndex(records));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ kind: 'new', line: 2_528, record: 2_527, level: 'error', file: 'memory.log' });
    expect(finding?.reason).toBe('first seen at 10:42:07; never in the 2,527 records before');
    expect(finding?.template?.text).toBe('certificate of peer <*> was revoked');
    expect(LogFinding.parse(finding)).toMatchObject({ kind: 'new' });
    expect(finding?.score).toBeGreaterThan(0.9);
  });

  it('keeps the fingerprint of a finding in another run, at another time with other numbers', async () => {
    const [one] = await findFindings(
      memoryIndex(insert(ordinary(), 2_527, { text: 'peer 9 was revoked', level: 'error' })),
    );
    const [two] = await findFindings(
      memoryIndex(insert(ordinary(3_000), 1_900, { text: 'peer 31 was revoked', level: 'error' })),
    );
    const [other] = await findFindings(
      memoryIndex(insert(ordinary(), 2_527, { text: 'peer 9 was dismissed', level: 'error' })),
    );
    expect(two?.fingerprint).toBe(one?.fingerprint);
    expect(other?.fingerprint).not.toBe(one?.fingerprint);
  });

  it('is no template that an earlier log of the program held', async () => {
    const records = insert(ordinary(), 2_000, { text: 'peer 9 was revoked', level: 'error' });
    const known = new Set(['peer <*> was revoked']);
    expect((await findFindings(memoryIndex(records), { known })).filter(({ kind }) => kind === 'new')).toEqual([]);
  });

  it('is a message that comes ten times as often for a while, not load that moves all of them', async () => {
    const records = ordinary().flatMap((record, second) =>
      second >= 2_000 && second < 2_200 && record.component === 'cache'
        ? Array.from({ length: 10 }, () => record)
        : [record],
    );
    const [finding, ...others] = await findFindings(memoryIndex(records));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ kind: 'burst', template: { text: 'hit for key <*>' } });
    expect(finding?.reason).toMatch(
      /^[\d.]+× as frequent for .*, at 10:33:[12]\d: \d+ records where \d+ would be usual$/,
    );
    const all = ordinary().flatMap((record, second) =>
      second >= 2_000 && second < 2_200 && record.component !== 'health'
        ? Array.from({ length: 10 }, () => record)
        : [record],
    );
    expect((await findFindings(memoryIndex(all))).filter(({ kind }) => kind === 'burst')).toEqual([]);
  });

  it('is no burst that comes every ten minutes', async () => {
    const records = ordinary().flatMap((record, second) =>
      second % 600 < 40 && record.component === 'db' ? Array.from({ length: 10 }, () => record) : [record],
    );
    expect(await findFindings(memoryIndex(records))).toEqual([]);
  });

  it('is a heartbeat that stopped, and one that paused', async () => {
    const isBeat = ({ component }: MemoryRecord): boolean => component === 'health';
    const stopped = ordinary().filter((record, second) => !isBeat(record) || second < 2_500);
    const [end] = await findFindings(memoryIndex(stopped));
    expect(end).toMatchObject({
      kind: 'silence',
      template: { text: 'heartbeat <*>' },
      time: '2026-11-24T10:41:37.000Z',
    });
    expect(end?.reason).toMatch(
      /^came every 30 s \(84 times, never more than 30 s apart\) and not since 10:41:37: silent for 18 minutes while/,
    );
    const paused = ordinary().filter((record, second) => !isBeat(record) || second < 2_000 || second > 2_400);
    const [gap] = await findFindings(memoryIndex(paused));
    expect(gap).toMatchObject({ kind: 'silence', template: { text: 'heartbeat <*>' } });
    expect(gap?.reason).toMatch(
      /^came every 30 s, but not for 7 minutes after 10:33:07, while \d+ other records came$/,
    );
  });

  it('is a pause of the whole log', async () => {
    const records = ordinary().map((record, second) => ({
      ...record,
      time: START + second * 1000 + (second > 2_000 ? 900_000 : 0),
    }));
    const [finding] = await findFindings(memoryIndex(records));
    expect(finding).toMatchObject({ kind: 'silence', line: 2_001 });
    expect(finding?.reason).toBe(
      'nothing at all for 15 minutes after 10:33:20, where records are never more than 1 s apart otherwise',
    );
  });

  it('is a message that came with every twentieth piece of work and stopped, in a log whose clock jumps', async () => {
    const uneven = (second: number): number => START + second * 1000 + Math.floor(second / 250) * 7_200_000;
    const records = ordinary().flatMap((record, second): MemoryRecord[] => {
      const time = uneven(second);
      const own = record.component === 'health' ? [] : [{ ...record, time }];
      return second % 20 === 3 && second < 2_300 ? [...own, { text: `batch ${second} flushed`, time }] : own;
    });
    const [finding] = await findFindings(memoryIndex(records));
    expect(finding).toMatchObject({ kind: 'silence', template: { text: 'batch <*> flushed' } });
    expect(finding?.reason).toMatch(/^came every \d+ records/);
  });

  it('is no complaint of a program that was asked to end', async () => {
    const end: MemoryRecord[] = [
      { text: 'received fast shutdown request', level: 'info' },
      { text: 'aborting any active transactions', level: 'info' },
      { text: 'database system is shut down', level: 'info' },
    ];
    const records = [...ordinary(), ...end.map((record) => ({ ...record, time: START + 3_600_000 }))];
    expect(await findFindings(memoryIndex(records))).toEqual([]);
  });

  it('is a component whose records become warnings', async () => {
    const records = ordinary().map(
      (record, second): MemoryRecord =>
        second > 2_400 && second % 2 === 0 && record.component === 'db' ? { ...record, level: 'error' } : record,
    );
    const [finding] = await findFindings(memoryIndex(records));
    expect(finding).toMatchObject({ kind: 'burst', level: 'error', template: { text: 'query of <*> rows' } });
    expect(finding?.reason).toMatch(/% of .* records are warnings or worse since then, at 10:40:\d\d; 0 % otherwise/);
  });

  it('is a message whose durations rise, with percentiles before and after', async () => {
    const records = ordinary().map((record, second) =>
      second > 2_000 && record.component === 'http' ? { ...record, durationMs: (record.durationMs ?? 0) * 4 } : record,
    );
    const [finding, ...others] = await findFindings(memoryIndex(records));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ kind: 'slow', template: { text: 'GET /users <*>' } });
    expect(finding?.reason).toMatch(
      /^4(\.\d)?× as slow at 10:3\d:\d\d and since: p50 11\d ms after 2\d ms, p95 1\d\d ms after 3\d ms/,
    );
  });

  it('is one record that took far too long', async () => {
    const records = ordinary();
    records[2_222] = { ...(records[2_222] as MemoryRecord), durationMs: 61_000 };
    const [finding] = await findFindings(memoryIndex(records));
    expect(finding).toMatchObject({ kind: 'slow', line: 2_223 });
    expect(finding?.reason).toContain('took 61 s');
  });

  it('is a program that does not stay up', async () => {
    const life = (number: number): MemoryRecord[] => {
      const time = START + 2_000_000 + number * 20_000;
      return [
        { text: 'application starting on port 8080', time, level: 'info' },
        { text: 'server listening on 8080', time: time + 300, level: 'info' },
        { text: 'fatal: cannot bind shard, exiting', time: time + 900, level: 'fatal' },
      ];
    };
    const records = insert(ordinary(), 2_000, ...[0, 1, 2, 3, 4].flatMap(life));
    const findings = await findFindings(memoryIndex(records), { minScore: 0 });
    expect(findings.find(({ kind }) => kind === 'restart')?.reason).toMatch(
      /^started 5 times within .*: it does not stay up/,
    );
  });

  it('tells steady errors only when it is asked for everything', async () => {
    const records = ordinary().map(
      (record, second): MemoryRecord =>
        second % 400 === 40
          ? {
              ...record,
              text: `boom\n  at f (a.js:${second})`,
              level: 'error',
              errorGroup: 'TypeError: boom',
              template: 'boom',
            }
          : record,
    );
    expect(await findFindings(memoryIndex(records))).toEqual([]);
    const [group] = (await findFindings(memoryIndex(records), { minScore: 0 })).filter(
      ({ kind }) => kind === 'error-group',
    );
    expect(group?.reason).toBe('TypeError: boom: 9 times, first at 10:00:40, last at 10:54:00');
  });

  it('explains its rank by weights that add up to its score', async () => {
    const [finding] = await findFindings(memoryIndex(insert(ordinary(), 2_500, { text: 'odd', level: 'error' })));
    const points = finding?.weights.reduce((sum, weight) => sum + weight.points, 0) ?? 0;
    expect(finding?.score).toBeCloseTo(1 / (1 + Math.exp((6 - points) / 2.5)), 1);
  });
});

describe('logs that are not as one would like', () => {
  const withoutTimes = (records: MemoryRecord[]): MemoryRecord[] => records.map(({ time: _, ...rest }) => rest);

  it('without any time: by the order of records', async () => {
    const records = insert(withoutTimes(ordinary()), 2_527, { text: 'certificate revoked', level: 'error' }).map(
      ({ time: _, ...rest }) => rest,
    );
    const [finding] = await findFindings(memoryIndex(records));
    expect(finding).toMatchObject({ kind: 'new', line: 2_528 });
    expect(finding?.time).toBeUndefined();
    expect(finding?.reason).toBe('first seen in record 2,528; never in the 2,527 records before');
    const stopped = withoutTimes(ordinary()).filter(
      ({ component }, second) => component !== 'health' || second < 2_500,
    );
    expect((await findFindings(memoryIndex(stopped)))[0]).toMatchObject({ kind: 'silence' });
  });

  it('empty, of one record, of times that make no sense', async () => {
    expect(await findFindings(memoryIndex([]))).toEqual([]);
    expect(await findFindings(memoryIndex([{ text: 'fatal', level: 'fatal' }]))).toBeInstanceOf(Array);
    const times = [Number.NEGATIVE_INFINITY, 8.64e15, -8.64e15, 0, 1e300, Number.NaN];
    const records = ordinary(600).map((record, at) => ({
      ...record,
      time: times[at % times.length] as number,
      level: 'error' as const,
    }));
    for (const finding of await findFindings(memoryIndex(records), { minScore: 0 })) LogFinding.parse(finding);
    const backwards = ordinary().map((record, at) => ({ ...record, time: START - at * 1000 }));
    for (const finding of await findFindings(memoryIndex(backwards), { minScore: 0 })) LogFinding.parse(finding);
  });

  it('of several sources, merged by time', async () => {
    const records = ordinary();
    const first = records.map((record) => ({ ...record, source: 0 }));
    const second = insert(records, 2_527, { text: 'certificate revoked', level: 'error' }).map((record) => ({
      ...record,
      source: 1,
    }));
    const index = growingIndex([...first, ...second], { names: ['a.log', 'b.log'] });
    index.grow(first.length + second.length);
    index.end();
    expect(await findFindings(index)).toMatchObject([{ kind: 'new', file: 'b.log', record: 3_600 + 2_527 }]);
  });

  it('of a hundred thousand templates, in bounded work', { timeout: 60_000 }, async () => {
    const records = Array.from({ length: 100_000 }, (_, at) => ({
      text: 'x',
      template: `message ${at.toString(36)} failed with ${(at * 7).toString(36)}`,
      time: START + at * 10,
      level: 'error' as const,
    }));
    expect((await findFindings(memoryIndex(records))).length).toBeLessThanOrEqual(2);
  });

  it('that are closed meanwhile', async () => {
    const controller = new AbortController();
    const promise = findFindings(memoryIndex(ordinary()), { signal: controller.signal });
    controller.abort(new Error('closed'));
    await expect(promise).rejects.toThrow('closed');
  });
});
