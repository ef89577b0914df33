import { withDeadline } from '../runtime/deadline.ts';
import { LiveChecks } from './liveChecks.ts';
import { observationFailure, SkippedByUser } from './observationFailed.ts';
import type { Observation, Observer } from './observer.ts';

export interface ObservationRun {
  /** Rejects with ObservationFailed. */
  observe<T>(observer: Observer<T>): Promise<T>;
  /** Gives up an observer that goes on. @returns false when it does not, or is essential */
  skip(id: string): boolean;
}

/**
 * Runs observers once each, in parallel, under their own time limits; the results are kept for the run.
 * A failing observer rejects with ObservationFailed, which names it; it never fails the others.
 */
export function startObservation(
  context: Omit<Observation, 'use' | 'signal'>,
  signal: AbortSignal,
  checks = new LiveChecks(context.clock),
): ObservationRun {
  const results = new Map<string, Promise<unknown>>();
  const skips = new Map<string, AbortController>();

  const observe = <T>(observer: Observer<T>): Promise<T> => {
    const known = results.get(observer.id);
    if (known) return known as Promise<T>;
    const check = checks.begin(observer);
    const skip = new AbortController();
    if (!observer.essential) skips.set(observer.id, skip);
    const use = <U>(other: Observer<U>): Promise<U> => {
      const resume = check.waits();
      return quiet(observe(other).finally(resume));
    };
    const result = withDeadline(
      (deadline) => observer.observe({ ...context, signal: deadline, use }),
      observer.timeoutMs,
      AbortSignal.any([signal, skip.signal]),
    ).then(
      (facts) => {
        check.ends();
        return facts;
      },
      (error: unknown) => {
        const failure = observationFailure(observer.label, error, { run: signal, skip: skip.signal });
        check.ends(failure);
        throw failure;
      },
    );
    results.set(observer.id, quiet(result.finally(() => skips.delete(observer.id))));
    return result;
  };

  const skip = (id: string): boolean => {
    const running = skips.get(id);
    running?.abort(new SkippedByUser());
    return running !== undefined;
  };
  return { observe, skip };
}

/** Several causes await the same promise later; until then a rejection must not count as unhandled. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
