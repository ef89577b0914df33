import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSource } from '../../server/logs/reading/openSource.ts';
import type { OpenedSource } from '../../server/logs/reading/plainLog.ts';
import { textsOf, untilComplete } from '../support/drainSource.ts';
import { requireSystem } from '../support/requireSystem.ts';

const packers = requireSystem('packers');
let folder: string;
let controller: AbortController;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tektra-unpack-'));
  controller = new AbortController();
});

afterEach(() => {
  controller.abort();
  rmSync(folder, { recursive: true, force: true });
});

/** Not the same in each place, so that a shifted or repeated piece is seen. */
const text = Array.from({ length: 120_000 }, (_, at) => `${at} ${(at * 2_654_435_761) % 97_003} a line\n`).join('');

/** What the program makes of the text on its standard input. */
function pack(argv: readonly [string, ...string[]], input: string | Buffer = text): Buffer {
  const [program, ...args] = argv;
  return execFileSync(program, args, { input, maxBuffer: 1 << 28 });
}

async function open(bytes: Buffer, maxSpoolBytes?: number): Promise<OpenedSource> {
  const file = path.join(folder, 'any.name');
  writeFileSync(file, bytes);
  const options = { signal: controller.signal, follow: false, spoolFolder: folder };
  return openSource(
    { kind: 'file', path: file },
    maxSpoolBytes === undefined ? options : { ...options, maxSpoolBytes },
  );
}

async function whole(bytes: Buffer, maxSpoolBytes?: number): Promise<{ text: string; notices: readonly string[] }> {
  const source = await open(bytes, maxSpoolBytes);
  expect(source.logs[0]?.size).toBeGreaterThan(0);
  await untilComplete(source);
  const result = { text: textsOf(source).join(''), notices: source.logs[0]?.notices ?? [] };
  source.dispose();
  return result;
}

const programs: [string, [string, ...string[]]][] = [
  ['gzip', ['gzip', '-c']],
  ['zstd', ['zstd', '-q', '-c']],
  ['zstd with long distances', ['zstd', '-q', '-c', '-19', '--long=27']],
  ['bzip2', ['bzip2', '-c']],
  ['bzip2 with small blocks', ['bzip2', '-1', '-c']],
  ['xz', ['xz', '-c', '-1']],
  ['xz with blocks and another checksum', ['xz', '-c', '-1', '--block-size=100000', '--check=sha256']],
];

describe.skipIf(!packers.available)('a packed log', { timeout: 60_000 }, () => {
  it.each(programs)('is unpacked as it was: %s', async (_, argv) => {
    const result = await whole(pack(argv));
    expect(result.text === text).toBe(true);
    expect(result.notices).toEqual([]);
    // Nothing stays where it was spooled.
    expect(readdirSync(folder)).toEqual(['any.name']);
  });

  it.each(programs)('of several parts is one log: %s', async (_, argv) => {
    const half = text.length / 2;
    const result = await whole(Buffer.concat([pack(argv, text.slice(0, half)), pack(argv, text.slice(half))]));
    expect(result.text === text).toBe(true);
    expect(result.notices).toEqual([]);
  });

  it.each(programs)('that was cut off gives what is before the cut, and says so: %s', async (_, argv) => {
    const packed = pack(argv);
    const result = await whole(packed.subarray(0, packed.length * 0.7));
    expect(result.text.length).toBeGreaterThan(text.length * 0.2);
    expect(text.startsWith(result.text)).toBe(true);
    expect(result.notices).toHaveLength(1);
    expect(result.notices[0]).toMatch(/ends in the middle, after .*: the file was cut off/);
  });

  it('gives as much of a cut gzip as gzip itself', async () => {
    const cut = pack(['gzip', '-c']).subarray(0, 123_457);
    writeFileSync(path.join(folder, 'cut.gz'), cut);
    const byGzip = execFileSync('sh', ['-c', `gzip -dc ${path.join(folder, 'cut.gz')} 2>/dev/null || true`], {
      maxBuffer: 1 << 28,
    });
    expect((await whole(cut)).text === byGzip.toString()).toBe(true);
  });

  it.each(programs)('with a damaged place gives what is before it: %s', async (_, argv) => {
    const packed = pack(argv);
    // No block that is left has a way to be right.
    for (let at = Math.floor(packed.length / 2); at < packed.length; at += 1) packed[at] = (packed[at] ?? 0) ^ 0x5a;
    const result = await whole(packed);
    expect(result.notices).toHaveLength(1);
    expect(result.notices[0]).toMatch(/damaged|cut off/);
    expect(result.text.slice(0, 10_000)).toBe(text.slice(0, 10_000));
  });

  it('that is empty is an empty log', async () => {
    const source = await open(pack(['gzip', '-c'], ''));
    await untilComplete(source);
    expect(textsOf(source)).toEqual(['']);
    source.dispose();
  });

  it.each([
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xff])],
    ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff, 0xff])],
  ])('of which nothing can be unpacked is refused with the next step: %s', async (_, bytes) => {
    await expect(open(bytes)).rejects.toMatchObject({ code: 'log.unreadable', action: expect.stringMatching(/./) });
  });

  it('of a kind that is not unpacked names the program that does it', async () => {
    await expect(open(Buffer.from('PK\u0003\u0004rest'))).rejects.toMatchObject({
      code: 'log.unreadable',
      action: 'Unpack it with unzip and open what is in it.',
    });
  });

  it('that would fill the disk stops at the limit and says so', async () => {
    const bomb = pack(['gzip', '-c'], Buffer.alloc(50 << 20, 'a line\n'));
    const result = await whole(bomb, 1 << 20);
    expect(result.text.length).toBe(1 << 20);
    expect(result.notices).toEqual([
      'The rest is missing: what is read of a log besides plain files is limited to 1.0 MiB.',
    ]);
  });

  it('is left alone when the signal aborts', async () => {
    const source = await open(pack(['bzip2', '-c'], Buffer.from(text.repeat(8))));
    controller.abort();
    const size = source.logs[0]?.size ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 300));
    // At most the block that was under way.
    expect((source.logs[0]?.size ?? 0) - size).toBeLessThan(2 << 20);
    source.dispose();
  });
});
