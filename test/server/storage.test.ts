import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DiagnosisReport } from '../../server/protocol/diagnosis.ts';
import { checkDatabase } from '../../server/storage/checkDatabase.ts';
import { createHistoryRepository } from '../../server/storage/historyRepository.ts';
import { takeLeaderLock } from '../../server/storage/leaderLock.ts';
import { openDatabase } from '../../server/storage/openDatabase.ts';
import { openSharedStateDatabase, openStateDatabase } from '../../server/storage/stateDatabase.ts';

const report = (workspace: string, durationMs: number): DiagnosisReport => ({
  schema: 1,
  status: 'pass',
  workspace,
  startedAt: '2026-01-01T00:00:00.000Z',
  durationMs,
  targets: [],
  findings: [],
  ruledOut: [],
  unknown: [],
});

describe('storage', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tektra-storage-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('keeps the past of each workspace over a restart, runs in a row that say the same as one entry', async () => {
    const file = path.join(folder, 'state.db');
    const first = await openStateDatabase(file, new Date());
    const history = createHistoryRepository(first.database);
    for (let n = 1; n <= 25; n++) history.add(report('/a', n), 'healthy');
    history.add(report('/a', 26), 'broken');
    history.add(report('/a', 27), 'healthy');
    history.add(report('/b', 99), 'healthy');
    first.database.close();
    const second = await openStateDatabase(file, new Date());
    const again = createHistoryRepository(second.database);
    expect(again.last('/a')?.durationMs).toBe(27);
    expect(again.last('/b')?.durationMs).toBe(99);
    expect(again.last('/c')).toBeUndefined();
    expect(again.list('/a').map(({ runs, durationMs }) => [runs, durationMs])).toEqual([
      [1, 27],
      [1, 26],
      [25, 25],
    ]);
    expect(again.get('/b', again.list('/a')[0]?.id ?? 0)).toBeUndefined();
    second.database.close();
    expect(await checkDatabase(file)).toMatchObject({ result: 'ok' });
  });

  it('drops the oldest entries and occurrences of a workspace, and of no other', async () => {
    const { database } = await openStateDatabase(path.join(folder, 'state.db'), new Date());
    const history = createHistoryRepository(database);
    history.add(report('/b', 1), 'x');
    const at = '2026-01-01T00:00:00.000Z';
    for (let n = 1; n <= 520; n++) {
      history.add(report('/a', n), String(n));
      history.begin('/a', { cause: 'port.conflict', target: String(n), firstAt: at });
    }
    expect(history.list('/a')).toHaveLength(200);
    expect(history.list('/a').at(-1)?.durationMs).toBe(321);
    expect(history.list('/b')).toHaveLength(1);
    expect(history.occurrences('/a')).toHaveLength(500);
    expect(history.occurrences('/a')[0]?.target).toBe('21');
    database.close();
  });

  it('brings a database of the first version up to date, by whichever process comes first', async () => {
    const file = path.join(folder, 'state.db');
    const old = await openDatabase(file, { busyTimeoutMs: 0 });
    old.exec(`CREATE TABLE diagnosis (id INTEGER PRIMARY KEY, workspace TEXT NOT NULL, started_at TEXT NOT NULL,
                status TEXT NOT NULL, report TEXT NOT NULL) STRICT;
              CREATE INDEX diagnosis_by_workspace ON diagnosis (workspace, id DESC);`);
    const insert = old.prepare('INSERT INTO diagnosis (workspace, started_at, status, report) VALUES (?, ?, ?, ?)');
    insert.run('/a', '2026-01-01T00:00:00.000Z', 'pass', JSON.stringify(report('/a', 7)));
    old.pragma('user_version = 1');
    old.close();
    const [terminal, backend] = await Promise.all([openSharedStateDatabase(file), openStateDatabase(file, new Date())]);
    expect(createHistoryRepository(backend.database).list('/a')).toMatchObject([
      {
        runs: 1,
        durationMs: 7,
        status: 'pass',
        startedAt: '2026-01-01T00:00:00.000Z',
        lastAt: '2026-01-01T00:00:00.000Z',
      },
    ]);
    terminal.close();
    backend.database.close();
  });

  it('leaves a damaged database to the backend when a terminal meets it', async () => {
    const file = path.join(folder, 'state.db');
    await writeFile(file, 'this is not a database '.repeat(400));
    await expect(openSharedStateDatabase(file)).rejects.toThrow('is not a database');
    expect(await readdir(folder)).toEqual(['state.db']);
  });

  it('sets a corrupt database aside with its -wal and -shm, and begins a new one', async () => {
    const file = path.join(folder, 'state.db');
    await writeFile(file, 'this is not a database '.repeat(400));
    await writeFile(`${file}-wal`, 'wal');
    const { database, quarantined } = await openStateDatabase(file, new Date('2026-01-02T03:04:05Z'));
    createHistoryRepository(database).add(report('/a', 1), 'x');
    database.close();
    expect(quarantined).toContain('corrupt-2026-01-02');
    const names = await readdir(folder);
    expect(names.filter((name) => name.includes('corrupt'))).toHaveLength(2);
  });

  it('gives the leader lock to one, and to the next when it is released', async () => {
    const file = path.join(folder, 'backend.lock');
    const first = await takeLeaderLock(file);
    expect(first).toBeDefined();
    expect(await takeLeaderLock(file)).toBeUndefined();
    first?.release();
    const next = await takeLeaderLock(file);
    expect(next).toBeDefined();
    next?.release();
  });

  it('takes the lock though something else wrote into its file', async () => {
    const file = path.join(folder, 'backend.lock');
    await writeFile(file, 'not a database at all '.repeat(100));
    const lock = await takeLeaderLock(file);
    expect(lock).toBeDefined();
    expect(await takeLeaderLock(file)).toBeUndefined();
    lock?.release();
  });
});
