import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listLogs } from '../../../../server/logs/reading/listLogs.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tektra-list-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Makes a file so many minutes old. */
function make(name: string, minutes: number, bytes = 1): void {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, 'x'.repeat(bytes));
  const seconds = 1_795_000_000 - minutes * 60;
  utimesSync(file, seconds, seconds);
}

async function listed(): Promise<[string, number, number][]> {
  const logs = await listLogs(folder, new AbortController().signal);
  return logs.map((log) => [path.relative(folder, log.path), log.files, log.bytes]);
}

describe('the logs of a folder', () => {
  it('are found by name and place, newest first, rotated ones as one', async () => {
    make('logs/api.log', 1, 10);
    make('logs/api.log.1', 60, 20);
    make('logs/api.log.2.gz', 120, 30);
    make('logs/web-2026-11-22.log', 80, 5);
    make('logs/web-2026-11-23.log', 70, 6);
    make('logs/audit.txt', 90);
    make('var/log/syslog', 3);
    make('deep/er/app-error.log', 2);
    make('events.jsonl', 4);
    expect(await listed()).toEqual([
      ['logs/api.log', 3, 60],
      ['deep/er/app-error.log', 1, 1],
      ['var/log/syslog', 1, 1],
      ['events.jsonl', 1, 1],
      ['logs/web-2026-11-23.log', 2, 11],
      ['logs/audit.txt', 1, 1],
    ]);
  });

  it('are neither sources nor what tools leave behind', async () => {
    for (const name of ['src/log.ts', 'src/logger.py', 'README.txt', 'node_modules/a/debug.log', '.git/logs/HEAD'])
      make(name, 1);
    expect(await listed()).toEqual([]);
  });

  it('are not there when the folder is not, which is said', async () => {
    await expect(listLogs(path.join(folder, 'none'), new AbortController().signal)).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });

  it('are looked for no longer when nobody waits', async () => {
    await expect(listLogs(folder, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});
