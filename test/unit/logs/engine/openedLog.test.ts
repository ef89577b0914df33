import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogEngine } from '../../../../server/logs/engine/createLogEngine.ts';
import type { LogEngine } from '../../../../server/logs/engine/logEngine.ts';
import type { LogSummary } from '../../../../server/protocol/logs.ts';

const { signal } = new AbortController();
const call = { signal };

/** A service that works for an hour, then loses its database. */
function serviceLog(): string {
  const lines: string[] = [];
  const start = Date.UTC(2026, 10, 24, 10);
  const line = (ms: number, level: string, component: string, message: string): void => {
    lines.push(`${new Date(start + ms).toISOString()} ${level} [${component}] ${message}`);
  };
  for (let at = 0; at < 3_000; at += 1) {
    const component = ['http', 'cache', 'jobs'][at % 3] ?? '';
    line(at * 1_000, 'INFO', component, `request ${at} of user${at % 7} completed in ${20 + (at % 30)} ms`);
  }
  for (let at = 0; at < 40; at += 1) {
    line(3_000_000 + at * 100, 'ERROR', 'pool', `connect to db:5432 refused trace_id=4bf92f${at}`);
    lines.push('java.net.ConnectException: Connection refused', `\tat com.shop.Pool.connect(Pool.java:${42})`);
  }
  return `${lines.join('\n')}\n`;
}

describe('an opened log', () => {
  let folder: string;
  let file: string;
  let engine: LogEngine;
  let log: LogSummary;
  const changes: LogSummary[] = [];
  const open = async (follow = false): Promise<LogSummary> =>
    engine.open({ sources: [{ kind: 'file', path: file }], follow }, call);
  const settled = async (name: string): Promise<LogSummary> => {
    for (;;) {
      const summary = await engine.get({ log: name });
      if (summary.state !== 'reading') return summary;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'tektra-log-'));
    file = path.join(folder, 'service.log');
    writeFileSync(file, serviceLog());
    engine = createLogEngine({ temporaryFolder: folder, onChange: (summary) => void changes.push(summary) });
    log = await settled((await open()).log);
  });
  afterAll(async () => {
    await engine.close({ log: log.log });
    rmSync(folder, { recursive: true, force: true });
  });

  it('tells what it holds', () => {
    expect(log).toMatchObject({ state: 'complete', records: 3_040, components: 4, notices: [] });
    expect(log.sources[0]).toMatchObject({ name: file, records: 3_040, lines: 3_120 });
    expect(log.levels).toEqual([0, 0, 0, 3_000, 0, 0, 40, 0]);
    expect(log.from).toBe(Date.UTC(2026, 10, 24, 10));
  });

  it('filters, and lists what matches', async () => {
    const found = await engine.query({ log: log.log, query: 'level:error component:pool' }, call);
    expect(found).toMatchObject({ matches: 40, scanned: 3_040, done: true });
    expect(found.described).toBeTruthy();
    const { rows, matches } = await engine.rows({ log: log.log, view: found.view, position: 38, count: 10 });
    expect(matches).toBe(40);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({ line: 3_115, level: 6, component: 'pool', moreLines: 2 });
    expect(rows[0]?.message).toContain('connect to db:5432 refused');
  });

  it('says where a query is wrong', async () => {
    await expect(engine.query({ log: log.log, query: 'level:eror' }, call)).rejects.toMatchObject({
      code: 'log.query-invalid',
    });
  });

  it('tells all of one record: text, template, parameters, frames, and what can be said of it', async () => {
    const record = await engine.record({ log: log.log, record: 3_000 });
    expect(record).toMatchObject({ line: 3_001, endLine: 3_003, level: 'error', component: 'pool', templateCount: 40 });
    expect(record.text).toContain('java.net.ConnectException');
    expect(record.frames).toEqual([expect.objectContaining({ file: 'Pool.java', line: 42 })]);
    expect(record.parameters.length).toBeGreaterThan(0);
    expect(record.notes.join(' ')).toContain('first of 40 records of its kind');
  });

  it('ranks what stands out, the lost database first', async () => {
    const findings = await engine.findings({ log: log.log }, call);
    expect(findings[0]).toMatchObject({ line: 3_001, level: 'error' });
    expect(findings.length).toBeLessThanOrEqual(3);
  });

  it('draws the outline of a document: folds, error groups, marks', async () => {
    const outline = await engine.outline({ log: log.log }, call);
    expect(outline.folds).toHaveLength(40);
    expect(outline.folds[0]).toEqual({ line: 3_001, endLine: 3_003 });
    expect(outline.errorGroups).toEqual([
      expect.objectContaining({ count: 40, name: expect.stringContaining('ConnectException') }),
    ]);
    expect(outline.marks).toContainEqual(expect.objectContaining({ line: 3_001, mark: 'new' }));
    expect(outline.cut).toBe(false);
  });

  it('knows the record of each line, also of one inside a stack trace', async () => {
    const line = await engine.line({ log: log.log, line: 3_003 });
    expect(line).toMatchObject({ line: 3_001, endLine: 3_003, level: 'error', traceId: '4bf92f0' });
    expect(line?.template.count).toBe(40);
    expect(await engine.line({ log: log.log, line: 9_999 })).toBeNull();
  });

  it('counts over time, by template and by field', async () => {
    const histogram = await engine.histogram({ log: log.log, view: 'all', buckets: 50 }, call);
    const sum = (counts: readonly number[] = []): number => counts.reduce((total, count) => total + count, 0);
    expect(sum(histogram.levels[3])).toBe(3_000);
    expect(sum(histogram.levels[6])).toBe(40);
    const { templates, total } = await engine.templates({ log: log.log, view: 'all' }, call);
    expect(total).toBe(templates.length);
    expect(templates[0]).toMatchObject({ count: 3_000, level: 'info' });
    expect(templates[0]?.p50).toBeGreaterThan(19);
    const { groups } = await engine.group({ log: log.log, view: 'all', by: 'component' }, call);
    expect(groups.map(({ value, count }) => [value, count])).toContainEqual(['pool', 40]);
  });

  it('compares two views', async () => {
    const [early, late] = await Promise.all([
      engine.query({ log: log.log, query: '', to: Date.UTC(2026, 10, 24, 10, 50) - 1 }, call),
      engine.query({ log: log.log, query: '', from: Date.UTC(2026, 10, 24, 10, 50) }, call),
    ]);
    const { templates } = await engine.compare(
      { a: { log: log.log, view: early.view }, b: { log: log.log, view: late.view } },
      call,
    );
    expect(templates).toContainEqual(expect.objectContaining({ countA: 0, countB: 40, level: 'error' }));
    expect(templates).toContainEqual(expect.objectContaining({ countA: 3_000, countB: 0, level: 'info' }));
  });

  it('goes on with what is written to a followed log', async () => {
    const followed = await open(true);
    await settled(followed.log);
    const found = await engine.query({ log: followed.log, query: 'level:fatal' }, call);
    expect(found.matches).toBe(0);
    appendFileSync(file, '2026-11-24T12:00:00.000Z FATAL [pool] gave up\n2026-11-24T12:00:01.000Z INFO [http] bye\n');
    for (let matches = 0; matches === 0; ) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      ({ matches } = await engine.rows({ log: followed.log, view: found.view, position: 0, count: 10 }));
    }
    expect(changes.some((summary) => summary.log === followed.log)).toBe(true);
    await engine.close({ log: followed.log });
    await expect(engine.get({ log: followed.log })).rejects.toMatchObject({ code: 'log.unknown' });
  });

  it('reads formats of the settings first, and tells of one that is written wrong', async () => {
    const text = Array.from({ length: 50 }, (_, at) => `<<${at}>> lvl=E part:pump | pressure is ${at}`).join('\n');
    const opened = await engine.open(
      {
        sources: [{ kind: 'text', name: 'pump.txt', text }],
        formats: [
          { name: 'wrong', pattern: '(?<message' },
          { name: 'pump', pattern: String.raw`^<<\d+>> lvl=(?<level>\w) part:(?<component>\w+) \| (?<message>.*)$` },
        ],
      },
      call,
    );
    const summary = await settled(opened.log);
    expect(summary.sources[0]?.format).toContain('pump');
    expect(summary.notices).toEqual([{ source: '', text: expect.stringContaining('wrong') }]);
    const { rows } = await engine.rows({ log: opened.log, view: 'all', position: 7, count: 1 });
    expect(rows[0]).toMatchObject({ component: 'pump', level: 6, message: 'pressure is 7' });
    await engine.close({ log: opened.log });
  });

  it('refuses what is no readable log, with the next step', async () => {
    await expect(
      engine.open({ sources: [{ kind: 'file', path: path.join(folder, 'gone.log') }] }, call),
    ).rejects.toMatchObject({ code: 'log.unreadable' });
  });

  it('reads the text of an unsaved document, and shows no control character as it is', async () => {
    const text = '2026-11-24T10:00:00Z INFO [a] \u001b[31mred\u001b[0m \u202egnp.exe\n';
    const opened = await engine.open({ sources: [{ kind: 'text', name: 'Untitled-1', text }] }, call);
    await settled(opened.log);
    const { rows } = await engine.rows({ log: opened.log, view: 'all', position: 0, count: 5 });
    expect(rows[0]?.message).toContain('\\u{202e}');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    expect(rows[0]?.message).not.toMatch(/[\u001b\u202e]/);
    await engine.close({ log: opened.log });
  });
});
