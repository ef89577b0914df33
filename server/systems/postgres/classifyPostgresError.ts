import type { Outcome } from './connectPostgres.ts';
import { PasswordNotConfigured } from './postgresSession.ts';

/** An error that the server sent has a severity and an SQLSTATE of five characters. */
interface ServerError {
  code: string;
  message: string;
  detail: string | undefined;
}

/**
 * What an error of a connection attempt means; undefined when it is neither the server's nor the network's, such as
 * a stream that is not PostgreSQL's protocol.
 */
export function classifyPostgresError(error: unknown): Outcome | undefined {
  if (error instanceof PasswordNotConfigured) {
    return {
      kind: 'authFailed',
      because: 'the server asks for a password and none is configured',
      sqlState: '28P01',
    };
  }
  const server = asServerError(error);
  if (server !== undefined) return classifySqlState(server.code, server.message, server.detail);
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return classifySystemCode(error.code);
}

function asServerError(error: unknown): ServerError | undefined {
  if (!(error instanceof Error) || !('severity' in error) || !('code' in error)) return undefined;
  if (typeof error.severity !== 'string' || typeof error.code !== 'string') return undefined;
  const detail = 'detail' in error && typeof error.detail === 'string' ? error.detail : undefined;
  return { code: error.code, message: error.message, detail };
}

function classifySqlState(sqlState: string, because: string, detail: string | undefined): Outcome {
  if (sqlState.startsWith('28')) return { kind: 'authFailed', because, sqlState };
  if (sqlState === '3D000') return { kind: 'databaseMissing', because, existing: [] };
  // cannot_connect_now: starting up, shutting down, or in recovery.
  if (sqlState === '57P03') return { kind: 'starting', because: detail ? `${because} (${detail})` : because, sqlState };
  if (sqlState === '53300') return { kind: 'connectionsExhausted', because, sqlState };
  return { kind: 'otherError', because, sqlState };
}

function classifySystemCode(code: string): Outcome | undefined {
  switch (code) {
    case 'ECONNREFUSED':
      return { kind: 'refused', because: 'nothing listens on the port (ECONNREFUSED)' };
    // A Unix socket that is not there.
    case 'ENOENT':
      return { kind: 'refused', because: 'the socket file does not exist (ENOENT)' };
    case 'ETIMEDOUT':
      return { kind: 'timedOut', because: 'no answer to the connection request (ETIMEDOUT)' };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EACCES':
    case 'EPERM':
    case 'EADDRNOTAVAIL':
      return { kind: 'unreachable', because: `the address cannot be reached (${code})` };
    default:
      // TLS: ERR_TLS_CERT_ALTNAME_INVALID, SELF_SIGNED_CERT_IN_CHAIN, CERT_HAS_EXPIRED …
      if (/CERT|TLS|SSL|VERIFY|ISSUER/.test(code)) {
        return { kind: 'otherError', because: `TLS could not be set up (${code})`, sqlState: '08001' };
      }
      return undefined;
  }
}
