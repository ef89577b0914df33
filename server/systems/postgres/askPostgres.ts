import { withDeadline } from '../../runtime/deadline.ts';
import { classifyPostgresError } from './classifyPostgresError.ts';
import { greetPostgres } from './greetPostgres.ts';
import type { PostgresTarget } from './postgres.ts';
import { inSession, type Query } from './postgresSession.ts';

export interface AskOptions {
  timeoutMs: number;
  signal: AbortSignal;
}

/**
 * One SELECT on a server that has let this login in before, encrypted where that is asked for or needed; undefined when it
 * does not answer, for whatever reason.
 * @throws the signal's reason when cancelled
 */
export async function askPostgres<Row extends object>(
  target: PostgresTarget,
  select: { text: string; values: unknown[] },
  { timeoutMs, signal }: AskOptions,
): Promise<Row[] | undefined> {
  const mode = target.sslMode ?? 'allow';
  try {
    return await withDeadline(
      async (limit) => {
        const tls =
          mode !== 'disable' &&
          mode !== 'allow' &&
          (await greetPostgres(target.address, target.port, { timeoutMs, signal: limit })) === 'tls';
        const ask = (query: Query): Promise<Row[]> => query<Row>(select.text, select.values);
        try {
          return await inSession(target, tls, limit, ask);
        } catch (error) {
          // A server that takes only TLS refuses the plain login.
          if (mode !== 'allow' || classifyPostgresError(error)?.kind !== 'authFailed') throw error;
          return await inSession(target, true, limit, ask);
        }
      },
      timeoutMs,
      signal,
    );
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
