import { describe, expect, it } from 'vitest';
import { restartsOf } from '../../../../server/logs/findings/restartsOf.ts';
import { type MemoryRecord, memoryIndex } from '../../../support/memoryIndex.ts';

const work = (count: number, from: number): MemoryRecord[] =>
  Array.from({ length: count }, (_, number) => ({ text: `GET /users ${number} in 12 ms`, time: from + number * 1000 }));

describe('where processes began', () => {
  it('are PostgreSQL’s starts: the first, one after a wanted end, one after a crash', async () => {
    const start = (time: number): MemoryRecord[] => [
      { text: 'starting PostgreSQL 15.18 on x86_64-pc-linux-gnu', time, level: 'info' },
      { text: 'listening on Unix socket "/tmp/.s.PGSQL.5432"', time: time + 5, level: 'info' },
      { text: 'database system is ready to accept connections', time: time + 40, level: 'info' },
    ];
    const records = [
      ...start(0),
      ...work(300, 1_000),
      { text: 'received fast shutdown request', time: 301_000 },
      ...start(303_000),
      ...work(300, 304_000),
      { text: 'server process (PID 7) was terminated by signal 9: Killed', time: 604_000 },
      ...start(605_000),
      ...work(300, 606_000),
    ];
    const restarts = await restartsOf(memoryIndex(records));
    expect(restarts.map(({ record, after, isFirst }) => [record, after, isFirst])).toEqual([
      [0, 'nothing', true],
      [304, 'farewell', false],
      [608, 'crash', false],
    ]);
    expect(restarts[2]?.endedAt).toBe(607);
  });

  it('are found after a pause alone', async () => {
    const start = (time: number): MemoryRecord[] => [
      { text: 'Starting the billing service, version 4', time },
      { text: 'HTTP server listening on port 80', time: time + 9 },
    ];
    const records = [...start(0), ...work(200, 1_000), ...start(9_000_000), ...work(200, 9_001_000)];
    expect((await restartsOf(memoryIndex(records))).map(({ record, after }) => [record, after])).toEqual([
      [0, 'nothing'],
      [202, 'silence'],
    ]);
  });

  it('are none in tasks that start all the time', async () => {
    const records = Array.from({ length: 500 }, (_, number) => ({
      text: `Starting task ${number} in stage 3`,
      time: number * 100,
    }));
    expect(await restartsOf(memoryIndex(records))).toEqual([]);
  });
});
