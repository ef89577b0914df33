import type { Cause, Judgement } from './cause.ts';
import { ObservationFailed } from './observationFailed.ts';
import type { ObservationRun } from './observationRun.ts';

/** One cause over its facts. Whatever goes wrong becomes an unknown of that cause. */
export async function judgeCause(cause: Cause, observation: ObservationRun): Promise<Judgement[]> {
  try {
    const entries = await Promise.all(
      Object.entries(cause.needs).map(async ([name, observer]) => [name, await observation.observe(observer)] as const),
    );
    return cause.judge(Object.fromEntries(entries));
  } catch (error) {
    const because =
      error instanceof ObservationFailed
        ? error.message
        : `could not be judged: ${error instanceof Error ? error.message : String(error)}`;
    return [{ verdict: 'unknown', because }];
  }
}
