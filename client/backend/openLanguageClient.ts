import type { Socket } from 'node:net';
import type { LogOutputChannel } from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  Message,
  RevealOutputChannelOn,
} from 'vscode-languageclient/node';
import type { LanguageTransport, TransportOptions } from './languageConnection.ts';

/** LanguageClient without a will of its own: the supervisor alone restarts the backend, and alone tells the user. */
class SupervisedClient extends LanguageClient {
  readonly #socket: Socket;

  constructor(socket: Socket, options: LanguageClientOptions) {
    super('tektra', 'Tektra', async () => ({ reader: socket, writer: socket }), options);
    this.#socket = socket;
  }

  /**
   * The library forces a dialog for a start that failed and for a connection that ends during the goodbye. A window that looks
   * for its backend meets both as a matter of course: what is worth a word is the supervisor's to say.
   */
  override error(message: string, data?: unknown): void {
    super.debug(message, data, false);
  }

  /** The library stops what never ran and what is already gone, too, and leaves the rejection of that to nobody. */
  override async stop(timeoutMs?: number): Promise<void> {
    if (this.isRunning() && !this.#socket.destroyed) await super.stop(timeoutMs);
  }
}

/** The entry of the bundle languageClient.cjs: LSP by the editor's own LanguageClient, one for each connection. */
export function openLanguageClient(
  socket: Socket,
  { initializationOptions, log, notified }: TransportOptions,
  channel: LogOutputChannel,
): LanguageTransport {
  let started: Promise<void> = Promise.resolve();
  const client = new SupervisedClient(socket, {
    documentSelector: [],
    initializationOptions,
    initializationFailedHandler: () => false,
    outputChannel: channel,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    errorHandler: {
      error: ({ message }) => {
        log.warn(`The connection to the backend: ${message}`);
        return { action: ErrorAction.Continue, handled: true };
      },
      closed: async () => {
        // The library forgets its start when it has its answer here; one that still fails would then seem to succeed.
        await started.catch(() => undefined);
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    },
    connectionOptions: {
      messageStrategy: {
        handleMessage: (message, next) => {
          if (Message.isNotification(message)) notified(message.method, message.params);
          return next(message);
        },
      },
    },
    // Files are changed behind a grant only; the library would edit whatever the backend asks for.
    middleware: { workspace: { handleApplyEdit: async () => ({ applied: false }) } },
  });
  return {
    start: async () => {
      started = client.start();
      await started;
      return client.initializeResult;
    },
    request: (method, params, token) =>
      token ? client.sendRequest(method, params, token) : client.sendRequest(method, params),
    stop: () => client.stop(),
    // The connection's end, which the client saw as well, gave back the rest.
    dispose: () => void client.dispose(),
  };
}
