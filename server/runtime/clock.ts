/** Time, injected so that tests can set it. */
export interface Clock {
  now(): Date;
  /** Milliseconds that only grow; for durations. */
  monotonic(): number;
}

export const systemClock: Clock = { now: () => new Date(), monotonic: () => performance.now() };
