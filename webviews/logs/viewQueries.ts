import { type CancellationToken, CancellationTokenSource, type MessageConnection } from 'vscode-jsonrpc/browser';
import { type LogView, logQueryProgress, queryLog } from '../../server/protocol/logs.ts';
import type { Ask } from '../shared/rpc/ask.ts';
import type { TimeRange } from './pageMemory.ts';

/** The view that holds every record. */
export const ALL = 'all';

/** The server keeps so many at least; older ones are asked for again. */
const MAX_KNOWN = 12;

let tokens = 0;

/** Filters of one log. Views that were asked for once are not asked for again; the server keeps them as they grow. */
export class ViewQueries {
  readonly #ask: Ask;
  readonly #connection: Pick<MessageConnection, 'onProgress'>;
  readonly #known = new Map<string, LogView>();
  #current: CancellationTokenSource | undefined;

  constructor(ask: Ask, connection: Pick<MessageConnection, 'onProgress'>) {
    this.#ask = ask;
    this.#connection = connection;
  }

  /** The log was opened anew, or the server forgot a view: all are asked for again when they are needed. */
  forget(): void {
    this.#current?.cancel();
    this.#known.clear();
  }

  /** As {@link find}, for the view that the user waits for: a new one cancels the one before. */
  async run(
    log: string,
    query: string,
    range: TimeRange | undefined,
    onProgress: (view: LogView) => void,
  ): Promise<LogView> {
    this.#current?.cancel();
    const source = new CancellationTokenSource();
    this.#current = source;
    return this.find(log, query, range, onProgress, source.token);
  }

  cancel(): void {
    this.#current?.cancel();
  }

  /** @throws TektraError log.query-invalid, request.cancelled */
  async find(
    log: string,
    query: string,
    range: TimeRange | undefined,
    onProgress?: (view: LogView) => void,
    token?: CancellationToken,
  ): Promise<LogView> {
    if (query.trim() === '' && !range) return { view: ALL, matches: 0, scanned: 0, done: true };
    const key = JSON.stringify([log, query.trim(), range]);
    const known = this.#known.get(key);
    if (known) return known;
    tokens += 1;
    const progressToken = `logs-${tokens}`;
    const subscription = onProgress && this.#connection.onProgress(logQueryProgress, progressToken, onProgress);
    try {
      const times = range ? { from: range[0], to: range[1] } : {};
      const found = await this.#ask(
        queryLog,
        { log, query: query.trim(), ...times, ...(onProgress ? { progressToken } : {}) },
        token,
      );
      this.#known.set(key, found);
      for (const old of this.#known.keys()) if (this.#known.size > MAX_KNOWN) this.#known.delete(old);
      return found;
    } finally {
      subscription?.dispose();
    }
  }
}
