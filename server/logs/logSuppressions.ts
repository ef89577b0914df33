import { TektraError } from '../protocol/errors.ts';
import type { LogFinding } from '../protocol/logRecord.ts';
import { orStorageUnavailable } from '../protocol/storageUnavailable.ts';
import { MAX_REASON } from '../protocol/suppression.ts';
import type { Clock } from '../runtime/clock.ts';
import { type LogSuppressionStore, splitSuppressed } from './findings/splitSuppressed.ts';

/** What the user does not want to be told of logs; of all logs, since known noise is noise in each. */
export interface LogSuppressions {
  /** Of what is held back now. A store that does not answer holds nothing back. */
  fingerprints(): string[];
  /** Parts findings into those to be told and those held back, with the reason. A store that does not answer holds nothing back. */
  split(findings: readonly LogFinding[]): { findings: LogFinding[]; suppressed: LogFinding[] };
  /** Errors: request.invalid, storage.unavailable. */
  add(suppression: { fingerprint: string; summary: string; reason: string; until?: string | undefined }): null;
  /** Errors: storage.unavailable. */
  remove(fingerprint: string): null;
}

const FAILED = 'Suppressions cannot be read or kept';

/** @param onFailure told of a store that does not answer while findings are made */
export function createLogSuppressions(parts: {
  store: LogSuppressionStore;
  clock: Clock;
  onFailure(error: unknown): void;
}): LogSuppressions {
  const { store, clock, onFailure } = parts;
  return {
    fingerprints() {
      try {
        const now = clock.now().toISOString();
        return store
          .list()
          .flatMap(({ fingerprint, until }) => (until === undefined || until > now ? [fingerprint] : []));
      } catch (error) {
        onFailure(error);
        return [];
      }
    },
    split(findings) {
      try {
        return splitSuppressed(findings, store.list(), clock.now());
      } catch (error) {
        onFailure(error);
        return { findings: [...findings], suppressed: [] };
      }
    },
    add({ fingerprint, summary, reason, until }) {
      const said = reason.replace(/\s+/g, ' ').trim();
      if (said === '')
        throw new TektraError('request.invalid', 'A suppression needs a reason.', {
          action: 'Say why this is not to be told.',
        });
      if (said.length > MAX_REASON)
        throw new TektraError('request.invalid', `The reason is longer than ${MAX_REASON} characters.`);
      const since = clock.now().toISOString();
      if (until !== undefined && until <= since)
        throw new TektraError('request.invalid', 'A suppression has to end in the future.');
      const suppression = { fingerprint, summary, reason: said, since, ...(until === undefined ? {} : { until }) };
      orStorageUnavailable(FAILED, () => store.save(suppression));
      return null;
    },
    remove(fingerprint) {
      orStorageUnavailable(FAILED, () => store.remove(fingerprint));
      return null;
    },
  };
}
