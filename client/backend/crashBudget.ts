import type { CrashCause } from './crashCause.ts';

export interface Crash {
  cause: CrashCause;
  /** How long that process had run. Milliseconds. */
  uptimeMs: number;
  /** Whether this window started the process; of others' processes only the broken connection is seen. */
  own: boolean;
}

/** What follows a crash. */
export type CrashDecision =
  | { kind: 'restart'; delayMs: number }
  /** No more attempts without the user. `message` tells it all in one piece. */
  | { kind: 'stop'; message: string };

const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 30_000;
/** Windows that lose the same backend must not all start one in the same millisecond. */
const JITTER = 0.2;
/** After this long without a crash, all is forgotten. */
const HEALTHY_MS = 60_000;
const WINDOW_MS = 180_000;
const MAX_CRASHES = 5;
/** A process that dies sooner never did its work. */
const EARLY_MS = 5_000;

/** Decides whether and when a crashed backend is started again. Pure: time and chance are given. */
export class CrashBudget {
  readonly #now: () => number;
  readonly #random: () => number;
  #crashes: { at: number; crash: Crash }[] = [];
  /** Crashes without a healthy minute between them. */
  #inARow = 0;

  /**
   * @param now milliseconds that only grow
   * @param random in [0, 1)
   */
  constructor(now: () => number, random: () => number) {
    this.#now = now;
    this.#random = random;
  }

  /** Counts a crash and says what to do. */
  record(crash: Crash): CrashDecision {
    const at = this.#now();
    if (crash.uptimeMs >= HEALTHY_MS) this.reset();
    this.#inARow += 1;
    const last = this.#crashes.at(-1)?.crash;
    this.#crashes = [...this.#crashes.filter((earlier) => at - earlier.at < WINDOW_MS), { at, crash }];
    if (last && isEarly(last) && isEarly(crash) && last.cause.id === crash.cause.id)
      return { kind: 'stop', message: `${crash.cause.message} That happened twice, right after its start.` };
    const count = this.#crashes.length;
    if (count >= MAX_CRASHES)
      return { kind: 'stop', message: `${crash.cause.message} It stopped ${count} times in 3 minutes.` };
    const delay = FIRST_DELAY_MS * 2 ** (this.#inARow - 1) * (1 - JITTER + 2 * JITTER * this.#random());
    return { kind: 'restart', delayMs: Math.round(Math.min(delay, MAX_DELAY_MS)) };
  }

  /** The user asked for a new start: nothing counts any more. */
  reset(): void {
    this.#crashes = [];
    this.#inARow = 0;
  }
}

/** Told to end is no crash of the process's own making: another window may have restarted it. */
function isEarly({ cause, uptimeMs, own }: Crash): boolean {
  return own && uptimeMs < EARLY_MS && cause.id !== 'ended';
}
