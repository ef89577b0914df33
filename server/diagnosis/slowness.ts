import type { Evidence } from '../protocol/diagnosis.ts';
import { logEvidence } from './evidence.ts';
import type { HealthAnswer } from './observers/healthAnswers.ts';
import { SLOW_ANSWER_MS } from './observers/resourceSample.ts';
import type { LogEntry, ServiceState } from './observers/serviceStates.ts';

/** A running service that is slow now, or says so. */
export interface SlowService {
  state: ServiceState;
  /** Its health route, which answered late or not at all. */
  answer: HealthAnswer | undefined;
  /** The newest of its own words about it. */
  entry: LogEntry | undefined;
}

/** Words about time: a limit that passed, or work that took too long. */
const SLOW =
  /time[ds]?[ -]?out|ETIMEDOUT|deadline exceeded|\bslow(?:ly|ness)?\b|too long|unresponsive|latency|\blag(?:s|ging|ged)?\b|event.?loop|\bstarv|overload|behind schedule|took (?:over |more than )?\d/i;
const MAX_TEXT = 2_000;

/** The running services that suffer from something that takes time. Who is only busy, and has nobody wait, is none of them. */
export function slowServices(states: readonly ServiceState[], health: readonly HealthAnswer[]): SlowService[] {
  return states.flatMap((state) => {
    if (!state.running) return [];
    const answer = health.find((each) => each.service === state.service.name && isLate(each));
    const entry = saying(state, SLOW);
    return answer || entry ? [{ state, answer, entry }] : [];
  });
}

/** The newest present error, else warning, of a service that says this. */
export function saying({ errors, warnings }: ServiceState, pattern: RegExp): LogEntry | undefined {
  const says = ({ record }: LogEntry): boolean => pattern.test(record.text.slice(0, MAX_TEXT));
  return errors.findLast(says) ?? warnings.findLast(says);
}

export function slownessEvidence({ answer, entry }: SlowService): Evidence[] {
  return [...(answer ? [answerEvidence(answer)] : []), ...(entry ? [logEvidence(entry)] : [])];
}

function answerEvidence({ url, answer }: HealthAnswer): Evidence {
  const took = `${(answer.durationMs / 1000).toFixed(1)} s`;
  const text = answer.kind === 'answered' ? `${answer.status} after ${took}` : `no answer within ${took}`;
  return { kind: 'probe', source: `GET ${url}`, text };
}

function isLate({ answer }: HealthAnswer): boolean {
  return answer.kind === 'answered' ? answer.durationMs >= SLOW_ANSWER_MS : answer.code === 'ETIMEDOUT';
}
