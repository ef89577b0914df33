import { afterEach, describe, expect, it } from 'vitest';
import type { GrowingIndex } from '../../../../server/logs/index/createLogIndex.ts';
import { DiskLog } from '../../../support/diskLog.ts';
import { seededRandom } from '../../../support/randomLog.ts';
import { standInIndex } from '../../../support/standInIndex.ts';

const logs: DiskLog[] = [];
const indexes: GrowingIndex[] = [];
afterEach(() => {
  for (const index of indexes.splice(0)) index.dispose();
  for (const log of logs.splice(0)) log.dispose();
});

const START = Date.UTC(2026, 10, 24);
const line = (time: number, name: string): string => {
  const stamp = new Date(START + time).toISOString().replace('T', ' ').replace('.', ',').slice(0, 23);
  return `${stamp} INFO [m] a.B: ${name}\n`;
};

async function indexOf(contents: readonly string[], complete = true): Promise<GrowingIndex> {
  const own = contents.map((content) => new DiskLog(content, { complete }));
  logs.push(...own);
  const index = standInIndex(own);
  indexes.push(index);
  await index.caughtUp();
  return index;
}

function order(index: GrowingIndex): string[] {
  const names = Array.from({ length: index.records }, (_, at) => {
    const record = index.recordAt(at);
    expect(index.positionOf(record)).toBe(at);
    return index.textOf(record).split('B: ')[1] ?? '';
  });
  return names;
}

describe('the order of several sources', () => {
  it('is that of their times, equal ones by source', async () => {
    const a = [1, 5, 5, 9].map((time) => line(time, `a${time}`)).join('');
    const b = [0, 5, 6, 20].map((time) => line(time, `b${time}`)).join('');
    expect(order(await indexOf([a, b]))).toEqual(['b0', 'a1', 'a5', 'a5', 'b5', 'b6', 'a9', 'b20']);
  });

  it('is the order of the file for one source, whatever its times', async () => {
    const index = await indexOf([[5, 1, 9].map((time) => line(time * 1e6, `${time}`)).join('')]);
    expect(order(index)).toEqual(['5', '1', '9']);
  });

  it('keeps records without a time behind the one before them', async () => {
    const odd = `no time B: first\n${line(10, 'a10')}`;
    const index = await indexOf([odd, line(5, 'b5')]);
    expect(order(index)).toEqual(['first', 'b5', 'a10']);
  });

  it('does not let one time from the far future hold up what follows it', async () => {
    const a = [1, 1e9, 2, 3].map((time) => line(time, `a${time}`)).join('');
    const b = [2, 4].map((time) => line(time, `b${time}`)).join('');
    expect(order(await indexOf([a, b]))).toEqual(['a1', 'a2', 'b2', 'a3', 'b4', 'a1000000000']);
  });

  it('is that of a stable sort of a hundred thousand records of five sources, each in order', {
    timeout: 30_000,
  }, async () => {
    const random = seededRandom(5);
    const contents: string[] = [];
    const expected: { time: number; source: number; name: string }[] = [];
    for (let source = 0; source < 5; source += 1) {
      let time = Math.floor(random() * 50_000);
      let content = '';
      for (let n = 0; n < 20_000; n += 1) {
        time += Math.floor(random() * 4);
        content += line(time, `s${source}-${n}`);
        expected.push({ time, source, name: `s${source}-${n}` });
      }
      contents.push(content);
    }
    const index = await indexOf(contents);
    const sorted = expected.toSorted((one, other) => one.time - other.time || one.source - other.source);
    expect(order(index)).toEqual(sorted.map(({ name }) => name));
  });

  it('takes what comes later in, also when it belongs far before the end', { timeout: 20_000 }, async () => {
    const own = ['', ''].map((content) => new DiskLog(content, { complete: false }));
    logs.push(...own);
    const index = standInIndex(own);
    indexes.push(index);
    const times: { time: number; name: string }[] = [];
    const random = seededRandom(6);
    const clock = [0, 0];
    for (let round = 0; round < 8; round += 1) {
      const source = round % 2;
      let text = '';
      for (let n = 0; n < 400; n += 1) {
        clock[source] = (clock[source] ?? 0) + 1 + Math.floor(random() * 9);
        const time = 2 * (clock[source] ?? 0) + source;
        text += line(time, `${time}`);
        times.push({ time, name: `${time}` });
      }
      own[source]?.append(text);
      index.wake();
      await index.caughtUp();
      expect(order(index)).toEqual(times.toSorted((a, b) => a.time - b.time).map(({ name }) => name));
    }
  });
});
