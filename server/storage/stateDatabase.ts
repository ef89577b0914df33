import { closeSync, existsSync, openSync, readSync, renameSync } from 'node:fs';
import { type Database, openDatabase } from './openDatabase.ts';

/** Each entry brings the schema one version up; never edited once released. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE diagnosis (
     id INTEGER PRIMARY KEY,
     workspace TEXT NOT NULL,
     started_at TEXT NOT NULL,
     status TEXT NOT NULL,
     report TEXT NOT NULL
   ) STRICT;
   CREATE INDEX diagnosis_by_workspace ON diagnosis (workspace, id DESC);`,
  // An entry of the history stands for all runs in a row that said the same.
  `ALTER TABLE diagnosis ADD COLUMN signature TEXT NOT NULL DEFAULT '';
   ALTER TABLE diagnosis ADD COLUMN last_at TEXT NOT NULL DEFAULT '';
   ALTER TABLE diagnosis ADD COLUMN runs INTEGER NOT NULL DEFAULT 1;
   UPDATE diagnosis SET last_at = started_at;
   CREATE TABLE occurrence (
     id INTEGER PRIMARY KEY,
     workspace TEXT NOT NULL,
     cause TEXT NOT NULL,
     target TEXT NOT NULL,
     first_at TEXT NOT NULL,
     last_at TEXT NOT NULL,
     ended_at TEXT
   ) STRICT;
   CREATE INDEX occurrence_by_workspace ON occurrence (workspace, id DESC);
   CREATE TABLE suppression (
     id TEXT PRIMARY KEY,
     workspace TEXT NOT NULL,
     fingerprint TEXT NOT NULL,
     cause TEXT NOT NULL,
     target TEXT NOT NULL,
     summary TEXT NOT NULL,
     reason TEXT NOT NULL,
     since TEXT NOT NULL,
     until TEXT
   ) STRICT;
   CREATE UNIQUE INDEX suppression_by_finding ON suppression (workspace, fingerprint);`,
  `CREATE TABLE log_suppression (
     fingerprint TEXT PRIMARY KEY,
     summary TEXT NOT NULL,
     reason TEXT NOT NULL,
     since TEXT NOT NULL,
     until TEXT
   ) STRICT;`,
];

const CORRUPT = new Set(['SQLITE_CORRUPT', 'SQLITE_NOTADB']);

export interface StateDatabase {
  database: Database;
  /** Where a corrupt file was set aside, when that happened at this start. */
  quarantined: string | undefined;
}

/**
 * Opens the state database and brings it up to date. A corrupt file is renamed together with its -wal and -shm, never
 * deleted, and a fresh one takes its place.
 */
export async function openStateDatabase(file: string, now: Date): Promise<StateDatabase> {
  try {
    // Looked at before SQLite opens it: for a file that is none of its own it would drop the -wal that belongs to the evidence.
    if (existsSync(file) && !hasDatabaseHeader(file))
      throw Object.assign(new Error('not a database'), { code: 'SQLITE_NOTADB' });
    return { database: await openChecked(file), quarantined: undefined };
  } catch (error) {
    if (!CORRUPT.has((error as { code?: string }).code ?? '')) throw error;
    const quarantined = `${file}.corrupt-${now.toISOString().replace(/[:.]/g, '-')}`;
    for (const suffix of ['', '-wal', '-shm'])
      if (existsSync(file + suffix)) renameSync(file + suffix, quarantined + suffix);
    return { database: await openChecked(file), quarantined };
  }
}

/**
 * Opens the state database beside the backend that may have it open: for a command of a terminal. A file that is damaged is left
 * to the backend, which sets it aside.
 * @throws NativeModuleBroken, SqliteError, NodeJS.ErrnoException
 */
export async function openSharedStateDatabase(file: string): Promise<Database> {
  if (existsSync(file) && !hasDatabaseHeader(file)) throw new Error(`${file} is not a database`);
  const database = await openDatabase(file, { busyTimeoutMs: 2_000 });
  try {
    prepare(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** An empty file is a database that was not written yet. */
function hasDatabaseHeader(file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    const header = Buffer.alloc(16);
    const length = readSync(descriptor, header, 0, 16, 0);
    return length === 0 || header.toString('latin1') === 'SQLite format 3\0';
  } finally {
    closeSync(descriptor);
  }
}

async function openChecked(file: string): Promise<Database> {
  const database = await openDatabase(file, { busyTimeoutMs: 2_000 });
  try {
    const [check] = database.pragma('quick_check(1)') as { quick_check: string }[];
    if (check?.quick_check !== 'ok')
      throw Object.assign(new Error(check?.quick_check ?? 'quick_check gave nothing'), { code: 'SQLITE_CORRUPT' });
    prepare(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function prepare(database: Database): void {
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.pragma('foreign_keys = ON');
  const version = (): number => database.pragma('user_version', { simple: true }) as number;
  if (version() >= MIGRATIONS.length) return;
  // The backend and a terminal may come here at once: whoever waits for the lock finds the work done.
  database
    .transaction(() => {
      for (let next = version(); next < MIGRATIONS.length; next++) {
        database.exec(MIGRATIONS[next] as string);
        database.pragma(`user_version = ${next + 1}`);
      }
    })
    .immediate();
}
