import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { open, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { quickCheck } from '../../server/storage/quickCheck.ts';
import { createSqlite, type SqliteAnswer } from '../../server/systems/sqlite/sqlite.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';

const never = new AbortController().signal;
const sqlite = createSqlite(quickCheck);

let scenario: Scenario;
let file: string;
beforeEach(async () => {
  scenario = await createScenario();
  file = path.join(scenario.workspace, 'app.db');
});
afterEach(() => scenario.dispose());

/** A database of some 60 pages with an index, written by SQLite itself and closed. */
function makeDatabase(journal = 'delete'): void {
  const database = new Sqlite(file);
  database.pragma(`journal_mode = ${journal}`);
  database.exec(
    'CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL); CREATE INDEX by_name ON items (name)',
  );
  const insert = database.prepare('INSERT INTO items (name) VALUES (?)');
  database.transaction(() => {
    for (let id = 0; id < 1500; id++) insert.run(`item ${id} ${'x'.repeat(60)}`);
  })();
  database.close();
}

/** Python's own SQLite does this and dies in the middle, as by a power failure. */
function runAndDie(...statements: string[]): void {
  const program = [
    'import os, signal, sqlite3, sys',
    'db = sqlite3.connect(sys.argv[1], isolation_level=None)',
    ...statements.map((sql) => `db.execute(${JSON.stringify(sql)})`),
    'os.kill(os.getpid(), signal.SIGKILL)',
  ].join('\n');
  expect(() => execFileSync('/usr/bin/python3', ['-c', program, file], { stdio: 'ignore' })).toThrow();
}

async function overwrite(offset: number, bytes: Buffer): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(bytes, 0, bytes.length, offset);
  await handle.close();
}

/** Names, bytes and times of everything in the folder. */
async function folderState(): Promise<Record<string, string>> {
  const names = (await readdir(scenario.workspace)).sort();
  const entries = names.map(async (name) => {
    const at = path.join(scenario.workspace, name);
    const hash = createHash('sha256')
      .update(await readFile(at))
      .digest('hex');
    return [name, `${hash} ${(await stat(at)).mtimeMs}`] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Looks with a check, and proves that the look changed nothing. */
async function look(): Promise<SqliteAnswer> {
  const before = await folderState();
  const answer = await sqlite.inspect(file, { check: true, signal: never });
  expect(await folderState()).toEqual(before);
  return answer;
}

describe('an SQLite file', () => {
  it.each(['delete', 'truncate', 'persist', 'wal'])('is whole, with journal mode %s', async (journal) => {
    makeDatabase(journal);
    expect(await look()).toMatchObject({
      kind: 'database',
      usesWal: journal === 'wal',
      isCutShort: false,
      check: { kind: 'ok' },
    });
  });

  it('is whole when its newest pages stand in a log that its dead user left behind, and the log stays', async () => {
    makeDatabase('wal');
    runAndDie(
      'PRAGMA wal_autocheckpoint = 0',
      "INSERT INTO items (name) SELECT name || 'again' FROM items",
      'DELETE FROM items WHERE id % 7 = 0',
    );
    expect((await stat(`${file}-wal`)).size).toBeGreaterThan(100_000);
    expect(await look()).toMatchObject({ usesWal: true, isCutShort: false, check: { kind: 'ok' } });
  });

  it('is damaged when a page in that log is, though the file is whole', async () => {
    makeDatabase('wal');
    // The root of the table is the page that every change writes; the log's copy of it is written with a right checksum.
    runAndDie(
      'PRAGMA wal_autocheckpoint = 0',
      'PRAGMA writable_schema = ON',
      "UPDATE sqlite_schema SET rootpage = 9999 WHERE name = 'items'",
    );
    expect((await stat(`${file}-wal`)).size).toBeGreaterThan(0);
    expect(await look()).toMatchObject({ check: { kind: 'malformed' } });
  });

  it('is whole when a transaction in the log never was committed', async () => {
    makeDatabase('wal');
    runAndDie(
      'PRAGMA wal_autocheckpoint = 0',
      'PRAGMA cache_size = 2',
      'BEGIN',
      "INSERT INTO items (name) SELECT name || 'again' FROM items",
    );
    expect((await stat(`${file}-wal`)).size).toBeGreaterThan(0);
    expect(await look()).toMatchObject({ check: { kind: 'ok' } });
  });

  it('with a hot journal is not judged, and the journal is not rolled back', async () => {
    makeDatabase();
    runAndDie('PRAGMA cache_size = 2', 'BEGIN', "UPDATE items SET name = name || 'changed'");
    expect((await stat(`${file}-journal`)).size).toBeGreaterThan(0);
    expect(await look()).toMatchObject({
      isCutShort: false,
      check: { kind: 'skipped', because: expect.stringContaining('journal') },
    });
  });

  it('is checked while another process holds it exclusively, without waiting', async () => {
    makeDatabase();
    await scenario.start(
      [
        '/usr/bin/python3',
        '-c',
        "import sqlite3, sys, time\ndb = sqlite3.connect(sys.argv[1], isolation_level=None)\ndb.execute('BEGIN EXCLUSIVE')\nprint('held', flush=True)\ntime.sleep(60)",
        file,
      ],
      { log: 'holder.log' },
    );
    await scenario.until('holder.log', 'held');
    expect(await look()).toMatchObject({ check: { kind: 'ok' } });
  });

  it('tells a page of garbage, a cut, and what is no database', async () => {
    makeDatabase();
    const whole = await readFile(file);
    await overwrite(8 * 4096, Buffer.alloc(4096, 0xa5));
    expect(await look()).toMatchObject({
      isCutShort: false,
      check: { kind: 'malformed', because: expect.stringMatching(/\w/) },
    });
    await writeFile(file, whole);
    await truncate(file, whole.length - 5 * 4096);
    expect(await look()).toMatchObject({ isCutShort: true, check: { kind: 'malformed' } });
    await truncate(file, 60);
    expect(await look()).toMatchObject({ kind: 'foreign', looks: expect.stringContaining('header') });
    await truncate(file, 0);
    expect(await look()).toEqual({ kind: 'empty' });
  });

  it.each([
    ['version https://git-lfs.github.com/spec/v1\noid sha256:00\n', /LFS/, false],
    ['<!DOCTYPE html><title>404</title>', /HTML/, false],
    ['PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n', /SQL/, false],
    ['id,name\n1,ada\n', /text/, false],
    [Buffer.from('1f8b0800000000', 'hex'), /gzip/, false],
    [
      Buffer.concat([
        createHash('sha512').update('a').digest(),
        createHash('sha512').update('b').digest(),
        Buffer.alloc(3968, 7),
      ]),
      /encrypted/,
      true,
    ],
  ])('says what else it is: %s', async (content, looks, maybeEncrypted) => {
    await writeFile(file, content);
    expect(await look()).toMatchObject({ kind: 'foreign', looks: expect.stringMatching(looks), maybeEncrypted });
  });

  it('of which a value breaks a rule that came later is not damaged', async () => {
    makeDatabase();
    const database = new Sqlite(file);
    database.exec(
      'CREATE TABLE strict_one (n INTEGER NOT NULL CHECK (n > 0)); PRAGMA ignore_check_constraints = ON; INSERT INTO strict_one VALUES (-1)',
    );
    database.unsafeMode();
    database.exec(
      "PRAGMA writable_schema = ON; CREATE TABLE loose (a TEXT); INSERT INTO loose VALUES (NULL); UPDATE sqlite_schema SET sql = 'CREATE TABLE loose (a TEXT NOT NULL)' WHERE name = 'loose'",
    );
    database.close();
    expect(await look()).toMatchObject({ check: { kind: 'ok' } });
  });

  it('that sorts by rules which we lack is not called damaged', async () => {
    const program = [
      'import sqlite3, sys',
      'db = sqlite3.connect(sys.argv[1])',
      "db.create_collation('german', lambda a, b: (a > b) - (a < b))",
      "db.executescript('CREATE TABLE t (name TEXT COLLATE german); CREATE INDEX i ON t (name); INSERT INTO t VALUES (1)')",
    ];
    execFileSync('/usr/bin/python3', ['-c', program.join('\n'), file]);
    expect(await look()).toMatchObject({ check: { kind: 'skipped', because: expect.stringContaining('german') } });
  });

  it('of five gigabytes is looked at and not read', async () => {
    makeDatabase();
    await truncate(file, 5 * 2 ** 30);
    const answer = await sqlite.inspect(file, { check: true, signal: never });
    expect(answer).toMatchObject({
      kind: 'database',
      isCutShort: false,
      check: { kind: 'skipped', because: expect.stringContaining('larger') },
    });
  });

  it('may be absent, a folder, or a pipe that nobody writes', async () => {
    expect(await look()).toEqual({ kind: 'absent' });
    expect(await sqlite.inspect(scenario.workspace, { check: true, signal: never })).toMatchObject({
      kind: 'unreadable',
    });
    execFileSync('mkfifo', [file]);
    expect(await sqlite.inspect(file, { check: true, signal: never })).toMatchObject({ kind: 'unreadable' });
  });
});

describe('who holds an SQLite file', () => {
  const hold = async (log: string, ...lines: string[]): Promise<number> => {
    const program = [
      'import sqlite3, sys, time',
      'db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)',
      ...lines,
    ];
    const { pid } = await scenario.start(['/usr/bin/python3', '-c', program.join('\n'), file], { log });
    return pid;
  };
  const holders = () => sqlite.lockHolders(file, never);
  const says = (word: string): string => `print('${word}', flush=True)`;

  it('nobody', async () => {
    makeDatabase();
    expect(await holders()).toEqual([]);
  });

  it.each([
    ['delete', 'BEGIN IMMEDIATE', 'write'],
    ['delete', 'BEGIN EXCLUSIVE', 'write'],
    ['wal', 'BEGIN IMMEDIATE', 'write'],
  ])('with journal mode %s and %s', async (journal, begin, mode) => {
    makeDatabase(journal);
    const pid = await hold('a.log', `db.execute('${begin}')`, says('held'), 'time.sleep(60)');
    await scenario.until('a.log', 'held');
    expect(await holders()).toEqual([{ pid, mode }]);
  });

  it('a reader that does not end, and the writer that waits for it', async () => {
    makeDatabase();
    const reader = await hold(
      'a.log',
      "rows = db.execute('SELECT * FROM items')",
      'rows.fetchone()',
      says('held'),
      'time.sleep(60)',
    );
    await scenario.until('a.log', 'held');
    expect(await holders()).toEqual([{ pid: reader, mode: 'read' }]);
    const writer = await hold(
      'b.log',
      "db.execute('BEGIN IMMEDIATE')",
      "db.execute('DELETE FROM items WHERE id = 1')",
      says('now'),
      "db.execute('COMMIT')",
    );
    await scenario.until('b.log', 'now');
    await expect.poll(holders, { timeout: 10_000 }).toEqual(
      expect.arrayContaining([
        { pid: reader, mode: 'read' },
        { pid: writer, mode: 'waits' },
      ]),
    );
  });
});
