import { Socket } from 'node:net';
import type { Connection, ConnectionOptions } from 'mysql2';
import { TimeLimitExceeded, withDeadline } from '../../runtime/deadline.ts';
import { classifyMysqlError } from './classifyMysqlError.ts';
import type { MysqlAnswer, MysqlTarget } from './mysql.ts';
import { type Query, readFacts } from './readFacts.ts';

/** MysqlAnswer without its duration. */
export type Outcome = MysqlAnswer extends infer A ? (A extends unknown ? Omit<A, 'durationMs'> : never) : never;

/** How long a peer may stay silent before it is spoken to first: MySQL greets, HTTP and others wait for a request. */
const GREETING_MS = 1_000;
const GOODBYE_MS = 200;
/** ER_SECURE_TRANSPORT_REQUIRED: the server takes encrypted connections only. */
const NEEDS_TLS = 3159;

/**
 * Connects to a MySQL or MariaDB server with the workspace's login and says how that went.
 * @throws the signal's reason when cancelled
 */
export async function connectMysql(
  target: MysqlTarget,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<MysqlAnswer> {
  const started = performance.now();
  const outcome = await withDeadline((limit) => attempt(target, limit), timeoutMs, signal).catch(
    (error: unknown): Outcome => {
      signal.throwIfAborted();
      if (error instanceof TimeLimitExceeded) return { kind: 'timedOut', because: 'nothing was answered in time' };
      return classifyMysqlError(error);
    },
  );
  return { ...outcome, durationMs: performance.now() - started };
}

async function attempt(target: MysqlTarget, signal: AbortSignal): Promise<Outcome> {
  const outcome = await attemptWith(target, target.tls, signal);
  if (target.tls || outcome.kind !== 'otherError' || outcome.code !== String(NEEDS_TLS)) return outcome;
  return attemptWith(target, true, signal);
}

async function attemptWith(target: MysqlTarget, tls: boolean, signal: AbortSignal): Promise<Outcome> {
  const outcome = await inSession(target, tls, signal, async (query) => ({
    kind: 'ready' as const,
    ...(await readFacts(query)),
  }));
  if (outcome.kind !== 'databaseMissing') return outcome;
  const names = await inSession({ ...target, database: undefined }, tls, signal, async (query) => {
    const rows = await query('SHOW DATABASES');
    return { kind: 'names' as const, names: rows.flatMap((row) => Object.values(row).map(String)) };
  });
  const existing = names.kind === 'names' ? names.names.filter((name) => !SYSTEM_SCHEMAS.has(name)) : [];
  return { ...outcome, existing };
}

const SYSTEM_SCHEMAS = new Set(['information_schema', 'performance_schema', 'mysql', 'sys']);

/** Logs in, lets `use` ask, and takes leave. @throws the signal's reason; every other trouble is an outcome */
export async function inSession<T>(
  target: MysqlTarget,
  tls: boolean,
  signal: AbortSignal,
  use: (query: Query) => Promise<T>,
): Promise<T | Exclude<Outcome, { kind: 'ready' }>> {
  signal.throwIfAborted();
  const { createConnection } = await import('mysql2');
  // Our own socket: it shows what the peer said first, and destroying it is the one way to end a client at any point.
  const socket = new Socket();
  const greeting = watchGreeting(socket);
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => undefined);
  const onAbort = (): void => {
    socket.destroy();
    aborted.reject(signal.reason);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([open(socket, target), aborted.promise]);
    const peer = await Promise.race([greeting.spoken, aborted.promise]);
    if (peer === 'other') return { kind: 'notMysql', because: 'the peer answers, but not as MySQL does' };
    if (peer === 'silent') return { kind: 'timedOut', because: 'the peer takes the connection but says nothing' };
    if (peer === 'closed')
      return {
        kind: 'unreachable',
        because: 'the connection is taken and closed at once, as by a proxy with nothing behind it',
      };
    const connection = createConnection(optionsOf(target, tls, socket));
    connection.on('error', () => socket.destroy());
    greeting.replay();
    await Promise.race([untilConnected(connection), aborted.promise]);
    const query: Query = (sql) => Promise.race([ask(connection, sql), aborted.promise]);
    const result = await use(query);
    await sayGoodbye(connection);
    return result;
  } catch (error) {
    signal.throwIfAborted();
    return classifyMysqlError(error);
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}

type Peer = 'mysql' | 'other' | 'silent' | 'closed';

/** Reads the first packet without taking it from the client that gets the socket next. */
function watchGreeting(socket: Socket): { spoken: Promise<Peer>; replay(): void } {
  const { promise: spoken, resolve } = Promise.withResolvers<Peer>();
  let first: Buffer = Buffer.alloc(0);
  let poked = false;
  let timer: NodeJS.Timeout | undefined;
  const onData = (data: Buffer): void => {
    first = Buffer.concat([first, data]);
    if (first.length < 5) return;
    socket.pause();
    resolve(!poked && isGreeting(first) ? 'mysql' : 'other');
  };
  const onEnd = (): void => resolve(first.length > 0 ? 'other' : 'closed');
  socket.on('data', onData).once('close', onEnd).once('end', onEnd);
  socket.once('connect', () => {
    timer = setTimeout(() => {
      poked = true;
      socket.write('?\r\n\r\n');
      timer = setTimeout(() => resolve('silent'), GREETING_MS);
    }, GREETING_MS);
  });
  void spoken.then(() => clearTimeout(timer));
  socket.once('close', () => clearTimeout(timer));
  return {
    spoken,
    replay: () => {
      socket.off('data', onData);
      socket.unshift(first);
      socket.resume();
    },
  };
}

/** Packet 0 of the server: length (3 bytes), sequence 0, then protocol 10, or an error ("too many connections"). */
function isGreeting(packet: Buffer): boolean {
  return packet.readUIntLE(0, 3) < 1024 && packet[3] === 0 && (packet[4] === 10 || packet[4] === 0xff);
}

function open(socket: Socket, { address, port }: MysqlTarget): Promise<void> {
  return new Promise((resolve, reject) => {
    // Stays for the socket's whole life: an error after the answer must not end the process.
    socket.on('error', reject);
    socket.once('connect', () => resolve());
    socket.connect({ host: address, port });
  });
}

function optionsOf(target: MysqlTarget, tls: boolean, socket: Socket): ConnectionOptions {
  return {
    user: target.user,
    password: target.password ?? '',
    ...(target.database === undefined ? {} : { database: target.database }),
    stream: () => socket,
    // The certificate is not what is asked about here.
    ...(tls ? { ssl: { rejectUnauthorized: false } } : {}),
    connectAttributes: { program_name: 'tektra' },
    supportBigNumbers: true,
  };
}

function untilConnected(connection: Connection): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.connect((error) => (error ? reject(error) : resolve()));
  });
}

function ask(connection: Connection, sql: string): Promise<Record<string, unknown>[]> {
  return new Promise((resolve, reject) => {
    connection.query(sql, (error, rows) =>
      error ? reject(error) : resolve(Array.isArray(rows) ? (rows as Record<string, unknown>[]) : []),
    );
  });
}

/** Ends the session in order, so that the server counts no aborted client; does not wait for one that hangs. */
async function sayGoodbye(connection: Connection): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, GOODBYE_MS);
    connection.end(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
