import { Socket } from 'node:net';
import type { Connection } from './network.ts';

/** Codes of connect(2) that mean "no way there", with what a person should read. */
const UNREACHABLE: Readonly<Record<string, string>> = {
  EHOSTUNREACH: 'the host cannot be reached (EHOSTUNREACH)',
  ENETUNREACH: 'there is no route to its network (ENETUNREACH)',
  EACCES: 'a firewall or policy of this machine forbids it (EACCES)',
  EPERM: 'a firewall of this machine forbids it (EPERM)',
  EADDRNOTAVAIL: 'this machine has no address to connect from (EADDRNOTAVAIL)',
  ENOENT: 'there is no such socket (ENOENT)',
  ENOTSOCK: 'it is a file and no socket (ENOTSOCK)',
  EAFNOSUPPORT: 'this machine does not speak that address family (EAFNOSUPPORT)',
  EINVAL: 'a route of this machine discards what goes there (EINVAL)',
  ENETDOWN: 'the network interface is down (ENETDOWN)',
};

/**
 * Opens and closes a TCP connection to an IP address.
 * @throws the signal's reason when cancelled
 */
export async function connectTcp(
  address: string,
  port: number,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<Connection> {
  options.signal.throwIfAborted();
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    return { kind: 'unreachable', address, because: `${port} is not a port number`, durationMs: 0 };
  }
  return attempt(address, { host: address, port }, options);
}

/**
 * The same to a socket in the file system; its path is the `address` of the answer.
 * @throws the signal's reason when cancelled
 */
export async function connectSocket(
  path: string,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<Connection> {
  options.signal.throwIfAborted();
  return attempt(path, { path }, options);
}

async function attempt(
  address: string,
  place: { host: string; port: number } | { path: string },
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<Connection> {
  const started = performance.now();
  const socket = new Socket();
  const { promise, resolve, reject } = Promise.withResolvers<Connection>();
  const elapsed = (): number => performance.now() - started;
  const timer = setTimeout(() => resolve({ kind: 'timedOut', address, durationMs: elapsed() }), options.timeoutMs);
  const onAbort = (): void => reject(options.signal.reason);
  options.signal.addEventListener('abort', onAbort, { once: true });
  socket.on('connect', () => {
    // Linux lets a socket connect to itself when the port lies in the ephemeral range and nothing listens there.
    const toItself =
      'port' in place && socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress;
    resolve({ kind: toItself ? 'refused' : 'accepted', address, durationMs: elapsed() });
  });
  socket.on('error', (error: NodeJS.ErrnoException) => resolve(classify(error, address, elapsed())));
  try {
    socket.connect(place);
    return await promise;
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}

function classify(error: NodeJS.ErrnoException, address: string, durationMs: number): Connection {
  const code = error.code ?? '';
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET') return { kind: 'refused', address, durationMs };
  if (code === 'ETIMEDOUT') return { kind: 'timedOut', address, durationMs };
  return { kind: 'unreachable', address, because: UNREACHABLE[code] ?? (code || error.message), durationMs };
}
