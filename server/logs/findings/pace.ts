import { setImmediate } from 'node:timers/promises';

/** How long the thread may be held before others get their turn, ms. */
const TURN_MS = 20;

/** Lets a long piece of work give way: call it between small steps. @throws the signal's reason */
export type Pace = () => Promise<void> | undefined;

export function createPace(signal: AbortSignal | undefined): Pace {
  let turn = performance.now();
  return () => {
    signal?.throwIfAborted();
    if (performance.now() - turn < TURN_MS) return undefined;
    return setImmediate().then(() => {
      turn = performance.now();
      signal?.throwIfAborted();
    });
  };
}
