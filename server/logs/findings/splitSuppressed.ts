import type { LogFinding } from '../../protocol/logRecord.ts';

/** What the user said of a kind of finding: do not tell me of it, because of this, until then. For all logs. */
export interface LogSuppression {
  /** Of the finding: see `logFingerprint`. */
  fingerprint: string;
  /** What the finding said when it was suppressed. */
  summary: string;
  reason: string;
  /** ISO time. */
  since: string;
  /** ISO time; absent: until it is told again by hand. */
  until?: string;
}

/** Where suppressions outlive the process. @throws what its database throws */
export interface LogSuppressionStore {
  /** Newest first; those whose time is over as well. */
  list(): LogSuppression[];
  /** Takes the place of what the same fingerprint had. */
  save(suppression: LogSuppression): void;
  remove(fingerprint: string): void;
}

/** Parts findings into those to be told and those that the user suppressed; what ended before `now` suppresses nothing. */
export function splitSuppressed<T extends LogFinding>(
  findings: readonly T[],
  suppressions: readonly LogSuppression[],
  now: Date,
): { findings: T[]; suppressed: T[] } {
  const active = new Map(
    suppressions
      .filter(({ until }) => until === undefined || new Date(until) > now)
      .map((suppression) => [suppression.fingerprint, suppression]),
  );
  const told: T[] = [];
  const suppressed: T[] = [];
  for (const finding of findings) {
    const held = active.get(finding.fingerprint);
    if (!held) told.push(finding);
    else
      suppressed.push({
        ...finding,
        suppressed: { reason: held.reason, ...(held.until === undefined ? {} : { until: held.until }) },
      });
  }
  return { findings: told, suppressed };
}
