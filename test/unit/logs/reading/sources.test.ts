import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSource } from '../../../../server/logs/reading/openSource.ts';
import type { OpenedSource } from '../../../../server/logs/reading/plainLog.ts';
import { sweepSpools } from '../../../../server/logs/reading/spool.ts';
import type { LogSource } from '../../../../server/protocol/logs.ts';
import { textsOf, untilComplete } from '../../../support/drainSource.ts';

let folder: string;
let controller: AbortController;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tektra-sources-'));
  controller = new AbortController();
});

afterEach(() => {
  controller.abort();
  rmSync(folder, { recursive: true, force: true });
});

function open(source: LogSource, follow = false): Promise<OpenedSource> {
  return openSource(source, { signal: controller.signal, follow, spoolFolder: folder });
}

async function fileOf(bytes: Buffer | string): Promise<OpenedSource> {
  const file = path.join(folder, 'app.log');
  writeFileSync(file, bytes);
  const source = await open({ kind: 'file', path: file });
  await untilComplete(source);
  return source;
}

describe('a file', { timeout: 30_000 }, () => {
  it('that is plain is read where it lies', async () => {
    const source = await fileOf('one\ntwo\n');
    expect(textsOf(source)).toEqual(['one\ntwo\n']);
    expect(source.logs[0]).toMatchObject({ encoding: 'utf-8', complete: true, size: 8, notices: [] });
    source.dispose();
  });

  it.each([
    ['little-endian with a mark', Buffer.from('\ufeffgrün 🙂\r\n', 'utf16le')],
    ['big-endian with a mark', Buffer.from('\ufeffgrün 🙂\r\n', 'utf16le').swap16()],
    ['little-endian', Buffer.from('grün 🙂\r\n', 'utf16le')],
    ['big-endian', Buffer.from('grün 🙂\r\n', 'utf16le').swap16()],
  ])('in UTF-16 becomes UTF-8: %s', async (_, bytes) => {
    const source = await fileOf(bytes);
    expect(textsOf(source)).toEqual(['grün 🙂\r\n']);
    source.dispose();
  });

  it('in UTF-16 that is odd or broken gives the rest', async () => {
    const source = await fileOf(Buffer.concat([Buffer.from('\ufeffa\ud800b\n', 'utf16le'), Buffer.from([0x41])]));
    expect(textsOf(source)).toEqual(['a\ufffdb\n\ufffd']);
    source.dispose();
  });

  it.each([
    ['Latin-1', Buffer.from('grün für Größe\n'.repeat(9), 'latin1'), 'latin1'],
    ['UTF-8', Buffer.from('grün für Größe\n'.repeat(9)), 'utf-8'],
    ['UTF-8 with one wrong byte', Buffer.concat([Buffer.from('grün\n'), Buffer.from([0xff])]), 'utf-8'],
    ['UTF-8 from the middle of a character', Buffer.from('ü grün\n').subarray(1), 'utf-8'],
    ['ASCII', Buffer.from('green\n'), 'utf-8'],
    ['Latin-1 far behind', Buffer.concat([Buffer.alloc(3 << 20, 'ascii\n'), Buffer.from('für\n', 'latin1')]), 'latin1'],
  ])('tells its encoding: %s', async (_, bytes, encoding) => {
    const source = await fileOf(bytes);
    expect(source.logs[0]?.encoding).toBe(encoding);
    source.dispose();
  });

  it('that is binary opens, and says so', async () => {
    const source = await fileOf(Buffer.alloc(20_000));
    expect(source.logs[0]?.size).toBe(20_000);
    expect(source.logs[0]?.notices).toEqual([
      'This looks like a binary file: it has many zero bytes and hardly a line.',
    ]);
    source.dispose();
  });

  it('with some zero bytes among its lines is a log', async () => {
    const source = await fileOf('a line\0\0\n'.repeat(100));
    expect(source.logs[0]?.notices).toEqual([]);
    source.dispose();
  });

  it.each<[string, (file: string) => string, RegExp]>([
    ['a folder', () => folder, /it is a folder/],
    ['a device', () => '/dev/zero', /it is a device/],
    ['nothing', (file) => file, /there is no such file/],
    ['below a file', (file) => path.join(file, 'x'), /cannot be read/],
    ['a path that is too long', () => `/${'x'.repeat(300)}`, /too long/],
  ])('that is %s is refused, with the next step', async (_, place, because) => {
    const refused = open({ kind: 'file', path: place(path.join(folder, 'none.log')) });
    await expect(refused).rejects.toMatchObject({ code: 'log.unreadable', action: expect.stringMatching(/\w/) });
    await expect(refused).rejects.toThrow(because);
  });

  it('that is a socket is refused', async () => {
    const socket = path.join(folder, 's');
    const server = net.createServer().listen(socket);
    await new Promise((resolve) => server.once('listening', resolve));
    await expect(open({ kind: 'file', path: socket })).rejects.toThrow(/it is a socket/);
    server.close();
  });

  it('that is a queue is read as it is written, packed or not', async () => {
    const queue = path.join(folder, 'queue');
    execFileSync('mkfifo', [queue]);
    const opening = open({ kind: 'file', path: queue });
    const writer = createWriteStream(queue);
    writer.end(gzipSync('one\ntwo\n'));
    const source = await opening;
    await untilComplete(source);
    expect(textsOf(source)).toEqual(['one\ntwo\n']);
    source.dispose();
  });

  it('that is a queue without a writer can be given up', async () => {
    const queue = path.join(folder, 'queue');
    execFileSync('mkfifo', [queue]);
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(open({ kind: 'file', path: queue })).rejects.toThrow('enough');
  });
});

describe('a rotated set', { timeout: 30_000 }, () => {
  it('is one stream, oldest first, packed or not', async () => {
    const file = path.join(folder, 'app.log');
    writeFileSync(`${file}.10.gz`, gzipSync('a\n'));
    writeFileSync(`${file}.2.gz`, gzipSync('b\n'));
    writeFileSync(`${file}.1`, 'c\n');
    writeFileSync(file, 'd\n');
    writeFileSync(path.join(folder, 'other.log.1'), 'foreign\n');
    for (const member of [file, `${file}.10.gz`]) {
      const source = await open({ kind: 'file', path: member, rotated: true });
      await untilComplete(source);
      expect(textsOf(source)).toEqual(['a\n', 'b\n', 'c\n', 'd\n']);
      source.dispose();
    }
  });

  it('with a member that cannot be unpacked gives the others, and tells of it', async () => {
    const file = path.join(folder, 'app.log');
    writeFileSync(`${file}.2.gz`, gzipSync('b\n').subarray(0, 5));
    writeFileSync(`${file}.1.gz`, 'PK\u0003\u0004');
    writeFileSync(file, 'd\n');
    const source = await open({ kind: 'file', path: file, rotated: true });
    await untilComplete(source);
    expect(textsOf(source)).toEqual(['', '', 'd\n']);
    expect(source.logs.map(({ notices }) => notices.length)).toEqual([1, 1, 0]);
    source.dispose();
  });
});

describe('a text of the editor', () => {
  it('is a log, whatever is in it', async () => {
    const text = `${'x'.repeat((1 << 20) - 1)}🙂 grün\r\n\0`;
    const source = await open({ kind: 'text', name: 'untitled', text });
    expect(textsOf(source)[0] === text).toBe(true);
    expect(source.logs[0]).toMatchObject({ name: 'untitled', complete: true });
    source.dispose();
  });
});

describe('spools', () => {
  it('of processes that are gone are swept, others are left', () => {
    const names = ['tektra-log-999999999-0123456789abcdef', `tektra-log-${process.pid}-0123456789abcdef`, 'notes.txt'];
    mkdirSync(path.join(folder, 'spools'));
    for (const name of names) writeFileSync(path.join(folder, 'spools', name), '');
    sweepSpools(path.join(folder, 'spools'));
    expect(
      execFileSync('ls', [path.join(folder, 'spools')], { encoding: 'utf8' })
        .trim()
        .split('\n'),
    ).toEqual(['notes.txt', `tektra-log-${process.pid}-0123456789abcdef`]);
  });
});
