import { TimeLimitExceeded, withDeadline } from '../../runtime/deadline.ts';
import { classifyPostgresError } from './classifyPostgresError.ts';
import { type Greeting, greetPostgres } from './greetPostgres.ts';
import type { PostgresAnswer, PostgresTarget } from './postgres.ts';
import { readDatabaseNames, readSession } from './readFacts.ts';

/** The share of the time limit that the attempt itself may take; the rest tells a silent server from a stranger. */
const ATTEMPT_SHARE = 0.7;

/** PostgresAnswer without its duration. */
export type Outcome = PostgresAnswer extends infer A ? (A extends unknown ? Omit<A, 'durationMs'> : never) : never;

/**
 * Connects to a PostgreSQL server with the workspace's credentials and says how that went.
 * @throws the signal's reason when cancelled
 */
export async function connectPostgres(
  target: PostgresTarget,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<PostgresAnswer> {
  const started = performance.now();
  const attemptMs = options.timeoutMs * ATTEMPT_SHARE;
  let outcome: Outcome;
  try {
    outcome = await withDeadline((signal) => attempt(target, attemptMs, signal), attemptMs, options.signal);
  } catch (error) {
    if (!(error instanceof TimeLimitExceeded)) throw error;
    outcome = await explainSilence(target, options.timeoutMs - attemptMs, options.signal);
  }
  return { ...outcome, durationMs: performance.now() - started };
}

async function attempt(target: PostgresTarget, timeoutMs: number, signal: AbortSignal): Promise<Outcome> {
  const mode = target.sslMode ?? 'allow';
  try {
    if (mode === 'disable' || mode === 'allow') {
      const plain = await attemptWith(target, false, signal);
      // A server that takes only TLS answers a plain connection with 28000 ("no encryption").
      const mayNeedTls = mode === 'allow' && plain.kind === 'authFailed' && plain.sqlState === '28000';
      if (!mayNeedTls) return plain;
      const secure =
        (await greetPostgres(target.address, target.port, { timeoutMs, signal })) === 'tls'
          ? await attemptWith(target, true, signal)
          : plain;
      return secure.kind === 'authFailed' ? plain : secure;
    }
    const greeting = await greetPostgres(target.address, target.port, { timeoutMs, signal });
    if (greeting !== 'tls' && greeting !== 'plain') return describeGreeting(greeting);
    if (greeting === 'plain' && mode !== 'prefer') {
      return {
        kind: 'otherError',
        because: `the server offers no TLS, which sslmode=${mode} needs`,
        sqlState: '08001',
      };
    }
    return await attemptWith(target, greeting === 'tls', signal);
  } catch (error) {
    signal.throwIfAborted();
    const known = classifyPostgresError(error);
    if (known !== undefined) return known;
    return explainBreakdown(error, target, timeoutMs, signal);
  }
}

/** The protocol broke down without an error of the server: either the peer is none, or it went away. */
async function explainBreakdown(
  error: unknown,
  target: PostgresTarget,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Outcome> {
  const because = withoutPassword(error instanceof Error ? error.message : 'the connection failed', target);
  try {
    const greeting = await greetPostgres(target.address, target.port, { timeoutMs, signal });
    if (greeting !== 'tls' && greeting !== 'plain') return describeGreeting(greeting);
    return { kind: 'otherError', because, sqlState: '08006' };
  } catch (later) {
    signal.throwIfAborted();
    return classifyPostgresError(later) ?? { kind: 'unreachable', because };
  }
}

/** @throws what no rule of classifyPostgresError covers */
async function attemptWith(target: PostgresTarget, tls: boolean, signal: AbortSignal): Promise<Outcome> {
  try {
    return { kind: 'connected', tls, ...(await readSession(target, tls, signal)) };
  } catch (error) {
    signal.throwIfAborted();
    const outcome = classifyPostgresError(error);
    if (outcome === undefined) throw error;
    if (outcome.kind === 'databaseMissing') return { ...outcome, existing: await listExisting(target, tls, signal) };
    return outcome;
  }
}

/** Names of the databases there are, asked for through one that every server has; empty when none lets us in. */
async function listExisting(target: PostgresTarget, tls: boolean, signal: AbortSignal): Promise<string[]> {
  for (const database of new Set(['postgres', 'template1', target.user])) {
    if (database === target.database) continue;
    try {
      return await readDatabaseNames({ ...target, database }, tls, signal);
    } catch (error) {
      signal.throwIfAborted();
      // Not there or not ours: the next one may do. Anything without an SQLSTATE will not get better.
      if (classifyPostgresError(error) === undefined) return [];
    }
  }
  return [];
}

async function explainSilence(target: PostgresTarget, timeoutMs: number, signal: AbortSignal): Promise<Outcome> {
  try {
    const greeting = await greetPostgres(target.address, target.port, { timeoutMs, signal });
    if (greeting === 'other') return describeGreeting(greeting);
    return {
      kind: 'timedOut',
      because:
        greeting === 'silent'
          ? 'nothing was answered in time'
          : 'the server takes connections but did not finish the login in time',
    };
  } catch {
    signal.throwIfAborted();
    return { kind: 'timedOut', because: 'nothing was answered in time' };
  }
}

function describeGreeting(greeting: Exclude<Greeting, 'tls' | 'plain'>): Outcome {
  if (greeting === 'other') return { kind: 'notPostgres', because: 'the peer answers, but not as PostgreSQL does' };
  if (greeting === 'silent') return { kind: 'timedOut', because: 'the peer takes the connection but says nothing' };
  return {
    kind: 'unreachable',
    because: 'the connection is taken and closed at once, as by a proxy with nothing behind it',
  };
}

/** Messages of the client library; the server's own never hold a password. */
function withoutPassword(text: string, { password }: PostgresTarget): string {
  return password === undefined || password === '' ? text : text.replaceAll(password, '‹redacted›');
}
