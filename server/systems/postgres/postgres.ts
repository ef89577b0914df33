import { withDeadline } from '../../runtime/deadline.ts';
import type { AskOptions } from './askPostgres.ts';
import { connectPostgres } from './connectPostgres.ts';
import type { PostgresFacts } from './postgresFacts.ts';
import type { PostgresWorkload } from './postgresWorkload.ts';
import { type PostgresDamage, readDamage } from './readDamage.ts';
import { readMigrations } from './readMigrations.ts';
import { type ObjectKind, type PostgresRights, readRights } from './readRights.ts';
import { readWorkload } from './readWorkload.ts';

export interface PostgresTarget {
  /** Resolved address to connect to. */
  address: string;
  /** Name for TLS verification and messages. */
  host: string;
  port: number;
  user: string;
  password: string | undefined;
  database: string;
  sslMode: string | undefined;
}

export type PostgresAnswer =
  | {
      kind: 'connected';
      version: string;
      settings: Record<string, string>;
      /** The connection was encrypted. */
      tls: boolean;
      /** Undefined: a server that does not tell them, or not in time. */
      facts: PostgresFacts | undefined;
      durationMs: number;
    }
  | { kind: 'refused' | 'timedOut' | 'unreachable' | 'notPostgres'; because: string; durationMs: number }
  /** SQLSTATE 28xxx. `because` is the server's own message (holds no password). */
  | { kind: 'authFailed'; because: string; sqlState: string; durationMs: number }
  /** SQLSTATE 3D000. `existing` is what the server lists when another database of the same role can be opened. */
  | { kind: 'databaseMissing'; because: string; existing: string[]; durationMs: number }
  /** 57P03 starting up or shutting down · 53300 too many connections · any other SQLSTATE. */
  | { kind: 'starting' | 'connectionsExhausted' | 'otherError'; because: string; sqlState: string; durationMs: number };

/** Tools that keep a table of the migrations that were applied. */
export type MigrationTool =
  | ('prisma' | 'knex' | 'sequelize' | 'node-pg-migrate' | 'drizzle')
  | ('alembic' | 'django' | 'flyway' | 'golang-migrate' | 'rails');

export type AppliedMigrations =
  /** As the tool writes them; `failed` are those that it began and did not end. */
  | { kind: 'applied'; names: string[]; failed: string[] }
  | { kind: 'noTable'; table: string }
  | { kind: 'withheld'; because: string };

/** PostgreSQL by the vendor's protocol, with the workspace's own credentials; runs only SELECT and SHOW in a read-only transaction. */
export interface Postgres {
  connect(target: PostgresTarget, options: AskOptions): Promise<PostgresAnswer>;
  /**
   * What takes long, how it is planned, and what the tables in it are like: one more session, for suspects alone.
   * Undefined when the server does not tell in time.
   * @param options.tls as the answer of `connect` says
   * @param options.logged statements that a log calls slow; only their names are looked up
   */
  workload(
    target: PostgresTarget,
    options: { tls: boolean; logged: readonly string[]; timeoutMs: number; signal: AbortSignal },
  ): Promise<PostgresWorkload | undefined>;
  /** What a tool has noted as applied. */
  migrations(
    target: PostgresTarget,
    options: { tool: MigrationTool; tls: boolean; timeoutMs: number; signal: AbortSignal },
  ): Promise<AppliedMigrations>;
  /** What the login may do with one object of the database; undefined when that cannot be told. */
  rights(
    target: PostgresTarget,
    object: { kind: ObjectKind; name: string },
    options: AskOptions,
  ): Promise<PostgresRights | undefined>;
  /** What the server knows of pages that it could not verify; `file` is the number of a relation's file, as its errors name it. */
  damage(target: PostgresTarget, file: number | undefined, options: AskOptions): Promise<PostgresDamage | undefined>;
}

export function createPostgres(): Postgres {
  return {
    connect: connectPostgres,
    rights: readRights,
    damage: readDamage,
    workload: (target, { tls, logged, timeoutMs, signal }) =>
      withDeadline((limit) => readWorkload(target, tls, logged, limit), timeoutMs, signal).catch(() => {
        signal.throwIfAborted();
        return undefined;
      }),
    migrations: (target, { tool, tls, timeoutMs, signal }) =>
      withDeadline((limit) => readMigrations(target, tls, tool, limit), timeoutMs, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        const because = error instanceof Error ? error.message : String(error);
        return { kind: 'withheld', because };
      }),
  };
}
