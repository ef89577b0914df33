import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { PlainLog } from '../../../../server/logs/reading/plainLog.ts';
import { DiskLog } from '../../../support/diskLog.ts';
import { ShapeMiner, standInPlan } from '../../../support/plainStandIns.ts';
import { randomLog, seededRandom } from '../../../support/randomLog.ts';
import { standInIndex, standInPool, tellAll } from '../../../support/standInIndex.ts';

const pools = [1, 2, 3].map((threads) => standInPool(threads));
const logs: DiskLog[] = [];
afterAll(() => Promise.all(pools.map((pool) => pool.dispose())));
afterEach(() => {
  for (const log of logs.splice(0)) log.dispose();
});

const disk = (content: string | Uint8Array): DiskLog => {
  const log = new DiskLog(content);
  logs.push(log);
  return log;
};

async function told(sources: readonly PlainLog[], parts: Parameters<typeof standInIndex>[1]): Promise<string> {
  const miner = new ShapeMiner();
  const index = standInIndex(sources, { ...parts, miner });
  await index.caughtUp();
  const all = `${tellAll(index)}\n${JSON.stringify([...miner.counts])}`;
  index.dispose();
  return all;
}

describe('the index of a log', { timeout: 60_000 }, () => {
  it.each([1, 2, 3])('is the same for any size of blocks (seed %i)', async (seed) => {
    const log = disk(randomLog(seed, 3_000, { longest: 300_000 }));
    const whole = await told([log], { blockBytes: () => 1 << 30 });
    expect(whole).toContain('chunk 0');
    const random = seededRandom(seed + 100);
    for (const most of [300, 5_000, 200_000]) {
      const cut = await told([log], { blockBytes: () => 1 + Math.floor(random() * most) });
      expect(cut === whole).toBe(true);
    }
  });

  it('is the same on any number of threads', async () => {
    // Past 2 MiB the threads are used.
    const log = disk(randomLog(7, 20_000, { longest: 70_000 }));
    expect(log.size).toBeGreaterThan(4 << 20);
    const whole = await told([log], { blockBytes: () => 1 << 30 });
    const random = seededRandom(8);
    for (const pool of pools) {
      const threaded = await told([log], { pool, blockBytes: () => 1 + Math.floor(random() * 400_000) });
      expect(threaded === whole).toBe(true);
    }
  });

  it('is the same for a log that grew in any steps while it was read', async () => {
    const content = randomLog(9, 2_000, { longest: 200_000 });
    const whole = await told([disk(content)], { blockBytes: () => 1 << 30 });
    const random = seededRandom(10);
    for (const most of [2_000, 300_000]) {
      const log = new DiskLog('', { complete: false });
      logs.push(log);
      const miner = new ShapeMiner();
      const index = standInIndex([log], { miner });
      for (let at = 0; at < content.length; ) {
        const next = at + 1 + Math.floor(random() * most);
        log.append(content.subarray(at, next));
        at = next;
        index.wake();
        await new Promise((resolve) => setImmediate(resolve));
      }
      log.complete = true;
      index.wake();
      await index.caughtUp();
      expect(`${tellAll(index)}\n${JSON.stringify([...miner.counts])}` === whole).toBe(true);
      index.dispose();
    }
  });

  it('is the same with a byte order mark but for its three bytes', async () => {
    const text = randomLog(11, 300);
    const marked = disk(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), text]));
    const whole = await told([marked], { blockBytes: () => 1 << 30 });
    const cut = await told([marked], { blockBytes: () => 90 });
    expect(cut === whole).toBe(true);
    const index = standInIndex([marked]);
    await index.caughtUp();
    expect(index.chunk(0).base).toBe(3);
    expect(index.textOf(0)).toBe(text.toString('utf8').split('\n')[0]?.replace(/\r$/, ''));
    index.dispose();
  });

  it('is the same when its chunks went to a file as when they stayed in memory', async () => {
    const log = disk(randomLog(12, 80_000));
    const index = standInIndex([log]);
    const spilled = standInIndex([log], { memoryBytes: 0 });
    await Promise.all([index.caughtUp(), spilled.caughtUp()]);
    expect(spilled.chunkCount).toBeGreaterThan(1);
    expect(tellAll(spilled) === tellAll(index)).toBe(true);
    // Again, as the chunks that were decoded last were still open at first.
    expect(tellAll(spilled) === tellAll(index)).toBe(true);
    index.dispose();
    spilled.dispose();
  });

  it('gives times without a date the day that their order tells, wherever blocks begin', async () => {
    const lines = [
      '22:00:00 INFO a: x',
      '23:59:58 INFO a: x',
      '00:00:01 INFO a: x',
      '23:59:59 INFO a: late',
      '00:30:00 INFO a: x',
    ];
    const log = disk(`${lines.join('\n')}\n`);
    const plan = { ...standInPlan, lacks: 'date' as const, startMs: Date.UTC(2026, 1, 28) };
    for (const size of [7, 25, 1 << 20]) {
      const index = standInIndex([log], { plan, blockBytes: () => size });
      await index.caughtUp();
      expect([...index.chunk(0).times.subarray(0, 5)].map((time) => new Date(time).toISOString())).toEqual([
        '2026-02-28T22:00:00.000Z',
        '2026-02-28T23:59:58.000Z',
        '2026-03-01T00:00:01.000Z',
        '2026-02-28T23:59:59.000Z',
        '2026-03-01T00:30:00.000Z',
      ]);
      index.dispose();
    }
  });
});
