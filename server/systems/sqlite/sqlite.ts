import { inspectSqlite } from './inspectSqlite.ts';
import { readLockHolders } from './readLockHolders.ts';

/** Runs `PRAGMA quick_check` on the bytes of a database, in memory. */
export type QuickCheck = (image: Buffer) => Promise<Exclude<IntegrityCheck, { kind: 'notAsked' }>>;

export type IntegrityCheck =
  | { kind: 'notAsked' }
  | { kind: 'ok' }
  /** In SQLite's own words. */
  | { kind: 'malformed'; because: string }
  /** It could not be told without touching the file or waiting for a writer. */
  | { kind: 'skipped'; because: string };

export type SqliteAnswer =
  | { kind: 'absent' }
  | { kind: 'unreadable'; because: string }
  /** SQLite takes an empty file for a new database. */
  | { kind: 'empty' }
  /** It does not begin as SQLite's files do; `looks` says what it is instead. An encrypted database looks like noise. */
  | { kind: 'foreign'; size: number; looks: string; maybeEncrypted: boolean }
  | {
      kind: 'database';
      size: number;
      pageSize: number;
      /** Pages that the header claims; undefined where an old version of SQLite left that out. */
      pageCount: number | undefined;
      /** It keeps a write-ahead log: writers and readers do not wait for each other. */
      usesWal: boolean;
      /** The file holds less than its header claims, at two looks, and nothing beside it holds the rest. */
      isCutShort: boolean;
      check: IntegrityCheck;
    };

export interface LockHolder {
  pid: number;
  /**
   * `write`: nobody else can write meanwhile, and without a write-ahead log nobody can read while it commits.
   * `waits`: it wants to commit, and readers that do not end keep it from that.
   */
  mode: 'read' | 'write' | 'waits';
}

/** Database files of SQLite, read as bytes: no lock is taken, no file beside them is made, and none is recovered. */
export interface Sqlite {
  /** @param options.check runs quick_check as well, on a copy in memory of files up to 32 MiB */
  inspect(file: string, options: { check: boolean; signal: AbortSignal }): Promise<SqliteAnswer>;
  /** Processes that hold a lock of the file now; undefined where the platform does not tell. */
  lockHolders(file: string, signal: AbortSignal): Promise<LockHolder[] | undefined>;
}

export function createSqlite(quickCheck: QuickCheck): Sqlite {
  return {
    inspect: (file, options) => inspectSqlite(file, quickCheck, options),
    lockHolders: readLockHolders,
  };
}
