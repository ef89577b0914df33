import type Dockerode from 'dockerode';
import type { EngineAnswer } from './docker.ts';
import type { EngineAddress } from './findEngine.ts';

export interface AskOptions {
  timeoutMs: number;
  signal: AbortSignal;
}

/** Engine failures that have an answer of their own; every other is `unreachable`. */
const NO_PERMISSION = new Set(['EACCES', 'EPERM']);

/**
 * Asks the first engine that answers. The limit holds for all of them together, and for an engine that takes the
 * connection and says nothing, or dies in the middle.
 * @throws the signal's reason when cancelled
 */
export async function askEngine<T>(
  engines: () => Promise<EngineAddress[]>,
  { timeoutMs, signal }: AskOptions,
  ask: (engine: Dockerode, signal: AbortSignal) => Promise<T>,
): Promise<EngineAnswer<T>> {
  const addresses = await engines();
  if (addresses.length === 0) return { kind: 'notInstalled', because: 'no container engine was found on this machine' };
  const { default: Engine } = await import('dockerode');
  const limit = AbortSignal.timeout(timeoutMs);
  const either = AbortSignal.any([signal, limit]);
  let answer: EngineAnswer<T> | undefined;
  for (const address of addresses) {
    if (address.kind === 'unsupported') {
      answer ??= {
        kind: 'unreachable',
        because: `${address.url} (${address.from}) is not asked: only local sockets and plain TCP are`,
      };
      continue;
    }
    const name = address.kind === 'socket' ? address.path : `${address.host}:${address.port}`;
    const engine = new Engine(
      address.kind === 'socket'
        ? { socketPath: address.path }
        : { host: address.host, port: address.port, protocol: 'http' },
    );
    try {
      const value = await untilAborted(ask(engine, either), either);
      return { kind: 'ready', address: name, value };
    } catch (error) {
      signal.throwIfAborted();
      answer ??= limit.aborted
        ? { kind: 'timedOut', because: `the container engine at ${name} did not answer within ${timeoutMs} ms` }
        : describe(error, name);
      if (limit.aborted) return answer;
    }
  }
  return answer ?? { kind: 'notInstalled', because: 'no container engine was found on this machine' };
}

/** A response that stalls halfway does not hear the signal: the wait ends nevertheless. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function describe(error: unknown, name: string): Exclude<EngineAnswer<never>, { kind: 'ready' }> {
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  if (code !== undefined && NO_PERMISSION.has(code))
    return { kind: 'noPermission', because: `this user may not use ${name} (${code})` };
  if (code === 'ENOENT') return { kind: 'notInstalled', because: `there is no container engine at ${name}` };
  if (code === 'ECONNREFUSED') return { kind: 'unreachable', because: `no container engine listens at ${name}` };
  const message = error instanceof Error ? error.message : String(error);
  return {
    kind: 'unreachable',
    because: `the container engine at ${name} failed: ${statusCode === undefined ? '' : `HTTP ${statusCode}, `}${message.slice(0, 200)}`,
  };
}
