import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { TektraError, toResponseError } from '../../server/protocol/errors.ts';
import type { HandshakeResult, LockFile } from '../../server/protocol/handshake.ts';
import { PROTOCOL_VERSION } from '../../server/protocol/protocolVersion.ts';
import type { Janitor } from './createJanitor.ts';

/** What an update of Tektra in another window leaves behind: a backend that this window's protocol does not fit. */
export interface OtherBackend {
  /** What each handshake gets: a refusal as of another version at first. */
  fits: boolean;
  /** Every method that a client sent, in order. */
  readonly received: string[];
  /** Sends a request to the client that connected last. */
  ask(method: string, params: unknown): Promise<unknown>;
}

/**
 * Listens in place of the backend of a state folder: its lock file leads here. Answers the handshake and the goodbye, and
 * leaves every other request without an answer. Ends with the janitor.
 */
export async function startOtherBackend(home: string, janitor: Janitor): Promise<OtherBackend> {
  const received: string[] = [];
  let latest: MessageConnection | undefined;
  // A process of its own, since the client may end the one that the lock file names.
  const { pid } = await startIdleProcess(janitor);
  const result: HandshakeResult = {
    protocolVersion: PROTOCOL_VERSION,
    serverVersion: '99.0.0',
    pid,
    startedAt: new Date().toISOString(),
  };
  const other: OtherBackend = {
    fits: false,
    received,
    ask: async (method, params) => {
      if (!latest) throw new Error('no client is connected');
      return latest.sendRequest(method, params);
    },
  };
  const server = createServer((socket) => {
    const connection = createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket));
    latest = connection;
    socket.on('error', () => undefined);
    connection.onRequest((method) => {
      received.push(method);
      if (method === 'shutdown') return null;
      if (method !== 'initialize') return new Promise(() => undefined);
      if (other.fits) return { capabilities: {}, tektra: result };
      throw toResponseError(new TektraError('protocol.mismatch', 'It speaks another version.', { action: 'Reload.' }));
    });
    connection.onNotification((method) => {
      received.push(method);
      if (method === 'exit') socket.end();
    });
    connection.listen();
  });
  const folder = await janitor.makeFolder('other');
  const socket = path.join(folder, 'backend.sock');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  server.unref();
  const lock: LockFile = { ...result, socket, nonce: 'other' };
  await mkdir(path.join(home, 'run'), { recursive: true });
  await writeFile(path.join(home, 'run/backend.json'), JSON.stringify(lock), { mode: 0o600 });
  return other;
}

async function startIdleProcess(janitor: Janitor): Promise<{ pid: number }> {
  const child: ChildProcess = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], {
    detached: true,
    stdio: 'ignore',
  });
  await once(child, 'spawn');
  const pid = child.pid as number;
  janitor.endGroup(pid);
  child.unref();
  return { pid };
}
