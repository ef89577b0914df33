import type { DiagnosisProgress } from '../protocol/diagnosis.ts';
import { TimeLimitExceeded, withDeadline } from '../runtime/deadline.ts';
import type { Observation, Observer } from './observer.ts';

/** Why an observer gave nothing, for a person. */
export class ObservationFailed extends Error {
  override readonly name = 'ObservationFailed';
}

export interface ObservationRun {
  observe<T>(observer: Observer<T>): Promise<T>;
}

/**
 * Runs observers once each, in parallel, under their own time limits; the results are kept for the run.
 * A failing observer rejects with ObservationFailed, which names it; it never fails the others.
 */
export function startObservation(
  context: Omit<Observation, 'use' | 'signal'>,
  signal: AbortSignal,
  onProgress?: (progress: DiagnosisProgress) => void,
): ObservationRun {
  const results = new Map<string, Promise<unknown>>();
  let done = 0;

  const observe = <T>(observer: Observer<T>): Promise<T> => {
    const known = results.get(observer.id);
    if (known) return known as Promise<T>;
    const result = withDeadline(
      (deadline) => observer.observe({ ...context, signal: deadline, use: observe }),
      observer.timeoutMs,
      signal,
    )
      .catch((error: unknown) => {
        throw failure(observer, error, signal);
      })
      .finally(() => {
        done++;
        onProgress?.({ done, total: results.size, label: observer.label });
      });
    // Several causes await the same promise later; until then a rejection must not count as unhandled.
    result.catch(() => undefined);
    results.set(observer.id, result);
    onProgress?.({ done, total: results.size, label: observer.label });
    return result;
  };
  return { observe };
}

function failure(observer: Observer<unknown>, error: unknown, signal: AbortSignal): Error {
  if (error instanceof ObservationFailed) return error;
  if (error instanceof TimeLimitExceeded && !signal.aborted)
    return new ObservationFailed(`${observer.label}: ${error.message}`, { cause: error });
  if (signal.aborted) return new ObservationFailed(`${observer.label}: the run's time was up`, { cause: error });
  return new ObservationFailed(`${observer.label}: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
}
