import { isIP, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { withDeadline } from '../../runtime/deadline.ts';
import { encodeCommand, type RedisReply, readReply } from './readReply.ts';
import type { RedisTarget } from './redis.ts';

/** The peer answered with something that is not RESP. */
export class ForeignReply extends Error {
  override readonly name = 'ForeignReply';
}
/** The peer hung up. */
export class ConnectionClosed extends Error {
  override readonly name = 'ConnectionClosed';
}

/** Sends commands in one go and waits for all of their replies, in the same order. */
export type Ask = (...commands: readonly (readonly string[])[]) => Promise<RedisReply[]>;

/**
 * Connects, lets `talk` ask, and hangs up.
 * @throws TimeLimitExceeded, ForeignReply, ConnectionClosed, system and TLS errors, the signal's reason
 */
export async function converse<T>(
  target: RedisTarget,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
  talk: (ask: Ask, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const socket = new Socket();
  try {
    return await withDeadline(
      async (limit) => talk(createConversation(await open(socket, target)), limit),
      timeoutMs,
      signal,
    );
  } finally {
    socket.destroy();
  }
}

/** Sends AUTH when there is a password. @returns the error, when that is not the mere lack of a password at the server */
export async function logIn(ask: Ask, { user, password }: RedisTarget): Promise<RedisReply | undefined> {
  if (password === undefined || password === '') return undefined;
  const [reply] = await ask(['AUTH', ...(user ? [user] : []), password]);
  // A server without a password answers ERR to AUTH; what counts is whether the next command is let through.
  return reply?.kind === 'error' && !/^ERR (?!max number)/.test(reply.text) ? reply : undefined;
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

function createConversation(stream: Duplex): Ask {
  let received: Buffer = Buffer.alloc(0);
  let replies: RedisReply[] = [];
  let expected = 0;
  let waiting = Promise.withResolvers<RedisReply[]>();
  const deliver = (): void => {
    while (replies.length < expected) {
      const read = readReply(received);
      if (read.kind === 'incomplete') return;
      if (read.kind === 'foreign') {
        waiting.reject(new ForeignReply());
        return;
      }
      received = received.subarray(read.length);
      replies.push(read.reply);
    }
    waiting.resolve(replies);
  };
  stream.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    deliver();
  });
  // "max number of clients" is said unasked, and then the peer hangs up: what was said counts.
  const onEnd = (): void => {
    const [only] = replies;
    if (only?.kind === 'error') waiting.resolve(replies);
    else waiting.reject(new ConnectionClosed());
  };
  stream.on('error', (error) => (replies.length > 0 ? onEnd() : waiting.reject(error)));
  stream.on('close', onEnd);
  stream.on('end', onEnd);
  // Nobody may be waiting when the stream fails between two commands.
  const quiet = (): void => void waiting.promise.catch(() => undefined);
  quiet();
  return (...commands) => {
    replies = [];
    expected = commands.length;
    waiting = Promise.withResolvers();
    quiet();
    deliver();
    if (stream.destroyed || stream.readableEnded) onEnd();
    else stream.write(commands.map(encodeCommand).join(''));
    return waiting.promise;
  };
}
