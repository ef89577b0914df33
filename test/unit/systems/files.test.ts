import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFiles } from '../../../server/systems/files/files.ts';

const files = createFiles();
const signal = new AbortController().signal;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tektra-files-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));
const inFolder = (...parts: string[]): string => path.join(folder, ...parts);

async function tailOf(content: string | Buffer, maxBytes?: number) {
  await writeFile(inFolder('log'), content);
  const result = await files.tail(inFolder('log'), { signal, ...(maxBytes === undefined ? {} : { maxBytes }) });
  if (result.kind !== 'text') throw new Error(`not text but ${result.kind}`);
  return result.tail;
}

describe('tail', () => {
  it('returns whole lines with their numbers', async () => {
    const tail = await tailOf('one\ntwo\nthree\nfour\n', 10);
    expect(tail).toMatchObject({ lines: ['four'], firstLine: 4, truncated: true, size: 19 });
    expect(await tailOf('one\ntwo\nthree\nfour', 10)).toMatchObject({ lines: ['three', 'four'], firstLine: 3 });
    expect(await tailOf('one\ntwo\nthree\n', 6)).toMatchObject({ lines: ['three'], firstLine: 3 });
    expect(await tailOf('a\r\n\r\nb')).toMatchObject({ lines: ['a', '', 'b'], firstLine: 1, truncated: false });
    expect(await tailOf('')).toMatchObject({ lines: [], firstLine: 1, truncated: false });
  });

  it('removes what only a terminal understands', async () => {
    const { lines } = await tailOf('\x1b[31mred\x1b[0m\x07 \x1b]8;;http://x\x07link\x1b]8;;\x07\n50%\r100%\n');
    expect(lines).toEqual(['red link', '50% 100%']);
  });

  it('replaces bytes that are not UTF-8', async () => {
    expect((await tailOf(Buffer.from([0x61, 0xff, 0x62, 0x0a]))).lines).toEqual(['a\uFFFDb']);
  });

  it('cuts a line of a megabyte, also when it is longer than the tail', async () => {
    const { lines } = await tailOf(`${'x'.repeat(1_000_000)}\nend\n`, 2_000_000);
    expect(lines.map((line) => line.length)).toEqual([4000, 3]);
    const alone = await tailOf(`first\n${'y'.repeat(1_000_000)}`, 5000);
    expect(alone).toMatchObject({ firstLine: 2, truncated: true });
    expect(alone.lines).toHaveLength(1);
    expect(alone.lines[0]).toMatch(/^…y+$/);
  });

  it('reads UTF-16 in both byte orders', async () => {
    const text = Buffer.from('\uFEFFeins\r\nzwei\r\n', 'utf16le');
    expect(await tailOf(text)).toMatchObject({ lines: ['eins', 'zwei'], firstLine: 1 });
    expect(await tailOf(Buffer.from(text).swap16())).toMatchObject({ lines: ['eins', 'zwei'], firstLine: 1 });
    expect(await tailOf(text, 13)).toMatchObject({ lines: ['zwei'], firstLine: 2, truncated: true });
  });

  it('tells binary files', async () => {
    await writeFile(inFolder('db'), Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(5000, 7)]));
    expect(await files.tail(inFolder('db'), { signal })).toEqual({ kind: 'binary' });
    await truncate(inFolder('db'), 0);
    await truncate(inFolder('db'), 10_000);
    expect(await files.tail(inFolder('db'), { signal })).toEqual({ kind: 'binary' });
  });

  it('reads the end of a log with a hole of 5 GB at once', async () => {
    await writeFile(inFolder('log'), '');
    await truncate(inFolder('log'), 5 * 1024 ** 3);
    appendFileSync(inFolder('log'), '\nlast words\n');
    const started = performance.now();
    const result = await files.tail(inFolder('log'), { signal });
    expect(performance.now() - started).toBeLessThan(1000);
    expect(result).toMatchObject({ kind: 'text', tail: { lines: ['last words'], firstLine: undefined } });
  });

  it('counts the lines of 60 MB', async () => {
    await writeFile(inFolder('log'), `${'0123456789abcde\n'.repeat(3_750_000)}end\n`);
    const result = await files.tail(inFolder('log'), { signal, maxBytes: 100 });
    if (result.kind !== 'text') throw new Error(result.kind);
    expect((result.tail.firstLine ?? 0) + result.tail.lines.length - 1).toBe(3_750_001);
  });

  it('never opens a pipe or a device, and knows what is not there', async () => {
    execFileSync('mkfifo', [inFolder('pipe')]);
    expect(await files.tail(inFolder('pipe'), { signal })).toMatchObject({ kind: 'unreadable' });
    expect(await files.readText(inFolder('pipe'), { signal })).toBeUndefined();
    expect(await files.tail('/dev/zero', { signal })).toMatchObject({ kind: 'unreadable' });
    expect(await files.tail(inFolder('none'), { signal })).toEqual({ kind: 'absent' });
    await symlink('loop', inFolder('loop'));
    expect(await files.tail(inFolder('loop'), { signal })).toMatchObject({ kind: 'unreadable' });
    expect(await files.state(inFolder('loop'))).toMatchObject({ kind: 'unreachable' });
  });
});

describe('readText', () => {
  it('returns text within its limit and nothing else', async () => {
    await writeFile(inFolder('a'), '\uFEFFtext');
    expect(await files.readText(inFolder('a'), { signal })).toBe('\uFEFFtext');
    expect(await files.readText(inFolder('a'), { signal, maxBytes: 6 })).toBeUndefined();
    await writeFile(inFolder('b'), 'a\0b');
    expect(await files.readText(inFolder('b'), { signal })).toBeUndefined();
    expect(await files.readText('/proc/self/status', { signal })).toContain('Name:');
  });
});

describe('list', () => {
  it('leaves out what tools fill, links that lead out, and loops', async () => {
    await mkdir(inFolder('node_modules/x'), { recursive: true });
    await mkdir(inFolder('src/deep'), { recursive: true });
    for (const name of ['node_modules/x/a.js', 'src/deep/b.ts', 'a.txt', '.env']) await writeFile(inFolder(name), '');
    await symlink('..', inFolder('src/up'));
    await symlink('loop', inFolder('loop'));
    await symlink('/etc/passwd', inFolder('out'));
    await symlink('a.txt', inFolder('link.txt'));
    execFileSync('mkfifo', [inFolder('pipe')]);
    const listing = await files.list(folder, { signal });
    expect(listing).toEqual({
      files: ['.env', 'a.txt', 'link.txt', 'src/deep/b.ts'],
      truncated: false,
      unreadable: [],
    });
  });

  it('stops at its limits, nearest files first', async () => {
    await mkdir(inFolder('deep/deeper'), { recursive: true });
    for (let i = 0; i < 50; i++) await writeFile(inFolder('deep/deeper', `f${i}`), '');
    await writeFile(inFolder('near'), '');
    const limited = await files.list(folder, { signal, limit: 10 });
    expect(limited.truncated).toBe(true);
    expect(limited.files).toHaveLength(8);
    expect(limited.files).toContain('near');
    expect((await files.list('/usr', { signal, timeoutMs: 1 })).truncated).toBe(true);
  });

  it('walks 100,000 files within its time', async () => {
    for (let i = 0; i < 100; i++) await mkdir(inFolder(`d${i}`));
    execFileSync('sh', ['-c', 'for d in d*; do (cd "$d" && seq 1000 | xargs touch); done'], { cwd: folder });
    const started = performance.now();
    const listing = await files.list(folder, { signal });
    expect(performance.now() - started).toBeLessThan(1000);
    expect(listing.truncated).toBe(true);
  }, 60_000);

  it('says why a root cannot be read', async () => {
    await expect(files.list(inFolder('none'), { signal })).rejects.toMatchObject({ code: 'workspace.unreadable' });
    await writeFile(inFolder('file'), '');
    await expect(files.list(inFolder('file'), { signal })).rejects.toMatchObject({ code: 'workspace.unreadable' });
    await expect(files.list(folder, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
  });

  it('says which folder it may not read', async () => {
    await mkdir(inFolder('locked'));
    await writeFile(inFolder('seen'), '');
    await chmod(inFolder('locked'), 0);
    await chmod(folder, 0o755);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      const listing = await files.list(folder, { signal });
      expect(listing.files).toEqual(['seen']);
      expect(listing.unreadable).toEqual([{ path: 'locked', because: 'permission denied (EACCES)' }]);
      expect(await files.state(inFolder('locked/x'))).toMatchObject({ kind: 'unreachable' });
      expect(await files.tail(inFolder('locked/x'), { signal })).toMatchObject({ kind: 'unreadable' });
    } finally {
      if (isRoot) process.seteuid?.(0);
      await chmod(inFolder('locked'), 0o700);
    }
  });
});
