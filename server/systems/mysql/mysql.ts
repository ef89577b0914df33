import { connectMysql } from './connectMysql.ts';
import { type DamagedTable, type MysqlRights, readDamagedTables, readGrants } from './readGrants.ts';

export interface MysqlTarget {
  /** Resolved address to connect to. */
  address: string;
  /** Name for TLS and messages. */
  host: string;
  port: number;
  user: string;
  password: string | undefined;
  /** Undefined: none is chosen. */
  database: string | undefined;
  tls: boolean;
}

/** One session that waits for a lock of another. Query texts are without literals. */
export interface LockWait {
  waitingId: number;
  waitingQuery: string;
  waitSeconds: number;
  /** `schema.table`, as far as the server tells. */
  table: string | undefined;
  /** Undefined where the server does not tell whom it waits for (metadata locks). */
  blocker:
    | {
        id: number;
        user: string | undefined;
        /** The statement it runs; undefined when it idles inside its transaction. */
        query: string | undefined;
        transactionSeconds: number;
      }
    | undefined;
}

/** A transaction that holds locks of rows. */
export interface OpenTransaction {
  id: number;
  user: string | undefined;
  /** Undefined when it idles. */
  query: string | undefined;
  seconds: number;
}

/** The last deadlock that InnoDB resolved. */
export interface Deadlock {
  at: Date | undefined;
  /** Without literals. */
  queries: string[];
  tables: string[];
}

/** What a login may see; undefined is what it may not (the PROCESS privilege). */
export interface MysqlFacts {
  /** The variable that forbids writes: read_only, super_read_only, innodb_read_only. */
  readOnly: string | undefined;
  /** Whether the login is exempt from read_only. */
  mayWriteAnyway: boolean;
  threads: number | undefined;
  maxConnections: number | undefined;
  lockWaitTimeoutSeconds: number | undefined;
  lockWaits: LockWait[] | undefined;
  /** Those that hold locks, the oldest first. */
  openTransactions: OpenTransaction[] | undefined;
  lastDeadlock: Deadlock | undefined;
}

export type MysqlProduct = 'MySQL' | 'MariaDB';

export type MysqlAnswer =
  | { kind: 'ready'; product: MysqlProduct; version: string; facts: MysqlFacts; durationMs: number }
  | { kind: 'refused' | 'timedOut' | 'unreachable' | 'notMysql'; because: string; durationMs: number }
  /** 1045, 1698, 1251, 1130 and their like. `because` is the server's own message, which holds no password. */
  | { kind: 'authFailed'; because: string; code: string; durationMs: number }
  /** 1049. `existing` is what the same login may see; empty when that is nothing. */
  | { kind: 'databaseMissing'; because: string; existing: string[]; durationMs: number }
  /** 1040, 1203: the server or the user has no connection left. 1053: it shuts down. */
  | { kind: 'tooManyConnections' | 'starting' | 'otherError'; because: string; code: string; durationMs: number };

/** MySQL and MariaDB by the vendor's protocol, with the workspace's own login; only SELECT and SHOW, in a read-only session. */
export interface Mysql {
  connect(target: MysqlTarget, options: { timeoutMs: number; signal: AbortSignal }): Promise<MysqlAnswer>;
  /** What the login was given; undefined when that cannot be told. */
  rights(target: MysqlTarget, options: { timeoutMs: number; signal: AbortSignal }): Promise<MysqlRights | undefined>;
  /** Tables that the server itself cannot open; slow where there are thousands. */
  damagedTables(
    target: MysqlTarget,
    options: { timeoutMs: number; signal: AbortSignal },
  ): Promise<DamagedTable[] | undefined>;
}

export function createMysql(): Mysql {
  return { connect: connectMysql, rights: readGrants, damagedTables: readDamagedTables };
}
