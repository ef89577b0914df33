import type { Outcome } from './connectMysql.ts';

type Trouble = Exclude<Outcome, { kind: 'ready' }>;

/** Numbers of the servers' error messages; both products share them below 1800. */
const LOGIN_REFUSED = new Set([1044, 1045, 1130, 1251, 1524, 1698, 1820, 1862, 3118, 4151]);
const NO_CONNECTION_LEFT = new Set([1040, 1203, 1226]);
const SHUTTING_DOWN = 1053;
const UNKNOWN_DATABASE = 1049;
const HOST_BLOCKED = 1129;

/** What an error of a connection attempt means. */
export function classifyMysqlError(error: unknown): Trouble {
  const { errno, code, message } = partsOf(error);
  // The client library numbers its own errors negatively and from 2000 on; those of servers are positive.
  if (errno !== undefined && errno >= 1000) {
    if (LOGIN_REFUSED.has(errno)) return { kind: 'authFailed', because: message, code: String(errno) };
    if (errno === UNKNOWN_DATABASE) return { kind: 'databaseMissing', because: message, existing: [] };
    if (NO_CONNECTION_LEFT.has(errno)) return { kind: 'tooManyConnections', because: message, code: String(errno) };
    if (errno === SHUTTING_DOWN) return { kind: 'starting', because: message, code: String(errno) };
    if (errno === HOST_BLOCKED) return { kind: 'unreachable', because: message };
    return { kind: 'otherError', because: message, code: String(errno) };
  }
  switch (code) {
    case 'ECONNREFUSED':
      return { kind: 'refused', because: 'nothing listens on the port (ECONNREFUSED)' };
    case 'ETIMEDOUT':
      return { kind: 'timedOut', because: 'no answer to the connection request (ETIMEDOUT)' };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EACCES':
    case 'EPERM':
    case 'EADDRNOTAVAIL':
      return { kind: 'unreachable', because: `the address cannot be reached (${code})` };
    case 'PROTOCOL_CONNECTION_LOST':
    case 'ECONNRESET':
    case 'EPIPE':
      return { kind: 'unreachable', because: `the server ended the connection (${code})` };
    case 'HANDSHAKE_NO_SSL_SUPPORT':
    case 'HANDSHAKE_SSL_ERROR':
      return { kind: 'otherError', because: `TLS could not be set up (${code})`, code };
    case 'AUTH_SWITCH_PLUGIN_ERROR':
      return { kind: 'otherError', because: message, code };
    default:
      return { kind: 'otherError', because: `the connection failed (${code ?? message})`, code: code ?? 'unknown' };
  }
}

function partsOf(error: unknown): { errno: number | undefined; code: string | undefined; message: string } {
  if (!(error instanceof Error)) return { errno: undefined, code: undefined, message: String(error) };
  const { errno, code, sqlMessage } = error as Error & { errno?: unknown; code?: unknown; sqlMessage?: unknown };
  return {
    errno: typeof errno === 'number' ? errno : undefined,
    code: typeof code === 'string' ? code : undefined,
    message: typeof sqlMessage === 'string' ? sqlMessage : error.message,
  };
}
