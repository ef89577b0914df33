import type { LogSummary } from '../../protocol/logs.ts';
import { type FromEngine, type ToEngine, toPlainError } from './engineMessages.ts';
import type { EngineCall, LogEngine } from './logEngine.ts';

interface Port {
  postMessage(message: FromEngine): void;
  on(event: 'message', listener: (message: ToEngine) => void): unknown;
}

/** Answers the backend's thread with an engine of this one. @param create is told how to announce that a log changed */
export function serveEngine(port: Port, create: (onChange: (summary: LogSummary) => void) => LogEngine): void {
  const engine = create((summary) => port.postMessage({ kind: 'changed', summary }));
  const calls = new Map<number, AbortController>();
  port.on('message', (message) => {
    if (message.kind === 'cancel') {
      calls.get(message.id)?.abort();
      return;
    }
    const { id, method, params } = message;
    const controller = new AbortController();
    calls.set(id, controller);
    const call: EngineCall<unknown> = {
      signal: controller.signal,
      onProgress: (progress) => port.postMessage({ kind: 'progress', id, progress }),
    };
    // The methods differ in their parameters; both ends take them from one interface.
    const run = engine[method].bind(engine) as (params: unknown, call: EngineCall<unknown>) => Promise<unknown>;
    run(params, call)
      .then(
        (result) => port.postMessage({ kind: 'result', id, result }),
        (thrown: unknown) => port.postMessage({ kind: 'error', id, error: toPlainError(thrown) }),
      )
      .finally(() => calls.delete(id));
  });
}
