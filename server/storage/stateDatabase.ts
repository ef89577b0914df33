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
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    database.pragma('foreign_keys = ON');
    const [check] = database.pragma('quick_check(1)') as { quick_check: string }[];
    if (check?.quick_check !== 'ok')
      throw Object.assign(new Error(check?.quick_check ?? 'quick_check gave nothing'), { code: 'SQLITE_CORRUPT' });
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function migrate(database: Database): void {
  const version = database.pragma('user_version', { simple: true }) as number;
  for (let next = version; next < MIGRATIONS.length; next++) {
    database.transaction(() => {
      database.exec(MIGRATIONS[next] as string);
      database.pragma(`user_version = ${next + 1}`);
    })();
  }
}
