import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DiagnosisReport } from '../../server/protocol/diagnosis.ts';
import { checkDatabase } from '../../server/storage/checkDatabase.ts';
import { createDiagnosisRepository } from '../../server/storage/diagnosisRepository.ts';
import { takeLeaderLock } from '../../server/storage/leaderLock.ts';
import { openStateDatabase } from '../../server/storage/stateDatabase.ts';

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

  it('keeps the reports of each workspace over a restart, the newest last', async () => {
    const file = path.join(folder, 'state.db');
    const first = await openStateDatabase(file, new Date());
    const repository = createDiagnosisRepository(first.database);
    for (let n = 1; n <= 25; n++) repository.save(report('/a', n));
    repository.save(report('/b', 99));
    first.database.close();
    const second = await openStateDatabase(file, new Date());
    const again = createDiagnosisRepository(second.database);
    expect(again.last('/a')?.durationMs).toBe(25);
    expect(again.last('/b')?.durationMs).toBe(99);
    expect(again.last('/c')).toBeUndefined();
    expect(second.database.prepare("SELECT count(*) AS n FROM diagnosis WHERE workspace = '/a'").get()).toEqual({
      n: 20,
    });
    second.database.close();
    expect(await checkDatabase(file)).toMatchObject({ result: 'ok' });
  });

  it('sets a corrupt database aside with its -wal and -shm, and begins a new one', async () => {
    const file = path.join(folder, 'state.db');
    await writeFile(file, 'this is not a database '.repeat(400));
    await writeFile(`${file}-wal`, 'wal');
    const { database, quarantined } = await openStateDatabase(file, new Date('2026-01-02T03:04:05Z'));
    createDiagnosisRepository(database).save(report('/a', 1));
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
