import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import type { OpenTransport } from '../../client/backend/languageConnection.ts';

/** LSP by JSON-RPC alone, for tests that have no editor: LanguageClient cannot be loaded without one. */
export const openPlainTransport: OpenTransport = (socket, { initializationOptions, log, notified }) => {
  const connection = createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket));
  connection.onError(([error]) => log.warn(`The connection to the backend: ${error.message}`));
  connection.onUnhandledProgress((params) => notified('$/progress', params));
  connection.onNotification(notified);
  connection.listen();
  return {
    start: async () => {
      const initialize = { processId: process.pid, rootUri: null, capabilities: {}, initializationOptions };
      const result = await connection.sendRequest('initialize', initialize);
      await connection.sendNotification('initialized', {});
      return result;
    },
    request: async (method, params, token) =>
      token ? connection.sendRequest(method, params, token) : connection.sendRequest(method, params),
    stop: async () => {
      await connection.sendRequest('shutdown');
      await connection.sendNotification('exit');
    },
    // Rejects what still waits for an answer.
    dispose: () => connection.dispose(),
  };
};
