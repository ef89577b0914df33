import { randomBytes } from 'node:crypto';
import { TektraError } from '../protocol/errors.ts';
import { orStorageUnavailable } from '../protocol/storageUnavailable.ts';
import { MAX_REASON, type Suppression } from '../protocol/suppression.ts';
import type { Clock } from '../runtime/clock.ts';
import { fingerprintOf } from './fingerprint.ts';
import { holdBack } from './holdBack.ts';
import type { SuppressionStore, Suppressions } from './suppressions.ts';

const FAILED = 'Suppressions cannot be read or kept';

/** See {@link Suppressions}. @param onFailure told of a store that does not answer while a report is made */
export function createSuppressions(parts: {
  store: SuppressionStore;
  clock: Clock;
  onFailure: (error: unknown) => void;
}): Suppressions {
  const { store, clock, onFailure } = parts;

  const list = (workspace: string): Suppression[] => {
    const now = clock.now().toISOString();
    return orStorageUnavailable(FAILED, () => store.list(workspace)).filter(
      ({ until }) => until === undefined || until > now,
    );
  };

  return {
    list,
    apply(report) {
      try {
        return holdBack(report, list(report.workspace));
      } catch (error) {
        onFailure(error);
        return report;
      }
    },
    create(workspace, finding, { reason, until }) {
      const now = clock.now();
      const said = reason.replace(/\s+/g, ' ').trim();
      if (said === '')
        throw new TektraError('request.invalid', 'A suppression needs a reason.', {
          action: 'Say why this finding is not to be told.',
        });
      if (said.length > MAX_REASON)
        throw new TektraError('request.invalid', `The reason is longer than ${MAX_REASON} characters.`);
      if (until !== undefined && !(until > now))
        throw new TektraError('request.invalid', 'A suppression has to end in the future.');
      const { cause, target, summary } = finding;
      const suppression: Suppression = {
        id: randomBytes(4).toString('hex'),
        workspace,
        fingerprint: finding.fingerprint ?? fingerprintOf(finding),
        cause,
        target,
        summary,
        reason: said,
        since: now.toISOString(),
        ...(until === undefined ? {} : { until: until.toISOString() }),
      };
      orStorageUnavailable(FAILED, () => store.save(suppression));
      return suppression;
    },
    remove(workspace, id) {
      const suppression = list(workspace).find((candidate) => candidate.id === id);
      if (!suppression)
        throw new TektraError('suppression.unknown', `There is no suppression "${id}" in this folder.`, {
          action: 'See which there are with tektra suppress --list.',
        });
      orStorageUnavailable(FAILED, () => store.remove(id));
      return suppression;
    },
  };
}
