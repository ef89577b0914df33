import { closeSync, mkdtempSync, openSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { detectFormat } from '../../../../server/logs/formats/detectFormat.ts';
import { formatOf } from '../../../../server/logs/formats/formatOf.ts';
import { createLogIndex, type GrowingIndex } from '../../../../server/logs/index/createLogIndex.ts';
import { createScanParts } from '../../../../server/logs/index/createScanParts.ts';
import { groupBy } from '../../../../server/logs/query/groupBy.ts';
import { parseQuery } from '../../../../server/logs/query/parseQuery.ts';
import { recordOf } from '../../../../server/logs/query/recordOf.ts';
import { runQuery } from '../../../../server/logs/query/runQuery.ts';
import { createTemplateMiner } from '../../../../server/logs/templates/createTemplateMiner.ts';

let folder: string;
let closers: (() => void)[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tektra-query-'));
});
afterEach(() => {
  for (const close of closers) close();
  closers = [];
  rmSync(folder, { recursive: true, force: true });
});

async function indexOf(files: Readonly<Record<string, string>>): Promise<GrowingIndex> {
  const sources = Object.entries(files).map(([name, content]) => {
    const file = path.join(folder, name);
    writeFileSync(file, content);
    const descriptor = openSync(file, 'r');
    closers.push(() => closeSync(descriptor));
    const log = {
      name: file,
      descriptor,
      encoding: 'utf-8' as const,
      size: statSync(file).size,
      complete: true,
      notices: [],
    };
    return { log: { ...log, dispose: () => undefined }, plan: detectFormat(Buffer.from(content), { name }) };
  });
  const index = createLogIndex(sources, { ...createScanParts(), miner: createTemplateMiner(), spillFolder: folder });
  closers.unshift(() => index.dispose());
  await index.caughtUp();
  return index;
}

const at = (second: number): string => new Date(Date.parse('2026-11-24T10:00:00.000Z') + second * 1_000).toISOString();

/** Every third line an error; the status and a nested id differ from line to line. */
const json = Array.from({ length: 3_000 }, (_, line) =>
  JSON.stringify({
    time: at(2 * line),
    level: line % 3 === 0 ? 'error' : 'info',
    logger: line % 2 === 0 ? 'AgentManager' : 'db',
    msg: `request ${line} ${line % 3 === 0 ? 'failed' : 'handled'}`,
    duration_ms: line,
    req: { status: line % 5 === 0 ? 500 : 200 },
  }),
);

describe('queries over an index of files', () => {
  const found = async (index: GrowingIndex, query: string): Promise<number[]> => {
    const view = await runQuery(index, parseQuery(query), { formatOf });
    return view.slice(0, view.matches);
  };
  const lines = (holds: (line: number) => boolean): number[] => json.map((_, line) => line).filter(holds);

  it('find records by level, component, duration, text and field', async () => {
    const index = await indexOf({ 'app.jsonl': `${json.join('\n')}\n` });
    expect(index.records).toBe(3_000);
    expect(await found(index, 'level:error component:agent* duration>2s')).toEqual(
      lines((line) => line % 6 === 0 && line > 2_000),
    );
    expect(await found(index, '/error|exception|FAILED/i')).toEqual(lines((line) => line % 3 === 0));
    expect(await found(index, 'req.status>=500 -failed')).toEqual(lines((line) => line % 5 === 0 && line % 3 !== 0));
    expect(await found(index, 'message:/request 12\\d /')).toEqual(lines((line) => line >= 120 && line < 130));
    expect(await found(index, 'time:-20s..')).toEqual(lines((line) => line >= 2_989));
    const [group] = (await groupBy(await runQuery(index, parseQuery(''), { formatOf }), 'req.status', { formatOf }))
      .groups;
    expect(group).toMatchObject({ value: '200', count: 2_400, errors: 800 });
    const format = formatOf(index.sources[0]?.plan ?? { id: '', title: '', zoneMinutes: 0 });
    expect(recordOf(index, 30, format)).toMatchObject({
      line: 31,
      endLine: 31,
      time: at(60),
      level: 'error',
      component: 'AgentManager',
      durationMs: 30,
      message: 'request 30 failed',
      fields: { req: { status: 500 } },
    });
  });

  it('follow the order of time over several files', async () => {
    const text = Array.from({ length: 3_000 }, (_, line) => `${at(2 * line + 1)} WARN other: tick ${line} handled`);
    const index = await indexOf({ 'app.jsonl': `${json.join('\n')}\n`, 'other.log': `${text.join('\n')}\n` });
    expect(index.records).toBe(6_000);
    const all = await found(index, 'handled');
    const times = all.map((record) => {
      const chunk = index.chunk(index.chunkOf(record));
      return chunk.times[record - chunk.first] as number;
    });
    expect(all).toHaveLength(5_000);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    // Few matches are put in order one by one, many at one go.
    const few = await found(index, '"7 handled" duration<30 OR "tick 17 "');
    expect(few).toEqual(all.filter((record) => few.includes(record)));
    const positions = Array.from({ length: index.records }, (_, position) => index.recordAt(position));
    expect([...index.recordsAt(0, index.records)]).toEqual(positions);
    expect([...index.recordsAt(1_500, 1_600)]).toEqual(positions.slice(1_500, 1_600));
    expect(await found(index, 'file:other.log tick')).toHaveLength(3_000);
  });

  it('go on when a file shrank', async () => {
    const index = await indexOf({ 'app.jsonl': `${json.join('\n')}\n` });
    truncateSync(path.join(folder, 'app.jsonl'), json.slice(0, 1_000).join('\n').length + 1);
    const left = await found(index, 'failed');
    expect(left.length).toBeGreaterThan(100);
    expect(left.every((record) => record < 1_000)).toBe(true);
    expect(await found(index, 'level:error')).toHaveLength(1_000);
  });
});
