import {
  AbstractMessageReader,
  AbstractMessageWriter,
  createMessageConnection,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageConnection,
} from 'vscode-jsonrpc/browser';

/** What the editor gives to a page, once in its life. */
interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

class HostMessageReader extends AbstractMessageReader {
  listen(callback: DataCallback): Disposable {
    const receive = ({ data }: MessageEvent): void => {
      if (isJsonRpc(data)) callback(data);
    };
    window.addEventListener('message', receive);
    return { dispose: () => window.removeEventListener('message', receive) };
  }
}

class HostMessageWriter extends AbstractMessageWriter {
  readonly #post: (message: unknown) => void;

  constructor(post: (message: unknown) => void) {
    super();
    this.#post = post;
  }

  async write(message: Message): Promise<void> {
    this.#post(message);
  }

  end(): void {
    this.dispose();
  }
}

/** The extension host as a page sees it: JSON-RPC, and a memory that outlives the page when the editor hides it. */
export interface Host {
  readonly connection: MessageConnection;
  /** What the page kept last; anything, so check it. */
  recall(): unknown;
  keep(value: unknown): void;
}

/** Connects the page; to be called once. Register handlers, then call `connection.listen()`. */
export function connectHost(): Host {
  const api = acquireVsCodeApi();
  const post = (message: unknown): void => api.postMessage(message);
  return {
    connection: createMessageConnection(new HostMessageReader(), new HostMessageWriter(post)),
    recall: () => api.getState(),
    keep: (value) => api.setState(value),
  };
}

function isJsonRpc(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && 'jsonrpc' in message && message.jsonrpc === '2.0';
}
