import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogFormat } from '../../../../server/logs/formats/logFormat.ts';
import { type ExportSink, openFileSink } from '../../../../server/logs/query/exportSink.ts';
import { exportView } from '../../../../server/logs/query/exportView.ts';
import type { FilteredView } from '../../../../server/logs/query/filteredView.ts';
import { parseQuery } from '../../../../server/logs/query/parseQuery.ts';
import { runQuery } from '../../../../server/logs/query/runQuery.ts';
import { LogRecord } from '../../../../server/protocol/logRecord.ts';
import { createRedactor } from '../../../../server/security/redactText.ts';
import { type GrowingRecord, growingIndex } from '../../../support/growingIndex.ts';
import { fieldsOf } from '../../../support/referenceQuery.ts';

const formatOf = (): LogFormat => ({
  id: 'json',
  title: 'JSON lines',
  parse: () => true,
  fields: fieldsOf,
  message: (text) => String(fieldsOf(text).msg ?? text),
});

const records: GrowingRecord[] = [
  {
    text: '{"msg":"say \\"hi\\", a","password":"hunter22","n":1}',
    time: '2026-11-24T10:00:00.123Z',
    level: 'error',
    component: 'db',
    durationMs: 0.1,
    trace: 'f00',
    template: 'say <*>',
  },
  { text: 'skipped' },
  { text: '=cmd() größe\n\tat Main.java:3', time: '2026-11-24T10:00:01Z', durationMs: 16_777_215, template: '=cmd()' },
  { text: '-7', template: 'number' },
];

async function viewOf(list: readonly GrowingRecord[], query = '-skipped'): Promise<FilteredView> {
  const index = growingIndex(list, { chunkRecords: 1_000, names: ['app.log'] });
  index.grow(list.length);
  return runQuery(index, parseQuery(query), { formatOf });
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tektra-export-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function exported(format: 'jsonl' | 'csv' | 'text', redact?: (text: string) => string): Promise<string> {
  const file = path.join(folder, `out.${format}`);
  const written = await exportView(await viewOf(records), format, await openFileSink(file), {
    formatOf,
    ...(redact ? { redact } : {}),
  });
  const text = await readFile(file, 'utf8');
  expect(written).toEqual({ records: 3, bytes: Buffer.byteLength(text) });
  expect(await readdir(folder)).toEqual([`out.${format}`]);
  return text;
}

describe('an export', () => {
  it('as JSON lines has the shape of the contract', async () => {
    const lines = (await exported('jsonl'))
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(lines).toEqual([
      {
        file: 'app.log',
        line: 1,
        endLine: 1,
        time: '2026-11-24T10:00:00.123Z',
        level: 'error',
        component: 'db',
        durationMs: 0.1,
        message: 'say "hi", a',
        fields: { msg: 'say "hi", a', password: 'hunter22', n: 1 },
        traceId: 'f00',
        template: { id: 't0', text: 'say <*>' },
      },
      {
        file: 'app.log',
        line: 3,
        endLine: 4,
        time: '2026-11-24T10:00:01.000Z',
        durationMs: 16_777_215,
        message: '=cmd() größe\n\tat Main.java:3',
        template: { id: 't2', text: '=cmd()' },
      },
      { file: 'app.log', line: 5, endLine: 5, message: '-7', template: { id: 't3', text: 'number' } },
    ]);
    for (const line of lines) expect(LogRecord.strict().parse(line)).toEqual(line);
  });

  it('as CSV quotes what needs it, and no text becomes a formula', async () => {
    expect((await exported('csv')).split('\r\n')).toEqual([
      'file,line,endLine,time,level,component,durationMs,message,traceId,template,fields',
      'app.log,1,1,2026-11-24T10:00:00.123Z,error,db,0.1,"say ""hi"", a",f00,t0,"{""msg"":""say \\""hi\\"", a"",""password"":""hunter22"",""n"":1}"',
      `app.log,3,4,2026-11-24T10:00:01.000Z,,,16777215,"'=cmd() größe\n\tat Main.java:3",,t2,`,
      'app.log,5,5,,,,,-7,,t3,',
      '',
    ]);
  });

  it('as text is what stands in the log', async () => {
    expect(await exported('text')).toBe(`${records[0]?.text}\n${records[2]?.text}\n-7\n`);
  });

  it.each(['jsonl', 'csv', 'text'] as const)('shows no secret when it is redacted: %s', async (format) => {
    const text = await exported(format, createRedactor([{ name: 'DB_PASSWORD', value: 'größe' }]));
    expect(text).not.toMatch(/hunter22|größe/);
    expect(text).toContain('‹redacted:DB_PASSWORD›');
    if (format === 'jsonl') for (const line of text.trimEnd().split('\n')) LogRecord.parse(JSON.parse(line));
  });

  it('bears fields that nest thousands of levels', async () => {
    const deep = `{"msg":"m","a":${'{"a":'.repeat(8_000)}1${'}'.repeat(8_000)}}`;
    const view = await viewOf([{ text: deep }]);
    const file = path.join(folder, 'deep.jsonl');
    for (const redact of [undefined, (text: string) => text]) {
      await exportView(view, 'jsonl', await openFileSink(file), { formatOf, ...(redact ? { redact } : {}) });
      expect(LogRecord.parse(JSON.parse(await readFile(file, 'utf8'))).message).toBe('m');
    }
  });

  it('that is cancelled leaves the file as it was, and nothing beside it', async () => {
    const file = path.join(folder, 'out.txt');
    await writeFile(file, 'before');
    const many = await viewOf(Array.from({ length: 50_000 }, (_, at) => ({ text: `${'x'.repeat(100)} ${at}` })));
    const cancel = new AbortController();
    const reason = new Error('enough');
    const onProgress = (): void => cancel.abort(reason);
    const run = exportView(many, 'text', await openFileSink(file), {
      formatOf,
      sliceMs: 0,
      signal: cancel.signal,
      onProgress,
    });
    await expect(run).rejects.toBe(reason);
    expect(await readdir(folder)).toEqual(['out.txt']);
    expect(await readFile(file, 'utf8')).toBe('before');
  });

  it('waits for a sink that is slow, and gives up with one that fails', async () => {
    const many = await viewOf(Array.from({ length: 9_000 }, (_, at) => ({ text: `${'y'.repeat(100)} ${at}` })));
    let open = 0;
    let text = '';
    let abandoned = 0;
    const slow: ExportSink = {
      async write(part) {
        open += 1;
        expect(open).toBe(1);
        await new Promise((done) => setTimeout(done, 5));
        text += part;
        open -= 1;
      },
      finish: () => Promise.resolve(),
      abandon: () => Promise.resolve(),
    };
    await exportView(many, 'text', slow, { formatOf });
    expect(text.split('\n')).toHaveLength(9_001);
    const failing: ExportSink = {
      write: () => Promise.reject(new Error('full')),
      finish: () => Promise.reject(new Error('must not be called')),
      abandon: async () => {
        abandoned += 1;
      },
    };
    await expect(exportView(many, 'text', failing, { formatOf })).rejects.toThrow('full');
    expect(abandoned).toBe(1);
  });

  it('into a folder that is not there says what to do', async () => {
    await expect(openFileSink(path.join(folder, 'no/such/out.txt'))).rejects.toMatchObject({
      code: 'log.export-failed',
      action: expect.stringContaining('folder'),
    });
  });
});
