import { Socket } from 'node:net';
import type { QueryConfig } from 'pg';
import { classifyPostgresError } from './classifyPostgresError.ts';
import type { PostgresTarget } from './postgres.ts';
import { configOf } from './postgresSession.ts';

export type StatementAnswer =
  | { kind: 'done'; rows: number }
  /** `code` is the SQLSTATE when the server refused; `because` its message, which holds no password. */
  | { kind: 'failed'; code: string | undefined; because: string };

/** Statements that change a database: for the change door alone, never a part of what a diagnosis may use. */
export interface PostgresStatements {
  /** Runs one statement, outside of a transaction: CREATE INDEX CONCURRENTLY and CREATE DATABASE need that. */
  run(
    target: PostgresTarget,
    statement: string,
    options: { timeoutMs: number; signal: AbortSignal },
  ): Promise<StatementAnswer>;
}

export function createPostgresStatements(): PostgresStatements {
  return { run };
}

async function run(
  target: PostgresTarget,
  statement: string,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<StatementAnswer> {
  const mode = target.sslMode ?? 'prefer';
  const secure = mode !== 'disable' && mode !== 'allow';
  const first = await attempt(target, statement, secure, timeoutMs, signal);
  const optional = mode === 'prefer' || mode === 'allow';
  // Refused before the login: the statement was not seen yet, so the other way may be tried.
  return first.kind === 'unstarted' && optional
    ? toAnswer(await attempt(target, statement, !secure, timeoutMs, signal))
    : toAnswer(first);
}

type Attempt = StatementAnswer | { kind: 'unstarted'; code: string | undefined; because: string };

function toAnswer(attempted: Attempt): StatementAnswer {
  return attempted.kind === 'unstarted' ? { ...attempted, kind: 'failed' } : attempted;
}

async function attempt(
  target: PostgresTarget,
  statement: string,
  tls: boolean,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Attempt> {
  signal.throwIfAborted();
  const { Client } = await import('pg');
  const socket = new Socket();
  const client = new Client({
    ...configOf(target, tls),
    stream: () => socket,
    password: target.password ?? '',
    connectionTimeoutMillis: Math.min(timeoutMs, 5_000),
    // Also ends it at the server, when we are gone.
    options: `-c statement_timeout=${Math.round(timeoutMs)} -c lock_timeout=10000`,
  });
  client.on('error', () => socket.destroy());
  const onAbort = (): void => void socket.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  let started = false;
  try {
    await client.connect();
    started = true;
    // The extended protocol takes one statement and no more. pg knows the setting, its types do not.
    const query: QueryConfig & { queryMode: 'extended' } = { text: statement, queryMode: 'extended' };
    const { rowCount } = await client.query(query);
    await client.end();
    return { kind: 'done', rows: rowCount ?? 0 };
  } catch (error) {
    signal.throwIfAborted();
    const code = (error as { code?: string }).code;
    const known = classifyPostgresError(error);
    const because =
      known && 'because' in known ? known.because : error instanceof Error ? error.message : String(error);
    return { kind: started ? 'failed' : 'unstarted', code, because };
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}
