import { Socket } from 'node:net';

/**
 * What a peer answers to PostgreSQL's SSLRequest. `tls` and `plain`: it speaks the protocol, with or without TLS.
 * `other`: it answered something else. `silent`: nothing. `closed`: it hung up without a word, as Docker's port proxy does
 * when nothing listens behind it.
 */
export type Greeting = 'tls' | 'plain' | 'other' | 'silent' | 'closed';

/** Length 8, then the number that the protocol reserves for SSLRequest (80877103). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
/** Makes servers that read lines (HTTP, Redis, SMTP) answer; PostgreSQL has answered long before it is sent. */
const LINE_ENDS = '\r\n\r\n';

/**
 * Asks a peer whether it is a PostgreSQL server. Costs one connection, needs no credentials, leaves nothing in the server's log.
 * @throws NodeJS.ErrnoException of connect(2); the signal's reason when cancelled
 */
export async function greetPostgres(
  address: string,
  port: number,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<Greeting> {
  options.signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Greeting>();
  const socket = new Socket();
  const onAbort = (): void => reject(options.signal.reason);
  options.signal.addEventListener('abort', onAbort, { once: true });
  let connected = false;
  const nudge = setTimeout(() => connected && socket.write(LINE_ENDS), options.timeoutMs / 2);
  const limit = setTimeout(() => resolve('silent'), options.timeoutMs);
  socket.on('connect', () => {
    connected = true;
    socket.write(SSL_REQUEST);
  });
  socket.on('data', (data) => resolve(ANSWERS[String.fromCharCode(data[0] ?? 0)] ?? 'other'));
  socket.on('error', (error) => (connected ? resolve('closed') : reject(error)));
  socket.on('close', () => resolve('closed'));
  try {
    if (address.startsWith('/')) socket.connect(`${address}/.s.PGSQL.${port}`);
    else socket.connect({ host: address, port });
    return await promise;
  } finally {
    clearTimeout(nudge);
    clearTimeout(limit);
    options.signal.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}

/** 'E' starts an error message: servers older than SSL, and proxies, answer so. */
const ANSWERS: Readonly<Record<string, Greeting>> = { S: 'tls', N: 'plain', E: 'plain' };
