import type { LogIndex } from '../index/logIndex.ts';
import { createPace } from './pace.ts';

/** One record of a trace. */
export interface TraceStep {
  record: number;
  /** ms since the epoch; absent: it tells none. */
  time?: number;
  /** ms since the step before it that tells its time, never negative; absent at the first one. */
  sinceMs?: number;
}

/** A trace of more records is no request any more. */
const MAX_STEPS = 10_000;

/**
 * The records of one trace, request or correlation id over all sources, in the order of time: how a request went through a system.
 * One pass over the columns.
 * @param trace number of `LogIndex.traces`; 0 is none
 * @returns at most the first 10,000
 * @throws the signal's reason
 */
export async function traceOf(index: LogIndex, trace: number, signal?: AbortSignal): Promise<TraceStep[]> {
  if (trace <= 0) return [];
  const pace = createPace(signal);
  const found: { position: number; step: TraceStep }[] = [];
  for (let number = 0; number < index.chunkCount && found.length < MAX_STEPS; number += 1) {
    const { count, first, traces, times } = index.chunk(number);
    for (
      let at = traces.indexOf(trace);
      at >= 0 && at < count && found.length < MAX_STEPS;
      at = traces.indexOf(trace, at + 1)
    ) {
      const time = times[at] as number;
      const step = { record: first + at, ...(Number.isNaN(time) ? {} : { time }) };
      found.push({ position: index.positionOf(first + at), step });
    }
    await pace();
  }
  let before: number | undefined;
  return found
    .sort((a, b) => a.position - b.position)
    .map(({ step }) => {
      const since = step.time === undefined || before === undefined ? undefined : Math.max(0, step.time - before);
      before = step.time ?? before;
      return since === undefined ? step : { ...step, sinceMs: since };
    });
}
