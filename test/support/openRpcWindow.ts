import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { HandshakeOptions, LockFile } from '../../server/protocol/handshake.ts';
import { PROTOCOL_VERSION } from '../../server/protocol/protocolVersion.ts';

/**
 * Connects to the running backend of a state folder as a window does, with this process as the client.
 * @throws when none runs or it refuses the handshake
 */
export async function openRpcWindow(home: string): Promise<MessageConnection> {
  const lock = LockFile.parse(JSON.parse(await readFile(path.join(home, 'run/backend.json'), 'utf8')));
  const socket = connect(lock.socket);
  await once(socket, 'connect');
  const connection = createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket));
  connection.listen();
  connection.onDispose(() => socket.destroy());
  const initializationOptions = HandshakeOptions.parse({
    protocolVersion: PROTOCOL_VERSION,
    nonce: lock.nonce,
    client: { name: 'test', version: '0', pid: process.pid },
  });
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
    initializationOptions,
  });
  return connection;
}
