import { setTimeout as sleep } from 'node:timers/promises';
import type { Cause } from '../diagnosis/cause.ts';
import type { Observation } from '../diagnosis/observer.ts';
import type { FixOutcome } from '../protocol/fix.ts';
import { type Judgment, judgeAgain } from './judgeAgain.ts';

/** A service or a container that was started has this long until the cause must be gone. */
const PATIENCE_MS = 15_000;
const FIRST_PAUSE_MS = 150;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Judges the cause again. A fix that only changed files is judged once; one that started or stopped something until the
 * cause is gone, at most {@link PATIENCE_MS}.
 * @throws the signal's reason when cancelled
 */
export async function verifyFix(
  cause: Cause,
  target: string,
  context: Omit<Observation, 'use' | 'signal'>,
  { patient, signal }: { patient: boolean; signal: AbortSignal },
): Promise<FixOutcome> {
  const end = context.clock.monotonic() + (patient ? PATIENCE_MS : 0);
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const judgment = await judgeAgain(cause, target, context, signal);
    const outcome = outcomeOf(judgment);
    if (outcome.kind === 'verified' || context.clock.monotonic() + pause >= end) return outcome;
    await sleep(pause, undefined, { signal });
  }
}

function outcomeOf({ found, refuted, unknown }: Judgment): FixOutcome {
  const still = found[0];
  if (still) return { kind: 'stillThere', because: still.summary, undone: false };
  if (unknown !== undefined && refuted === undefined) return { kind: 'unverified', because: unknown };
  return { kind: 'verified', ...(refuted === undefined ? {} : { because: refuted }) };
}
