import { afterEach, describe, expect, it } from 'vitest';
import type { GrowingIndex } from '../../../../server/logs/index/createLogIndex.ts';
import { DiskLog } from '../../../support/diskLog.ts';
import { ShapeMiner } from '../../../support/plainStandIns.ts';
import { randomLog } from '../../../support/randomLog.ts';
import { standInIndex, tellAll } from '../../../support/standInIndex.ts';

const logs: DiskLog[] = [];
const indexes: GrowingIndex[] = [];
afterEach(() => {
  for (const index of indexes.splice(0)) index.dispose();
  for (const log of logs.splice(0)) log.dispose();
});

function follow(
  contents: readonly string[],
  parts: Parameters<typeof standInIndex>[1] = {},
): { index: GrowingIndex; grow: (text: string, log?: number) => Promise<void>; logs: DiskLog[] } {
  const own = contents.map((content) => new DiskLog(content, { complete: false }));
  logs.push(...own);
  const index = standInIndex(own, parts);
  indexes.push(index);
  return {
    index,
    logs: own,
    grow: async (text, log = 0) => {
      own[log]?.append(text);
      index.wake();
      await index.caughtUp();
    },
  };
}

const stamp = (second: number): string => `2026-11-24 10:00:${String(second).padStart(2, '0')},000 INFO [m] a.B: `;
const texts = (index: GrowingIndex): string[] =>
  Array.from({ length: index.records }, (_, record) => index.textOf(record));

describe('an index of a log that grows', () => {
  it('shows what was appended, and the rest of a line once it came', async () => {
    const miner = new ShapeMiner();
    const { index, grow } = follow([`${stamp(1)}one\n${stamp(2)}tw`], { miner });
    await index.caughtUp();
    expect(texts(index)).toEqual([`${stamp(1)}one`, `${stamp(2)}tw`]);
    expect(index.sources[0]).toMatchObject({ records: 2, lines: 2 });
    await grow(`o\n${stamp(3)}three\n`);
    expect(texts(index)).toEqual([`${stamp(1)}one`, `${stamp(2)}two`, `${stamp(3)}three`]);
    expect(index.sources[0]).toMatchObject({ records: 3, lines: 3 });
    const { shapes } = index.chunk(0);
    const templates = new Map(index.templates().map(({ id, text }) => [id, text]));
    expect([...shapes.subarray(0, 3)].map((shape) => templates.get(shape))).toEqual(['one', 'two', 'three']);
  });

  it('joins the lines of a record that came one by one', async () => {
    const miner = new ShapeMiner();
    const { index, grow } = follow([`${stamp(1)}boom\n`], { miner });
    await index.caughtUp();
    expect(index.chunk(0).errorGroups[0]).toBe(0);
    await grow('   at a.B.c(B.java:1)\n');
    await grow('   at a.B.d(B.java:2)\n');
    expect(texts(index)).toEqual([`${stamp(1)}boom\n   at a.B.c(B.java:1)\n   at a.B.d(B.java:2)`]);
    expect(index.chunk(0).errorGroups[0]).toBeGreaterThan(0);
    expect(miner.counts.get('boom')).toBe(1);
    await grow(`${stamp(2)}calm\n`);
    expect(index.records).toBe(2);
    expect(index.chunk(0).lines[1]).toBe(3);
  });

  it('never has fewer records than before, nor half a line while more is being written', async () => {
    const content = randomLog(3, 4_000, { longest: 100_000 });
    const log = new DiskLog('', { complete: false });
    logs.push(log);
    const index = standInIndex([log]);
    indexes.push(index);
    let last = 0;
    index.onChange(() => {
      expect(index.records).toBeGreaterThanOrEqual(last);
      last = index.records;
    });
    for (let at = 0; at < content.length; at += 30_011) {
      log.append(content.subarray(at, at + 30_011));
      index.wake();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    log.complete = true;
    index.wake();
    await index.caughtUp();
    const whole = new DiskLog(content);
    logs.push(whole);
    const once = standInIndex([whole]);
    indexes.push(once);
    await once.caughtUp();
    expect(tellAll(index) === tellAll(once)).toBe(true);
  });

  it('keeps the records of several logs apart that grow by turns', async () => {
    const { index, grow, logs: own } = follow([`${stamp(1)}a1\n`, `${stamp(2)}b1\n`]);
    await index.caughtUp();
    await grow(`${stamp(3)}a2\n  of a2\n`, 0);
    await grow(`${stamp(4)}b2\n`, 1);
    await grow('  more of a2\n', 0);
    expect(texts(index)).toEqual([
      `${stamp(1)}a1`,
      `${stamp(2)}b1`,
      `${stamp(3)}a2\n  of a2\n  more of a2`,
      `${stamp(4)}b2`,
    ]);
    const late = new DiskLog(`${stamp(0)}c1\n`);
    logs.push(late);
    own.push(late);
    index.add({ log: late, plan: index.sources[0]?.plan ?? { id: '', title: '', zoneMinutes: 0 } });
    await index.caughtUp();
    expect(Array.from({ length: 5 }, (_, at) => index.textOf(index.recordAt(at)).split('B: ')[1]?.slice(0, 2))).toEqual(
      ['c1', 'a1', 'b1', 'a2', 'b2'],
    );
  });

  it('is complete, and ends, when it is told so or disposed of', async () => {
    const { index, logs: own } = follow([`${stamp(1)}a`]);
    const waited = index.caughtUp();
    index.dispose();
    await waited;
    const second = standInIndex(own);
    indexes.push(second);
    await second.caughtUp();
    expect(second.complete).toBe(true);
    if (own[0]) own[0].complete = true;
    second.wake();
    await second.caughtUp();
    expect(second.records).toBe(1);
  });
});
