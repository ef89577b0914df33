/** The reason of an abort that a time limit caused; any other reason is a cancellation. */
export class TimeLimitExceeded extends Error {
  override readonly name = 'TimeLimitExceeded';
  readonly timeoutMs: number;
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }
}

/**
 * Runs `work` with a signal that aborts after `timeoutMs` or with `parent`, and settles no later than that,
 * also when `work` ignores its signal.
 * @throws TimeLimitExceeded, or the parent's reason
 */
export async function withDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  timeoutMs: number,
  parent: AbortSignal,
): Promise<T> {
  parent.throwIfAborted();
  const controller = new AbortController();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (reason: unknown): void => {
    controller.abort(reason);
    reject(reason);
  };
  const onParent = (): void => abort(parent.reason);
  const timer = setTimeout(() => abort(new TimeLimitExceeded(timeoutMs)), timeoutMs);
  parent.addEventListener('abort', onParent, { once: true });
  try {
    return await Promise.race([work(controller.signal), aborted]);
  } finally {
    clearTimeout(timer);
    parent.removeEventListener('abort', onParent);
  }
}
