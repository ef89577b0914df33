import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSource } from '../../../../server/logs/reading/openSource.ts';
import type { OpenedSource } from '../../../../server/logs/reading/plainLog.ts';
import { SourceDrain, textsOf } from '../../../support/drainSource.ts';

let folder: string;
let controller: AbortController;
let writer: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tektra-follow-'));
  controller = new AbortController();
});

afterEach(async () => {
  controller.abort();
  if (writer?.exitCode === null && writer.kill('SIGKILL')) await once(writer, 'exit');
  writer = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function follow(file: string, rotated = false): Promise<OpenedSource> {
  const options = { signal: controller.signal, follow: true, spoolFolder: folder };
  return openSource({ kind: 'file', path: file, rotated }, options);
}

const numbered = (count: number, name: string): string =>
  Array.from({ length: count }, (_, at) => `${at + 1} a line of ${name}\n`).join('');

describe('a followed file', { timeout: 30_000 }, () => {
  // The writer rotates only after the reader has met the file before: what is created and deleted unseen is nobody's.
  it.each(['rename', 'copytruncate', 'delete', 'symlink'])(
    'gives every line once, in order, while it is rotated 20 times by %s',
    { timeout: 120_000 },
    async (style) => {
      const file = path.join(folder, 'app.log');
      writer = fork(path.join(import.meta.dirname, '../../../support/rotatingWriter.ts'), [file, style, '20'], {
        execPath: process.execPath,
      });
      const end = once(writer, 'message');
      await vi.waitFor(() => expect(statSync(file).size).toBeGreaterThan(0), { timeout: 10_000, interval: 20 });
      const source = await follow(file);
      const drain = new SourceDrain(source);
      writer.send('rotate');
      for (let rotation = 1; rotation <= 20; rotation += 1) {
        await vi.waitFor(() => expect(source.logs.length).toBe(rotation + 1), { timeout: 20_000, interval: 2 });
        writer.send('rotate');
      }
      const [lines] = (await end) as [number];
      const expected = numbered(lines, 'app.log');
      await vi.waitFor(() => expect(drain.text.length).toBe(expected.length), { timeout: 10_000, interval: 20 });
      expect(drain.text === expected).toBe(true);
      // Old records can still be read.
      expect(textsOf(source).join('') === expected).toBe(true);
      source.dispose();
    },
  );

  it.each(['rename', 'copytruncate'])(
    'misses no file that came and was rotated away while nobody looked, by %s',
    { timeout: 60_000 },
    async (style) => {
      const file = path.join(folder, 'app.log');
      writer = fork(path.join(import.meta.dirname, '../../../support/rotatingWriter.ts'), [file, style, '20'], {
        execPath: process.execPath,
      });
      const end = once(writer, 'message');
      await vi.waitFor(() => expect(statSync(file).size).toBeGreaterThan(0), { timeout: 10_000, interval: 20 });
      const source = await follow(file);
      const drain = new SourceDrain(source);
      for (let rotations = 4; rotations <= 20; rotations += 4) {
        for (let at = 0; at < 4; at += 1) writer.send('rotate');
        // This thread hears and sees nothing until all four are done.
        while (!existsSync(`${file}.${rotations}`)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
        await vi.waitFor(() => expect(source.logs.length).toBe(rotations + 1), { timeout: 20_000, interval: 2 });
      }
      writer.send('end');
      const [lines] = (await end) as [number];
      const expected = numbered(lines, 'app.log');
      await vi.waitFor(() => expect(drain.text.length).toBe(expected.length), { timeout: 10_000, interval: 20 });
      expect(drain.text === expected).toBe(true);
      source.dispose();
    },
  );

  it('says that what was truncated without a copy is gone, and reads on', async () => {
    const file = path.join(folder, 'app.log');
    writeFileSync(file, numbered(10, 'app.log'));
    const source = await follow(file);
    truncateSync(file, 0);
    appendFileSync(file, 'anew\n');
    await vi.waitFor(() => expect(source.logs).toHaveLength(2), { timeout: 20_000 });
    expect(textsOf(source)).toEqual(['', 'anew\n']);
    expect(source.logs[0]?.notices.join()).toMatch(/truncated/);
    expect(source.logs[0]?.complete).toBe(true);
    source.dispose();
  });

  it('begins with the rotated files when asked, and goes on behind a link', async () => {
    const file = path.join(folder, 'app.log');
    writeFileSync(`${file}.1`, 'old\n');
    writeFileSync(file, 'now\n');
    symlinkSync(file, path.join(folder, 'link'));
    const source = await follow(path.join(folder, 'link'), true);
    const drain = new SourceDrain(source);
    appendFileSync(file, 'next\n');
    await vi.waitFor(() => expect(drain.text).toBe('old\nnow\nnext\n'), { timeout: 20_000 });
    source.dispose();
  });

  it('transcodes UTF-16 as it comes', async () => {
    const file = path.join(folder, 'app.log');
    writeFileSync(file, Buffer.from('\ufeffgrün\n', 'utf16le'));
    const source = await follow(file);
    const drain = new SourceDrain(source);
    appendFileSync(file, Buffer.from('blå\n', 'utf16le'));
    await vi.waitFor(() => expect(drain.text).toBe('grün\nblå\n'), { timeout: 20_000 });
    source.dispose();
  });
});
