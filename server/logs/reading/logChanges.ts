/** Who is told that the logs of a source changed. */
export class LogChanges {
  readonly #listeners = new Set<() => void>();

  readonly onChange = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly tell = (): void => {
    for (const listener of [...this.#listeners]) listener();
  };

  /** Settles at the next change that makes `isTrue` true; at once when it is. Rejects with the signal's reason. */
  until(isTrue: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        stop();
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        leave();
        reject(signal.reason);
      };
      const look = (): void => {
        if (!isTrue()) return;
        leave();
        resolve();
      };
      const stop = this.onChange(look);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      else look();
    });
  }
}
