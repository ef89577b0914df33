import { setImmediate } from 'node:timers/promises';

export interface WalkOptions {
  signal?: AbortSignal;
  /** ms of work between two breaks in which the thread answers others. Default 10. */
  sliceMs?: number;
}

/** Lets long work take turns with everything else on its thread. */
export class Turns {
  readonly #signal: AbortSignal | undefined;
  readonly #sliceMs: number;
  #until: number;

  constructor({ signal, sliceMs = 10 }: WalkOptions) {
    signal?.throwIfAborted();
    this.#signal = signal;
    this.#sliceMs = sliceMs;
    this.#until = performance.now() + sliceMs;
  }

  /** Whether it is others' turn: then `await rest()`. */
  get isOver(): boolean {
    return performance.now() >= this.#until;
  }

  /** @throws the signal's reason when it was aborted */
  async rest(): Promise<void> {
    await setImmediate();
    this.#signal?.throwIfAborted();
    this.#until = performance.now() + this.#sliceMs;
  }
}
