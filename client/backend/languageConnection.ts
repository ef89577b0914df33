import {
  type CancellationToken,
  createMessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import * as z from 'zod';
import { fromResponseError, TektraError } from '../../server/protocol/errors.ts';
import { type HandshakeOptions, HandshakeResult } from '../../server/protocol/handshake.ts';
import type { Log } from '../editor/log.ts';
import type { BackendSocket } from './connectBackend.ts';

/**
 * One LSP connection to a backend, after the handshake.
 *
 * This is vscode-jsonrpc alone, and not vscode-languageclient's LanguageClient: that weighs 439 KB minified where the
 * whole extension may weigh 300, for features (documents, completions, diagnostics of a language) that Tektra does not
 * have; and it brings a life cycle and messages of its own that would compete with the supervisor's. The framing and the
 * life cycle on the wire are LSP's.
 */
export interface LanguageConnection {
  readonly server: HandshakeResult;
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;
  /** @throws what the backend answered, see {@link toTektraError} */
  request(method: string, params: unknown, token: CancellationToken | undefined): Promise<unknown>;
  /** LSP's goodbye; resolves when the backend took it or the time (500 ms) is over. Never rejects. */
  goodbye(): Promise<void>;
}

export interface ConnectionListener {
  progress(params: { token: string | number; value: unknown }): void;
  notification(method: string, params: unknown): void;
}

export type ClientIdentity = HandshakeOptions['client'];

/** A backend that listens answers the handshake within this time, or it hangs. Milliseconds. */
const HANDSHAKE_MS = 8_000;
const GOODBYE_MS = 500;

const InitializeResult = z.object({ tektra: HandshakeResult });

/**
 * Introduces this window to the backend at the other end of the socket. Ends the socket when that fails.
 * @throws TektraError handshake.refused (the lock file is of another backend than the socket: read it again),
 * protocol.mismatch, request.timeout, backend.unavailable (it went away meanwhile)
 */
export async function openLanguageConnection(
  { socket, lock }: BackendSocket,
  protocolVersion: number,
  client: ClientIdentity,
  listener: ConnectionListener,
  log: Log,
): Promise<LanguageConnection> {
  const connection = createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket));
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const end = (): void => {
    // Rejects what still waits for an answer.
    connection.dispose();
    socket.destroy();
    close();
  };
  // 'close' follows and says it all; without a listener the error would end the extension host.
  socket.on('error', (error) => log.info(`The backend's socket: ${error.message}`));
  socket.once('close', end);
  connection.onError(([error]) => log.warn(`The connection to the backend: ${error.message}`));
  connection.onUnhandledProgress((params) => listener.progress(params));
  connection.onNotification((method, params) => listener.notification(method, params));
  connection.listen();

  const request = async (method: string, params: unknown, token?: CancellationToken): Promise<unknown> => {
    try {
      return await (token ? connection.sendRequest(method, params, token) : connection.sendRequest(method, params));
    } catch (thrown) {
      throw toTektraError(thrown, socket.destroyed);
    }
  };

  const initializationOptions: HandshakeOptions = { protocolVersion, nonce: lock.nonce, client };
  const tooLate = setTimeout(() => socket.destroy(), HANDSHAKE_MS);
  const startedAt = performance.now();
  try {
    const initialize = { processId: client.pid, rootUri: null, capabilities: {}, initializationOptions };
    const result = InitializeResult.safeParse(await request('initialize', initialize));
    if (!result.success)
      throw new TektraError(
        'protocol.mismatch',
        'The running backend answers in another form than this window knows.',
        {
          action: 'Reload every window after an update of Tektra.',
        },
      );
    await connection.sendNotification('initialized', {});
    const server = result.data.tektra;
    const goodbye = async (): Promise<void> => {
      const limit = setTimeout(() => socket.destroy(), GOODBYE_MS);
      try {
        await connection.sendRequest('shutdown');
        await connection.sendNotification('exit');
        socket.end();
        await closed;
      } catch (error) {
        // It went away first, or it hangs: there is nobody to take leave of.
        log.info(`No goodbye: ${String(error)}`);
      } finally {
        clearTimeout(limit);
        end();
      }
    };
    return { server, closed, request, goodbye };
  } catch (thrown) {
    end();
    if (performance.now() - startedAt >= HANDSHAKE_MS)
      throw new TektraError('request.timeout', `The backend did not answer within ${HANDSHAKE_MS / 1000} s.`);
    throw thrown;
  } finally {
    clearTimeout(tooLate);
  }
}

/** JSON-RPC's and LSP's own codes that mean something to us. */
const REQUEST_CANCELLED = -32800;

/** Any failure of a request as a TektraError. @param gone whether the connection is */
function toTektraError(thrown: unknown, gone: boolean): TektraError {
  if (thrown instanceof ResponseError && thrown.code === REQUEST_CANCELLED)
    return new TektraError('request.cancelled', 'The request was cancelled.', { cause: thrown });
  const error = fromResponseError(thrown);
  if (!gone || error.code !== 'internal') return error;
  return new TektraError('backend.unavailable', "Tektra's backend stopped before it answered.", {
    cause: thrown,
    retryable: true,
    action: 'Try again: it is being started anew.',
  });
}
