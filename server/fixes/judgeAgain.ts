import type { Cause, Proved } from '../diagnosis/cause.ts';
import { judgeCause } from '../diagnosis/judgeCause.ts';
import { startObservation } from '../diagnosis/observationRun.ts';
import type { Observation } from '../diagnosis/observer.ts';
import { secretsOf } from '../diagnosis/observers/secrets.ts';
import { targetsOf } from '../diagnosis/observers/targets.ts';
import type { Target } from '../diagnosis/targets/target.ts';
import type { Secret } from '../security/secret.ts';

/** What one cause says of one target now, with nothing redacted: the changes are to be made as they are. */
export interface Judgment {
  found: Proved[];
  /** Why it is ruled out, when something refutes it. */
  refuted: string | undefined;
  /** Why it cannot be told, when it cannot. */
  unknown: string | undefined;
  targets: Target[];
  /** Undefined when they could not be found out: nothing of this may be shown then. */
  secrets: Secret[] | undefined;
}

/** One cause is judged by few observers: it has this long. */
const JUDGE_MS = 15_000;

/** @throws the signal's reason when cancelled */
export async function judgeAgain(
  cause: Cause,
  target: string,
  context: Omit<Observation, 'use' | 'signal'>,
  signal: AbortSignal,
): Promise<Judgment> {
  const observation = startObservation(context, AbortSignal.any([signal, AbortSignal.timeout(JUDGE_MS)]));
  const [judgements, targets, secrets] = await Promise.all([
    judgeCause(cause, observation),
    observation.observe(targetsOf).catch((): Target[] => []),
    observation.observe(secretsOf).catch(() => undefined),
  ]);
  signal.throwIfAborted();
  const own = judgements.filter((judgement) => judgement.target === undefined || judgement.target === target);
  const found = own.flatMap((judgement) => (judgement.verdict === 'proved' ? [judgement] : []));
  const refuted = own.flatMap((judgement) => (judgement.verdict === 'refuted' ? [judgement.because] : []));
  const unknown = own.flatMap((judgement) => (judgement.verdict === 'unknown' ? [judgement.because] : []));
  return { found, refuted: refuted[0], unknown: unknown[0], targets, secrets };
}
