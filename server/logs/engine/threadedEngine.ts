import { Worker } from 'node:worker_threads';
import { TektraError } from '../../protocol/errors.ts';
import type { LogSummary } from '../../protocol/logs.ts';
import { type FromEngine, fromPlainError, type ToEngine } from './engineMessages.ts';
import { type EngineCall, type EngineMethod, engineMethods, type LogEngine } from './logEngine.ts';

interface Pending {
  resolve(result: never): void;
  reject(error: unknown): void;
  onProgress: ((progress: never) => void) | undefined;
}

interface Options {
  /** The bundled `logEngineThread`. */
  entry: URL;
  /** Given to the thread as its `workerData`. */
  data: unknown;
  onChange(summary: LogSummary): void;
  /** The thread died: every log that was open is gone. */
  onDeath(error: TektraError): void;
}

export interface ThreadedEngine {
  engine: LogEngine;
  dispose(): Promise<void>;
}

/** An engine on a thread of its own, started at once. When the thread dies every call fails, and `onDeath` is told. */
export function startThreadedEngine({ entry, data, onChange, onDeath }: Options): ThreadedEngine {
  const worker = new Worker(entry, { workerData: data, name: 'tektra-logs' });
  // An idle engine must not keep a terminal's command alive; a call that waits does.
  worker.unref();
  const pending = new Map<number, Pending>();
  let next = 1;
  let dead: TektraError | undefined;
  const die = (error: TektraError): void => {
    if (dead) return;
    dead = error;
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
    onDeath(error);
  };
  worker.on('message', (message: FromEngine) => {
    if (message.kind === 'changed') {
      onChange(message.summary);
      return;
    }
    const call = pending.get(message.id);
    if (!call) return;
    if (message.kind === 'progress') {
      call.onProgress?.(message.progress as never);
      return;
    }
    pending.delete(message.id);
    if (pending.size === 0) worker.unref();
    if (message.kind === 'result') call.resolve(message.result as never);
    else call.reject(fromPlainError(message.error));
  });
  worker.on('error', (error: Error) =>
    die(
      new TektraError('internal', `The log engine stopped: ${error.message}`, {
        cause: error,
        retryable: true,
        action: 'Open the log again.',
      }),
    ),
  );
  worker.on('exit', () =>
    die(new TektraError('backend.unavailable', 'The log engine was stopped.', { retryable: true })),
  );

  const send = (message: ToEngine): void => worker.postMessage(message);
  const call = (method: EngineMethod, params: unknown, { signal, onProgress }: Partial<EngineCall<never>>) =>
    new Promise((resolve, reject) => {
      if (dead) return reject(dead);
      signal?.throwIfAborted();
      const id = next++;
      worker.ref();
      const cancel = (): void => send({ kind: 'cancel', id });
      signal?.addEventListener('abort', cancel, { once: true });
      const settled = (): void => signal?.removeEventListener('abort', cancel);
      pending.set(id, {
        resolve: (result) => {
          settled();
          resolve(result);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
        onProgress,
      });
      send({ kind: 'call', id, method, params });
    });
  const engine = Object.fromEntries(
    engineMethods.map((method) => [
      method,
      (params: unknown, options: Partial<EngineCall<never>> = {}) => call(method, params, options),
    ]),
  ) as unknown as LogEngine;
  return {
    engine,
    dispose: async () => {
      await worker.terminate();
    },
  };
}
