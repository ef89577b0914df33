import type { Clock } from '../runtime/clock.ts';
import type { Systems } from './systems.ts';

/** What an observer may use while it looks. */
export interface Observation {
  /** Real, absolute path of the diagnosed folder. */
  readonly workspace: string;
  readonly systems: Systems;
  /** The environment that the user's shell would give to a service. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Log files that the user named, absolute. */
  readonly extraLogs: readonly string[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The result of another observer: run once, shared by the whole diagnosis. Rejects when that one failed. */
  use<T>(observer: Observer<T>): Promise<T>;
}

/**
 * A typed, read-only look at the machine or the workspace. It runs once in a diagnosis, in parallel with the others,
 * and never holds the run up for longer than `timeoutMs`.
 */
export interface Observer<T> {
  readonly id: string;
  /** For a person, in progress and in unknowns: "listening ports". */
  readonly label: string;
  readonly timeoutMs: number;
  /** Without it no report can be kept free of secrets, so the user cannot skip it. */
  readonly essential?: true;
  observe(run: Observation): Promise<T>;
}

export function defineObserver<T>(observer: Observer<T>): Observer<T> {
  return observer;
}
