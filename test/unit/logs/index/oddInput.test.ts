import { ftruncateSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { GrowingIndex } from '../../../../server/logs/index/createLogIndex.ts';
import { TektraError } from '../../../../server/protocol/errors.ts';
import { DiskLog } from '../../../support/diskLog.ts';
import { ShapeMiner, standInFormat, standInParts, standInPlan } from '../../../support/plainStandIns.ts';
import { standInIndex } from '../../../support/standInIndex.ts';

const logs: DiskLog[] = [];
const indexes: GrowingIndex[] = [];
afterEach(() => {
  for (const index of indexes.splice(0)) index.dispose();
  for (const log of logs.splice(0)) log.dispose();
});

async function indexOf(
  content: string | Uint8Array,
  parts: Parameters<typeof standInIndex>[1] = {},
): Promise<{ index: GrowingIndex; log: DiskLog }> {
  const log = new DiskLog(content);
  logs.push(log);
  const index = standInIndex([log], parts);
  indexes.push(index);
  await index.caughtUp();
  return { index, log };
}

const STAMP = '2026-11-24 10:00:00,000 INFO [m] a.B: ';

/** First line and line after the end of each record. */
function linesOf(index: GrowingIndex): [number, number][] {
  const all: [number, number][] = [];
  for (let number = 0; number < index.chunkCount; number += 1) {
    const { count, lines, firstLine } = index.chunk(number);
    for (let at = 0; at < count; at += 1) {
      all.push([firstLine + (lines[at] as number), firstLine + (lines[at + 1] as number)]);
    }
  }
  return all;
}

function errorOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

describe('the index of odd input', () => {
  it('of an empty file is empty and complete', async () => {
    const { index } = await indexOf('');
    expect(index.records).toBe(0);
    expect(index.chunkCount).toBe(0);
    expect(index.complete).toBe(true);
    expect(index.sources[0]).toMatchObject({ records: 0, lines: 0, indexedBytes: 0, totalBytes: 0 });
  });

  it('of nothing but line feeds is one record of as many lines', async () => {
    const { index } = await indexOf('\n'.repeat(5000), { blockBytes: () => 64 });
    expect(linesOf(index)).toEqual([[1, 5001]]);
    expect(index.sources[0]).toMatchObject({ records: 1, lines: 5000, indexedBytes: 5000 });
  });

  it('takes each line into exactly one record, with the last line unfinished, lone carriage returns and CRLF', async () => {
    const text = `${STAMP}one\r\n  more\r\n${STAMP}two\rstill two\n\n${STAMP}three`;
    const { index } = await indexOf(text);
    expect(linesOf(index)).toEqual([
      [1, 3],
      [3, 5],
      [5, 6],
    ]);
    expect([0, 1, 2].map((record) => index.textOf(record))).toEqual([
      `${STAMP}one\r\n  more`,
      `${STAMP}two\rstill two\n`,
      `${STAMP}three`,
    ]);
    expect(index.templates().map(({ text: shape }) => shape)).toEqual(['one', 'two\rstill two', 'three']);
  });

  it('begins a record at the first line whatever it is', async () => {
    const { index } = await indexOf(`half a line\nmore\n${STAMP}x\n`);
    expect(linesOf(index)).toEqual([
      [1, 3],
      [3, 4],
    ]);
    expect(index.chunk(0).times[0]).toBeNaN();
    expect(index.templates()[0]?.text).toBe('half a line');
  });

  it('passes over NUL bytes at the beginning of a line and keeps those inside', async () => {
    const { index } = await indexOf(`\0\0\0\0${STAMP}a\0b\n\0\0\n`);
    expect(index.records).toBe(1);
    expect(index.chunk(0).times[0]).toBe(Date.UTC(2026, 10, 24, 10));
    expect(index.templates()[0]?.text).toBe('a\0b');
  });

  it('reads bytes that are no UTF-8 as Latin-1 where the log says so, and marks them otherwise', async () => {
    const bytes = Buffer.concat([Buffer.from(STAMP), Buffer.from([0x66, 0xfc, 0x72, 10])]);
    expect((await indexOf(bytes)).index.textOf(0)).toBe(`${STAMP}f\ufffdr`);
    const log = new DiskLog(bytes);
    log.encoding = 'latin1';
    logs.push(log);
    const index = standInIndex([log]);
    indexes.push(index);
    await index.caughtUp();
    expect(index.textOf(0)).toBe(`${STAMP}für`);
  });

  it('looks at no more than 64 KiB of a line, and says so', async () => {
    const { index } = await indexOf(`${STAMP}a\n${STAMP}${'x'.repeat(3_000_000)} took=5\n${STAMP}b\n`);
    expect(index.records).toBe(3);
    expect(index.notices).toEqual([
      { source: 0, line: 2, text: 'A line is longer than 64 KiB: no more was searched for fields' },
    ]);
    const { start, end, cut } = index.read(1);
    expect([end - start, cut]).toEqual([1 << 20, true]);
    expect(index.textOf(1, 100)).toHaveLength(100);
    expect(index.textOf(2)).toBe(`${STAMP}b`);
  });

  it('reads a line of 200 MB without holding it', async () => {
    // The file is sparse: a hole of 200 MB behind the first line, and lines behind the hole.
    const log = new DiskLog(`${STAMP}a\n${STAMP}b`);
    logs.push(log);
    const descriptor = openSync(log.path, 'r+');
    ftruncateSync(descriptor, 200 << 20);
    log.append(`\n${STAMP}c\n`);
    const before = process.memoryUsage.rss();
    const index = standInIndex([log]);
    indexes.push(index);
    await index.caughtUp();
    expect(index.records).toBe(3);
    expect(index.sources[0]).toMatchObject({ lines: 3, indexedBytes: log.size });
    expect(index.textOf(2)).toBe(`${STAMP}c`);
    expect(index.read(1).cut).toBe(true);
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 << 20);
  });

  it('keeps a record of many lines together and finds the trace that is near its beginning', async () => {
    const trace = Array.from({ length: 30_000 }, (_, line) => `   at a.B.c(B.java:${line})`).join('\n');
    const { index } = await indexOf(`${STAMP}boom\n${trace}\n${STAMP}calm\n`, { blockBytes: () => 10_000 });
    expect(linesOf(index)).toEqual([
      [1, 30_002],
      [30_002, 30_003],
    ]);
    expect(index.errorGroups.size).toBe(2);
    expect([...index.chunk(0).errorGroups.subarray(0, 2)]).toEqual([1, 0]);
  });

  it('takes a hundred thousand shapes, components and traces, each by its own number', {
    timeout: 30_000,
  }, async () => {
    const letters = (n: number): string => n.toString(26).replace(/\d/g, (digit) => 'qrstuvwxyz'[Number(digit)] ?? '');
    const lines = Array.from({ length: 100_000 }, (_, n) => {
      const name = letters(n);
      return `2026-11-24 10:00:00,000 INFO [m] c.${name}: ${name} trace=t${name}`;
    });
    const { index } = await indexOf(`${lines.join('\n')}\n`);
    const { shapes, components, traces, count } = index.chunk(0);
    expect(new Set(shapes.subarray(0, count)).size).toBe(count);
    expect(new Set(traces.subarray(0, count)).size).toBe(count);
    expect(new Set(components.subarray(0, count)).size).toBe(count);
    expect(index.traces.text(index.traces.find(`t${letters(99_999)}`))).toBe(`t${letters(99_999)}`);
    expect(index.traces.find('nothing')).toBe(0);
    // Bounded: what comes past 65,536 components has none.
    expect(index.components.size).toBe(65_537);
    expect(index.components.find(`c.${letters(99_999)}`)).toBe(0);
    expect(index.notices.map(({ text }) => text)).toContain(
      'More than 65536 components: those that came later are left out',
    );
  });

  it('goes on at the next line when a parser fails at one', async () => {
    const parts = standInParts();
    const { index } = await indexOf(`${STAMP}a\n${STAMP}bad\n${STAMP}c\n`, {
      formatOf: (plan) => {
        const format = standInFormat(plan);
        return {
          ...format,
          parse: (bytes, start, end, head) => {
            if (Buffer.from(bytes.subarray(start, end)).includes('bad')) throw new Error('bad line');
            return format.parse(bytes, start, end, head);
          },
        };
      },
      createShapeTable: parts.createShapeTable,
    });
    expect(linesOf(index)).toEqual([
      [1, 3],
      [3, 4],
    ]);
    expect(index.notices).toEqual([{ source: 0, line: 2, text: 'A line could not be parsed' }]);
  });

  it('lets a later line tell what the first could not, and mines the first line that holds anything otherwise', async () => {
    const format = standInFormat(standInPlan);
    const { index } = await indexOf(`${STAMP}\n\n  the message\n${STAMP}\n!ERROR from c\n`, {
      formatOf: () => ({
        ...format,
        parse: (bytes, start, end, head) => {
          if (bytes[start] !== 33) return format.parse(bytes, start, end, head);
          head.completes = true;
          head.level = 6;
          head.messageStart = start + 1;
          head.componentStart = end - 1;
          head.componentEnd = end;
          return false;
        },
      }),
    });
    expect(index.templates().map(({ text }) => text)).toEqual(['  the message', 'ERROR from c']);
    // The first line had told a level and a component: they stay.
    expect([...index.chunk(0).levels.subarray(0, 2)]).toEqual([3, 3]);
    expect(index.components.size).toBe(2);
  });

  it('groups traces that a field of the record carries', async () => {
    const stack = JSON.stringify({ stack: 'Error: x\n    at f (a.js:1)\n    at g (b.js:2)' });
    const other = stack.replace(':1)', ':7)');
    const { index } = await indexOf(
      `${STAMP}${stack}\n${STAMP}{"a":"b\\nc"}\n${STAMP}${other}\n${STAMP}{"stack":"half\\n at x (y.js:1\n`,
      { plan: { ...standInPlan, options: 'stack' } },
    );
    expect([...index.chunk(0).errorGroups.subarray(0, 4)]).toEqual([1, 0, 1, 0]);
    expect(index.errorGroups.text(1)).toBe('Error: x');
    expect(index.notices).toEqual([{ source: 0, line: 4, text: 'A line could not be parsed' }]);
  });
});

describe('a source that goes away', () => {
  it('is read to where it ends when it shrank while it was read', async () => {
    const log = new DiskLog(`${STAMP}a\n`.repeat(40_000));
    logs.push(log);
    const index = standInIndex([log]);
    indexes.push(index);
    index.onChange(() => log.truncate(1_000_000 - 7));
    await index.caughtUp();
    expect(index.records).toBeGreaterThan(10_000);
    expect(index.records).toBeLessThan(40_000);
    expect(index.notices).toEqual([
      { source: 0, text: 'The file became shorter while it was read: what was behind is missing' },
    ]);
    expect(index.textOf(0)).toBe(`${STAMP}a`);
  });

  it('says that a record is gone when the file shrank, was emptied, or was written anew since', async () => {
    const { index, log } = await indexOf(`${STAMP}first\n${STAMP}second\n${STAMP}third\n`);
    expect(index.textOf(2)).toBe(`${STAMP}third`);
    await new Promise((resolve) => setImmediate(resolve));
    log.truncate(60);
    for (const record of [1, 2]) {
      expect(errorOf(() => index.textOf(record))).toSatisfy(
        (error) => error instanceof TektraError && error.code === 'log.gone',
      );
    }
    expect(index.textOf(0)).toBe(`${STAMP}first`);
    log.truncate(0);
    log.append('something else without any line feed that is long enough to cover what was there'.repeat(3));
    await new Promise((resolve) => setImmediate(resolve));
    expect(errorOf(() => index.textOf(1))).toMatchObject({ code: 'log.gone' });
  });

  it('stays readable when its path is gone', async () => {
    const { index, log } = await indexOf(`${STAMP}first\n${STAMP}second\n`);
    rmSync(log.path);
    expect(index.textOf(1)).toBe(`${STAMP}second`);
  });

  it('is told when it cannot be read at all, and the others are read', async () => {
    const bad = { ...plainLog(`${STAMP}x\n`), descriptor: 9_999 };
    const good = new DiskLog(`${STAMP}good\n`);
    logs.push(good);
    const index = standInIndex([bad, good]);
    indexes.push(index);
    await index.caughtUp();
    expect(index.records).toBe(1);
    expect(index.notices).toMatchObject([{ source: 0, text: expect.stringContaining('EBADF') }]);
  });

  it('is kept as far as the temporary file could be written', { timeout: 30_000 }, async () => {
    const { index } = await indexOf(`${STAMP}a\n`.repeat(200_000), {
      memoryBytes: 0,
      spillFolder: path.join(tmpdir(), 'tektra-no-such-folder'),
      miner: new ShapeMiner(),
    });
    expect(index.complete).toBe(true);
    expect(index.records).toBe(65_536);
    expect(index.notices).toMatchObject([{ source: 0, text: expect.stringContaining('ENOENT') }]);
    expect(index.textOf(65_535)).toBe(`${STAMP}a`);
  });
});

function plainLog(content: string) {
  return {
    name: 'x',
    descriptor: -1,
    encoding: 'utf-8' as const,
    size: content.length,
    complete: true,
    notices: [],
    dispose: () => undefined,
  };
}
