import { TimeLimitExceeded } from '../../runtime/deadline.ts';
import { type Ask, ConnectionClosed, converse, ForeignReply, logIn } from './openConversation.ts';
import { infoFields, readFacts } from './readFacts.ts';
import type { RedisReply } from './readReply.ts';
import type { RedisAnswer, RedisTarget } from './redis.ts';

type Outcome = RedisAnswer extends infer A ? (A extends unknown ? Omit<A, 'durationMs'> : never) : never;

/**
 * Logs in, sends PING and asks for what INFO, CONFIG GET and SLOWLOG tell.
 * @throws the signal's reason when cancelled
 */
export async function pingRedis(
  target: RedisTarget,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<RedisAnswer> {
  const started = performance.now();
  const outcome = await converse(target, options, (ask) => talk(ask, target)).catch((error: unknown) => {
    options.signal.throwIfAborted();
    return classify(error);
  });
  return { ...outcome, durationMs: performance.now() - started };
}

/** One CONFIG GET for each: several names in one are understood by Redis 7 and later only. */
const SETTINGS = ['stop-writes-on-bgsave-error', 'save', 'min-replicas-to-write', 'dir'] as const;
const SLOW_ENTRIES = '8';

async function talk(ask: Ask, target: RedisTarget): Promise<Outcome> {
  const refusal = await logIn(ask, target);
  if (refusal) return describeError(refusal, ask);
  const [pong] = await ask(['PING']);
  // A Redis that cannot save refuses PING like a write, and answers everything that reads.
  if (pong?.kind === 'error' && !pong.text.startsWith('MISCONF ')) return describeError(pong, ask);
  const [info, slow, ...settings] = await ask(
    ['INFO'],
    ['SLOWLOG', 'GET', SLOW_ENTRIES],
    ...SETTINGS.map((name) => ['CONFIG', 'GET', name]),
  );
  const fields = infoFields(info?.kind === 'text' ? info.text : '');
  return {
    kind: 'pong',
    version: fields.get('redis_version'),
    role: fields.get('role'),
    facts: fields.size === 0 ? undefined : readFacts(fields, slow, new Map(settings.flatMap(settingOf))),
  };
}

function settingOf(reply: RedisReply): [string, string][] {
  if (reply.kind !== 'list') return [];
  const [name, value] = reply.items;
  return name?.kind === 'text' && value?.kind === 'text' ? [[name.text, value.text]] : [];
}

const AUTH_ERRORS = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM', 'DENIED']);

async function describeError(reply: RedisReply, ask: Ask): Promise<Outcome> {
  const because = reply.kind === 'list' ? '' : reply.text;
  const code = because.split(' ', 1)[0] ?? '';
  if (AUTH_ERRORS.has(code)) return { kind: 'authFailed', because };
  if (code === 'BUSY') return { kind: 'busy', because };
  if (/max number of clients/i.test(because)) return { kind: 'tooManyClients', because };
  // MASTERDOWN and others: Redis, but of no use now.
  if (code !== 'LOADING') return { kind: 'unreachable', because };
  // INFO is answered also while it loads.
  const fields = await ask(['INFO', 'persistence'])
    .then(([info]) => infoFields(info?.kind === 'text' ? info.text : ''))
    .catch(() => new Map<string, string>());
  const number = (name: string): number | undefined =>
    fields.has(name) ? Number.parseFloat(fields.get(name) ?? '') : undefined;
  return {
    kind: 'loading',
    because,
    percent: number('loading_loaded_perc'),
    secondsLeft: number('loading_eta_seconds'),
  };
}

function classify(error: unknown): Outcome {
  if (error instanceof TimeLimitExceeded) return { kind: 'timedOut', because: 'nothing was answered in time' };
  if (error instanceof ForeignReply) return { kind: 'notRedis', because: 'the peer answers, but not as Redis does' };
  if (error instanceof ConnectionClosed) {
    return { kind: 'unreachable', because: 'the connection is taken and closed without an answer' };
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  if (code === 'ECONNREFUSED') return { kind: 'refused', because: 'nothing listens on the port (ECONNREFUSED)' };
  if (code === 'ETIMEDOUT') return { kind: 'timedOut', because: 'no answer to the connection request (ETIMEDOUT)' };
  // EPROTO: the peer does not speak TLS.
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) {
    return { kind: 'notRedis', because: `the peer does not speak TLS (${code})` };
  }
  return { kind: 'unreachable', because: `the connection failed (${code})` };
}
