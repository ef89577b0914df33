import { createServer } from 'node:net';

/**
 * A TCP port that nothing holds on 127.0.0.1: the first free one of `first`, `first + 1` … when `first` is given, else a
 * random one outside the range that outgoing connections use. Another process may take it before the caller does.
 */
export async function freePort(first?: number): Promise<number> {
  for (let tries = 0; tries < 200; tries += 1) {
    const port = first === undefined ? 10_500 + Math.floor(Math.random() * 21_000) : first + tries;
    if (await canBind(port)) return port;
  }
  throw new Error('no free TCP port was found in 200 tries');
}

function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
