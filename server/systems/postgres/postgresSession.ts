import { isIP, Socket } from 'node:net';
import type { ClientConfig } from 'pg';
import type { PostgresTarget } from './postgres.ts';

export interface Session {
  version: string;
  settings: Record<string, string>;
}

/** The server wants a password and the workspace gives none; the protocol's own error for it is hard to read. */
export class PasswordNotConfigured extends Error {
  override readonly name = 'PasswordNotConfigured';
}

/** The server itself stops a query of ours after this time, also when we are gone. */
const STATEMENT_TIMEOUT_MS = 2000;
const GOODBYE_MS = 200;

const SETTINGS = [
  ...['server_version', 'max_connections', 'superuser_reserved_connections', 'default_transaction_read_only'],
  ...['password_encryption', 'ssl'],
];

/**
 * Connects, reads version and settings, disconnects.
 * @throws pg.DatabaseError, system and TLS errors, PasswordNotConfigured; ends within moments of the signal's abort
 */
export async function readSession(target: PostgresTarget, tls: boolean, signal: AbortSignal): Promise<Session> {
  const rows = await queryOnce<{ name: string; setting: string }>(target, tls, signal, {
    text: 'SELECT name, setting FROM pg_settings WHERE name = ANY($1)',
    values: [SETTINGS],
  });
  const settings = Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
  return { version: settings.server_version ?? 'unknown', settings };
}

/** Databases that a role may connect to, templates left out. @throws as {@link readSession} */
export async function readDatabaseNames(target: PostgresTarget, tls: boolean, signal: AbortSignal): Promise<string[]> {
  const rows = await queryOnce<{ datname: string }>(target, tls, signal, {
    text: 'SELECT datname FROM pg_database WHERE NOT datistemplate AND datallowconn ORDER BY datname',
    values: [],
  });
  return rows.map(({ datname }) => datname);
}

/** One SELECT in a read-only transaction of its own connection. @throws as {@link readSession} */
export async function queryOnce<Row extends object>(
  target: PostgresTarget,
  tls: boolean,
  signal: AbortSignal,
  select: { text: string; values: unknown[] },
): Promise<Row[]> {
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
    await client.query(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}`);
    const { rows } = await client.query<Row>(select);
    await client.query('ROLLBACK');
    await sayGoodbye(client);
    return rows;
  } catch (error) {
    signal.throwIfAborted();
    if (isPasswordMissing) throw new PasswordNotConfigured('', { cause: error });
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}

/** Ends the session in order, so that the server logs no lost connection; does not wait for a server that hangs. */
async function sayGoodbye(client: { end(): Promise<void> }): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, GOODBYE_MS);
  try {
    await Promise.race([client.end(), late]);
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
