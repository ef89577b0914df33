import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rotatedName } from '../../../../server/logs/reading/rotatedName.ts';
import { rotatedSet } from '../../../../server/logs/reading/rotatedSet.ts';

describe('the name of a log', () => {
  it.each([
    ['app.log', 'app.log', '', undefined],
    ['app.log.1', 'app.log', '', 1],
    ['app.log.2.gz', 'app.log', '', 2],
    ['app.1.log', 'app.log', '', 1],
    // logrotate: dateext, with hours, with the date before the extension, in seconds
    ['app.log-20261123', 'app.log', '20261123', undefined],
    ['app.log-2026112318.gz', 'app.log', '2026112318', undefined],
    ['app-20261123.log', 'app.log', '20261123', undefined],
    ['app.log-1795457045', 'app.log', '20261123', undefined],
    // logback, log4j, Spring Boot
    ['app.2026-11-23.0.log', 'app.log', '20261123', 0],
    ['app-2026-11-23.12.log.gz', 'app.log', '20261123', 12],
    ['app.log.2026-11-23', 'app.log', '20261123', undefined],
    ['spring.log.2026-11-23.3.gz', 'spring.log', '20261123', 3],
    ['app-11-23-2026-1.log.gz', 'app.log', '20261123', 1],
    // Python's handlers
    ['app.log.2026-11-23_18-04-05', 'app.log', '20261123180405', undefined],
    // winston-daily-rotate-file
    ['app-2026-11-23.log', 'app.log', '20261123', undefined],
    ['app-2026-11-23.log.1', 'app.log', '20261123', 1],
    // pm2-logrotate
    ['api-out__2026-11-23_00-00-00.log', 'api-out.log', '20261123', undefined],
    // kubelet
    ['0.log.20261123-180405.gz', '0.log', '20261123180405', undefined],
    // PostgreSQL
    ['postgresql-2026-11-23_000000.log', 'postgresql.log', '20261123', undefined],
    ['app.INFO.20261123-180405.4121', 'app.INFO', '20261123180405', undefined],
    // no rotation: an instance, a port, a version, no date
    ['pm2-out-0.log', 'pm2-out-0.log', '', undefined],
    ['server.8080.log', 'server.8080.log', '', undefined],
    ['app-20269999.log', 'app-20269999.log', '', undefined],
    ['app.log.bak', 'app.log.bak', '', undefined],
  ])('%s', (name, stem, date, number) => {
    const parsed = rotatedName(name);
    expect([parsed.stem, parsed.date?.slice(0, date.length) ?? '', parsed.number]).toEqual([stem, date, number]);
    expect(parsed.date === undefined).toBe(date === '');
  });
});

describe('a rotated set', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'tektra-rotated-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Makes the files, each a minute younger than the one before. */
  function make(...names: string[]): void {
    for (const [at, name] of names.entries()) {
      const file = path.join(folder, name);
      writeFileSync(file, name);
      utimesSync(file, 1_795_000_000 + at * 60, 1_795_000_000 + at * 60);
    }
  }

  async function setOf(name: string): Promise<string[]> {
    return (await rotatedSet(path.join(folder, name))).map((member) => path.basename(member.path));
  }

  it('is ordered by numbers, the highest first', async () => {
    make('app.log.10.gz', 'app.log.9', 'app.log.1', 'app.log');
    expect(await setOf('app.log')).toEqual(['app.log.10.gz', 'app.log.9', 'app.log.1', 'app.log']);
    expect(await setOf('app.log.9')).toEqual(['app.log.10.gz', 'app.log.9', 'app.log.1', 'app.log']);
  });

  it('is ordered by numbers upwards where the times say so', async () => {
    make('app.log.1', 'app.log.2', 'app.log.3', 'app.log');
    expect(await setOf('app.log')).toEqual(['app.log.1', 'app.log.2', 'app.log.3', 'app.log']);
  });

  it('is ordered by dates, and within a day by numbers', async () => {
    make(
      'app-2026-11-22.log',
      'app-2026-11-23.1.log',
      'app-2026-11-23.2.log',
      'app-2026-11-23.10.log',
      'app-2026-11-24.log',
    );
    expect(await setOf('app-2026-11-24.log')).toEqual([
      'app-2026-11-22.log',
      'app-2026-11-23.1.log',
      'app-2026-11-23.2.log',
      'app-2026-11-23.10.log',
      'app-2026-11-24.log',
    ]);
  });

  it('holds no foreign file, no copy, and a file only once while it is being packed', async () => {
    make('app.log.1.gz', 'app.log.1', 'app.log.gz', 'app-error.log', 'app.log.bak', 'myapp.log.1', 'app.log');
    expect(await setOf('app.log')).toEqual(['app.log.1', 'app.log']);
  });
});
