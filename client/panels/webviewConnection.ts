import type * as vscode from 'vscode';
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  createMessageConnection,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import type { Log } from '../editor/log.ts';

type Postable = Pick<vscode.Webview, 'postMessage' | 'onDidReceiveMessage'>;

class WebviewMessageReader extends AbstractMessageReader {
  readonly #webview: Postable;

  constructor(webview: Postable) {
    super();
    this.#webview = webview;
  }

  listen(callback: DataCallback): Disposable {
    return this.#webview.onDidReceiveMessage((message: unknown) => {
      if (isJsonRpc(message)) callback(message);
    });
  }
}

class WebviewMessageWriter extends AbstractMessageWriter {
  readonly #webview: Postable;

  constructor(webview: Postable) {
    super();
    this.#webview = webview;
  }

  async write(message: Message): Promise<void> {
    // False means that the view is hidden; it asks for the whole state when it is shown again.
    await this.#webview.postMessage(message);
  }

  end(): void {
    this.dispose();
  }
}

/** Speaks JSON-RPC with the page of a webview, over the editor's `postMessage`. The caller registers handlers, then calls `listen()`. */
export function connectWebview(webview: Postable, log: Log): MessageConnection {
  return createMessageConnection(new WebviewMessageReader(webview), new WebviewMessageWriter(webview), {
    error: (message) => log.error(message),
    warn: (message) => log.warn(message),
    info: (message) => log.info(message),
    log: () => undefined,
  });
}

function isJsonRpc(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && 'jsonrpc' in message && message.jsonrpc === '2.0';
}
