import type { Socket } from 'node:net';
import { type CancellationToken, ResponseError } from 'vscode-jsonrpc';
import * as z from 'zod';
import { fromResponseError, TektraError } from '../../server/protocol/errors.ts';
import { type HandshakeOptions, HandshakeResult } from '../../server/protocol/handshake.ts';
import { PROTOCOL_VERSION } from '../../server/protocol/protocolVersion.ts';
import type { Log } from '../editor/log.ts';
import type { BackendSocket } from './connectBackend.ts';

/** One LSP connection to a backend, after the handshake. */
export interface LanguageConnection {
  readonly server: HandshakeResult;
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;
  /** @throws what the backend answered, see {@link toTektraError} */
  request(method: string, params: unknown, token: CancellationToken | undefined): Promise<unknown>;
  /** LSP's goodbye; resolves when the backend took it or the time (500 ms) is over. Never rejects. */
  goodbye(): Promise<void>;
}

/**
 * What speaks LSP over the socket of one connection: the editor's LanguageClient, or plain JSON-RPC where there is no
 * editor. Its failures are the library's own; the rest of a connection's life is {@link openLanguageConnection}'s.
 */
export interface LanguageTransport {
  /** `initialize` and `initialized`; once. @returns the result of `initialize` */
  start(): Promise<unknown>;
  /** Rejects also when the socket closes. */
  request(method: string, params: unknown, token: CancellationToken | undefined): Promise<unknown>;
  /** `shutdown` and `exit`; rejects when the socket closes instead. */
  stop(): Promise<void>;
  /** Gives everything back; the socket is destroyed by then. May be called twice, never throws. */
  dispose(): void;
}

export interface TransportOptions {
  initializationOptions: HandshakeOptions;
  log: Log;
  /** Told of every notification, `$/progress` among them. */
  notified(method: string, params: unknown): void;
}

/** @param socket connected; nothing was read from it */
export type OpenTransport = (socket: Socket, options: TransportOptions) => LanguageTransport;

/** The parameters of LSP's `$/progress`. */
export interface Progress {
  token: string | number;
  value: unknown;
}

export interface ConnectionListener {
  progress(params: Progress): void;
  notification(method: string, params: unknown): void;
}

export type ClientIdentity = HandshakeOptions['client'];

/** A backend that listens answers the handshake within this time, or it hangs. Milliseconds. */
const HANDSHAKE_MS = 8_000;
const GOODBYE_MS = 500;

const PROGRESS = '$/progress';

const InitializeResult = z.object({ tektra: HandshakeResult });

/**
 * Introduces this window to the backend at the other end of the socket. Ends the socket when that fails.
 * @throws TektraError handshake.refused (the lock file is of another backend than the socket: read it again),
 * protocol.mismatch, request.timeout, backend.unavailable (it went away meanwhile)
 */
export async function openLanguageConnection(
  { socket, lock }: BackendSocket,
  openTransport: OpenTransport,
  client: ClientIdentity,
  listener: ConnectionListener,
  log: Log,
): Promise<LanguageConnection> {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  let transport: LanguageTransport | undefined;
  const end = (): void => {
    socket.destroy();
    transport?.dispose();
    close();
  };
  // 'close' follows and says it all; without a listener the error would end the extension host.
  socket.on('error', (error) => log.info(`The backend's socket: ${error.message}`));
  socket.once('close', end);

  const asTektraError = (thrown: unknown): never => {
    throw toTektraError(thrown, socket.destroyed);
  };
  const tooLate = setTimeout(() => socket.destroy(), HANDSHAKE_MS);
  const startedAt = performance.now();
  try {
    const opened = openTransport(socket, {
      initializationOptions: { protocolVersion: PROTOCOL_VERSION, nonce: lock.nonce, client },
      log,
      notified: (method, params) => {
        if (method === PROGRESS) listener.progress(params as Progress);
        else listener.notification(method, params);
      },
    });
    transport = opened;
    const result = InitializeResult.safeParse(await opened.start().catch(asTektraError));
    if (!result.success)
      throw new TektraError(
        'protocol.mismatch',
        'The running backend answers in another form than this window knows.',
        {
          action: 'Reload every window after an update of Tektra.',
        },
      );
    const goodbye = async (): Promise<void> => {
      const limit = setTimeout(() => socket.destroy(), GOODBYE_MS);
      try {
        await opened.stop();
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
    return {
      server: result.data.tektra,
      closed,
      request: (method, params, token) => opened.request(method, params, token).catch(asTektraError),
      goodbye,
    };
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

/** Node's own errors have codes too, but names and not numbers. */
const Answer = z.object({ code: z.number().int(), message: z.string(), data: z.unknown() });

/** Any failure of a request as a TektraError. @param gone whether the connection is */
function toTektraError(thrown: unknown, gone: boolean): TektraError {
  // Known by its form: the transport may be a bundle of its own, whose ResponseError is another class than ours.
  const answer = Answer.safeParse(thrown).data;
  if (answer?.code === REQUEST_CANCELLED)
    return new TektraError('request.cancelled', 'The request was cancelled.', { cause: thrown });
  const error = fromResponseError(answer ? new ResponseError(answer.code, answer.message, answer.data) : thrown);
  if (!gone || error.code !== 'internal') return error;
  return new TektraError('backend.unavailable', "Tektra's backend stopped before it answered.", {
    cause: thrown,
    retryable: true,
    action: 'Try again: it is being started anew.',
  });
}
