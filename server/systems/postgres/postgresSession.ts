import { isIP, Socket } from 'node:net';
import type { Client, ClientConfig, QueryConfig } from 'pg';
import type { PostgresTarget } from './postgres.ts';

/** The server wants a password and the workspace gives none; the protocol's own error for it is hard to read. */
export class PasswordNotConfigured extends Error {
  override readonly name = 'PasswordNotConfigured';
}

/** Runs one statement. @throws pg.DatabaseError; the transaction is then over, but for what {@link attempt} wraps */
export type Query = <Row extends object>(text: string, values?: unknown[]) => Promise<Row[]>;

/** The server itself stops a statement of ours after this time, also when we are gone, and one that would wait for a lock sooner. */
const STATEMENT_TIMEOUT_MS = 2_000;
const LOCK_TIMEOUT_MS = 300;
const GOODBYE_MS = 200;

/**
 * Connects, lets `use` ask within one read-only transaction, rolls that back and disconnects. Settings are local to the
 * transaction, so that a pooler between us and the server hands nothing of ours to the next client.
 * @throws pg.DatabaseError, system and TLS errors, PasswordNotConfigured; ends within moments of the signal's abort
 */
export async function inSession<T>(
  target: PostgresTarget,
  tls: boolean,
  signal: AbortSignal,
  use: (query: Query) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const { Client } = await import('pg');
  // Our own socket: destroying it is the one way to end a client at any point of its life.
  const socket = new Socket();
  let isPasswordMissing = false;
  const client = new Client({
    ...configOf(target, tls),
    stream: () => socket,
    password: () => {
      isPasswordMissing = target.password === undefined || target.password === '';
      return target.password ?? '';
    },
  });
  // An error after the connection was given up has nobody left to tell; without a listener it would end the process.
  client.on('error', () => socket.destroy());
  const onAbort = (): void => void socket.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await client.connect();
    await client.query(
      `BEGIN READ ONLY; SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`,
    );
    const result = await use(async <Row extends object>(text: string, values: unknown[] = []) => {
      // The extended protocol takes one statement and no more. pg knows the setting, its types do not.
      const config: QueryConfig & { queryMode: 'extended' } = { text, values, queryMode: 'extended' };
      const { rows } = await client.query<Row>(config);
      return rows;
    });
    await sayGoodbye(client);
    return result;
  } catch (error) {
    signal.throwIfAborted();
    if (isPasswordMissing) throw new PasswordNotConfigured('', { cause: error });
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}

/** What a look gives, or why the server refuses it; the transaction lives on. @throws what is not the server's answer */
export async function attempt<T>(
  query: Query,
  look: () => Promise<T>,
): Promise<{ kind: 'told'; value: T } | { kind: 'refused'; because: string; code: string }> {
  await query('SAVEPOINT look');
  try {
    const value = await look();
    // Nothing was written: going back gives the locks on tables that were read free.
    await query('ROLLBACK TO SAVEPOINT look');
    return { kind: 'told', value };
  } catch (error) {
    if (!(error instanceof Error) || !('severity' in error) || !('code' in error)) throw error;
    await query('ROLLBACK TO SAVEPOINT look');
    return { kind: 'refused', because: error.message, code: String(error.code) };
  }
}

/** Ends the session in order, so that the server logs no lost connection; does not wait for a server that hangs. */
async function sayGoodbye(client: Pick<Client, 'query' | 'end'>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, GOODBYE_MS);
  const leave = client.query('ROLLBACK').then(() => client.end());
  leave.catch(() => undefined);
  try {
    await Promise.race([leave, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function configOf(target: PostgresTarget, tls: boolean): ClientConfig {
  const mode = target.sslMode;
  return {
    host: target.address,
    port: target.port,
    user: target.user,
    database: target.database,
    application_name: 'tektra',
    // Given as false too: left out, pg would read PGSSLMODE of this process.
    ssl: tls && {
      rejectUnauthorized: mode === 'verify-ca' || mode === 'verify-full',
      ...(isIP(target.host) === 0 ? { servername: target.host } : {}),
      ...(mode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
    },
  };
}
