import { TimeLimitExceeded } from '../runtime/deadline.ts';

/** The reason of an abort that the user asked for, of one check alone. */
export class SkippedByUser extends Error {
  override readonly name = 'SkippedByUser';
  constructor() {
    super('skipped by you');
  }
}

/** Why an observer gave nothing, for a person. */
export class ObservationFailed extends Error {
  override readonly name = 'ObservationFailed';
  /** The observer that failed, which need not be the one that asks. */
  readonly label: string;
  /** The reason without that. */
  readonly because: string;
  /** `foreign`: the reason is in the words of a system or a vendor, which may quote anything. */
  readonly kind: 'skipped' | 'late' | 'foreign';

  constructor(label: string, because: string, kind: ObservationFailed['kind'], cause: unknown) {
    super(`${label}: ${because}`, { cause });
    this.label = label;
    this.because = because;
    this.kind = kind;
  }
}

/** @param run the signal of the whole run @param skip the signal of this observer's being skipped */
export function observationFailure(
  label: string,
  error: unknown,
  { run, skip }: { run: AbortSignal; skip: AbortSignal },
): ObservationFailed {
  if (error instanceof ObservationFailed) return error;
  if (run.aborted) return new ObservationFailed(label, "the run's time was up", 'late', error);
  if (skip.aborted) return new ObservationFailed(label, new SkippedByUser().message, 'skipped', error);
  if (error instanceof TimeLimitExceeded) return new ObservationFailed(label, error.message, 'late', error);
  return new ObservationFailed(label, error instanceof Error ? error.message : String(error), 'foreign', error);
}
