import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogSuppressionRepository } from '../../server/storage/logSuppressionRepository.ts';
import { openDatabase } from '../../server/storage/openDatabase.ts';
import { openStateDatabase } from '../../server/storage/stateDatabase.ts';

const suppression = {
  fingerprint: 'abc',
  summary: 'first seen at 10:42:07',
  reason: 'known noise',
  since: '2026-11-24T10:00:00.000Z',
};

describe('suppressed findings of logs', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tektra-log-suppression-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('are kept over a restart, replaced by a later one of the same finding, newest first', async () => {
    const file = path.join(folder, 'state.db');
    const first = await openStateDatabase(file, new Date());
    const store = createLogSuppressionRepository(first.database);
    store.save(suppression);
    store.save({ ...suppression, fingerprint: 'xyz', since: '2026-11-24T11:00:00.000Z' });
    store.save({ ...suppression, reason: 'until the release', until: '2026-12-01T00:00:00.000Z' });
    first.database.close();
    const second = await openStateDatabase(file, new Date());
    const again = createLogSuppressionRepository(second.database);
    expect(again.list()).toEqual([
      { ...suppression, fingerprint: 'xyz', since: '2026-11-24T11:00:00.000Z' },
      { ...suppression, reason: 'until the release', until: '2026-12-01T00:00:00.000Z' },
    ]);
    again.remove('xyz');
    again.remove('never there');
    expect(again.list().map(({ fingerprint }) => fingerprint)).toEqual(['abc']);
    second.database.close();
  });

  it('find room in a database of an earlier version', async () => {
    const file = path.join(folder, 'state.db');
    (await openStateDatabase(file, new Date())).database.close();
    const old = await openDatabase(file, { busyTimeoutMs: 1_000 });
    old.exec('DROP TABLE log_suppression');
    old.pragma('user_version = 2');
    old.close();
    const { database, quarantined } = await openStateDatabase(file, new Date());
    createLogSuppressionRepository(database).save(suppression);
    expect(createLogSuppressionRepository(database).list()).toEqual([suppression]);
    expect(quarantined).toBeUndefined();
    database.close();
  });
});
