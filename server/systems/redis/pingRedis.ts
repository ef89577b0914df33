import { isIP, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TimeLimitExceeded, withDeadline } from '../../runtime/deadline.ts';
import { encodeCommand, infoField, type RedisReply, readReply } from './readReply.ts';
import type { RedisAnswer, RedisTarget } from './redis.ts';

type Outcome = RedisAnswer extends infer A ? (A extends unknown ? Omit<A, 'durationMs'> : never) : never;

/** The peer answered with something that is not RESP. */
class ForeignReply extends Error {
  override readonly name = 'ForeignReply';
}
/** The peer hung up. */
class ConnectionClosed extends Error {
  override readonly name = 'ConnectionClosed';
}

/**
 * Logs in, sends PING and reads INFO.
 * @throws the signal's reason when cancelled
 */
export async function pingRedis(
  target: RedisTarget,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<RedisAnswer> {
  const started = performance.now();
  const outcome = await exchange(target, options).catch((error: unknown) => {
    options.signal.throwIfAborted();
    return classify(error);
  });
  return { ...outcome, durationMs: performance.now() - started };
}

async function exchange(
  target: RedisTarget,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<Outcome> {
  const socket = new Socket();
  try {
    return await withDeadline(async () => talk(await open(socket, target), target), timeoutMs, signal);
  } finally {
    socket.destroy();
  }
}

async function open(socket: Socket, target: RedisTarget): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Stays for the socket's whole life: an error after the answer must not end the process.
  socket.on('error', reject);
  socket.once('connect', resolve);
  socket.connect({ host: target.address, port: target.port });
  await promise;
  if (!target.tls) return socket;
  const { connect } = await import('node:tls');
  const servername = isIP(target.host) === 0 ? { servername: target.host } : {};
  const secure = connect({ socket, host: target.host, ...servername });
  const handshake = Promise.withResolvers<void>();
  secure.on('error', handshake.reject);
  secure.once('secureConnect', handshake.resolve);
  await handshake.promise;
  return secure;
}

async function talk(stream: Duplex, target: RedisTarget): Promise<Outcome> {
  const ask = createConversation(stream);
  if (target.password !== undefined && target.password !== '') {
    const login = target.user ? [target.user, target.password] : [target.password];
    const reply = await ask(['AUTH', ...login]);
    // A server without a password answers ERR to AUTH; what counts is whether PING is let through.
    if (reply.kind === 'error' && codeOf(reply) !== 'ERR') return describeError(reply);
  }
  const pong = await ask(['PING']);
  if (pong.kind === 'error') return describeError(pong);
  const info = async (section: string): Promise<string> => {
    const reply = await ask(['INFO', section]);
    return reply.kind === 'text' ? reply.text : '';
  };
  return {
    kind: 'pong',
    version: infoField(await info('server'), 'redis_version'),
    role: infoField(await info('replication'), 'role'),
  };
}

/** Sends one command at a time and waits for its reply. */
function createConversation(stream: Duplex): (words: readonly string[]) => Promise<RedisReply> {
  let received: Buffer = Buffer.alloc(0);
  let waiting = Promise.withResolvers<RedisReply>();
  const deliver = (): void => {
    const read = readReply(received);
    if (read.kind === 'foreign') waiting.reject(new ForeignReply());
    else if (read.kind === 'reply') {
      received = received.subarray(read.length);
      waiting.resolve(read.reply);
    }
  };
  stream.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    deliver();
  });
  stream.on('error', (error) => waiting.reject(error));
  stream.on('close', () => waiting.reject(new ConnectionClosed()));
  stream.on('end', () => waiting.reject(new ConnectionClosed()));
  // Nobody may be waiting when the stream fails between two commands.
  const quiet = (): void => void waiting.promise.catch(() => undefined);
  quiet();
  return (words) => {
    if (stream.destroyed) return Promise.reject(new ConnectionClosed());
    waiting = Promise.withResolvers();
    quiet();
    stream.write(encodeCommand(words));
    return waiting.promise;
  };
}

const AUTH_ERRORS = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM', 'DENIED']);

const codeOf = (reply: RedisReply): string => reply.text.split(' ', 1)[0] ?? '';

function describeError(reply: RedisReply): Outcome {
  const code = codeOf(reply);
  if (AUTH_ERRORS.has(code)) return { kind: 'authFailed', because: reply.text };
  if (code === 'LOADING') return { kind: 'loading', because: reply.text };
  // "ERR max number of clients reached", MASTERDOWN …: Redis, but of no use now.
  return { kind: 'unreachable', because: reply.text };
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
