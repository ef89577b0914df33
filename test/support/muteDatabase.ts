import { createServer, type Socket } from 'node:net';

/** A server that accepts connections and never says a word, as a database does whose machine is out of breath. */
export interface MuteDatabase {
  port: number;
  /** Those that were made and are not closed. */
  openConnections(): number;
  close(): void;
}

export async function startMuteDatabase(): Promise<MuteDatabase> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    // What nobody reads does not end either.
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    port,
    openConnections: () => open.size,
    close: () => {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}
