import { inspectSqlite } from './inspectSqlite.ts';
import { readLockHolders } from './readLockHolders.ts';

/** What `PRAGMA quick_check` says, in its own words; "ok" when nothing is wrong. */
export type QuickCheck = (source: string | Buffer) => Promise<string>;

export type IntegrityCheck =
  | { kind: 'notAsked' }
  | { kind: 'ok' }
  | { kind: 'malformed'; because: string }
  /** It could not be told without touching the file or waiting for a writer. */
  | { kind: 'skipped'; because: string };

export type SqliteAnswer =
  | { kind: 'absent' }
  | { kind: 'unreadable'; because: string }
  /** SQLite takes an empty file for a new database. */
  | { kind: 'empty' }
  /** It does not begin as SQLite's files do. */
  | { kind: 'foreign'; size: number; beginning: string }
  | {
      kind: 'database';
      size: number;
      pageSize: number;
      /** Pages that the header claims; undefined where an old version of SQLite left that out. */
      pageCount: number | undefined;
      /** It keeps a write-ahead log: writers and readers do not wait for each other. */
      usesWal: boolean;
      /** Bytes of the write-ahead log and of the rollback journal beside it; 0: none. */
      walBytes: number;
      journalBytes: number;
      check: IntegrityCheck;
    };

export interface LockHolder {
  pid: number;
  /** `write`: nobody else can write meanwhile, and without a write-ahead log nobody can read while it commits. */
  mode: 'read' | 'write';
}

/** Database files of SQLite, looked at without changing a byte beside them and without taking a lock that a writer would wait for. */
export interface Sqlite {
  /** @param options.check runs quick_check as well, on files up to 32 MiB */
  inspect(file: string, options: { check: boolean; signal: AbortSignal }): Promise<SqliteAnswer>;
  /** Processes that hold a lock of the file now; undefined where the platform does not tell. */
  lockHolders(file: string, signal: AbortSignal): Promise<LockHolder[] | undefined>;
}

/** @param quickCheck runs the pragma read-only on a file, or on the bytes of one */
export function createSqlite(quickCheck: QuickCheck): Sqlite {
  return {
    inspect: (file, options) => inspectSqlite(file, quickCheck, options),
    lockHolders: readLockHolders,
  };
}
