import type { Evidence } from '../protocol/diagnosis.ts';
import type { ContainerFacts } from '../systems/docker/docker.ts';
import { sizeText } from './diskText.ts';
import { clip, logEvidence } from './evidence.ts';
import type { ContainerTarget } from './observers/containerTargets.ts';

/** 128 + SIGTERM and 128 + SIGKILL: what `docker stop` leaves behind. */
const STOPPED = new Set([137, 143]);

/** Ended because somebody asked it to, as far as its exit code tells. */
export function wasStopped({ exitCode, oomKilled, error }: ContainerFacts): boolean {
  return !oomKilled && error === '' && STOPPED.has(exitCode);
}

/** Meant to stay up: a job that ends with 0 has done its work. */
export function hasFailed(container: ContainerFacts): boolean {
  return (
    (container.state === 'exited' || container.state === 'dead' || container.state === 'created') &&
    (container.error !== '' || (container.exitCode !== 0 && !wasStopped(container)))
  );
}

export function isUp({ state }: ContainerFacts): boolean {
  return state === 'running' || state === 'paused';
}

/** The engine's own account of a container. */
export function containerEvidence(container: ContainerFacts): Evidence {
  const { name, state, exitCode, oomKilled, restartCount, startedAt, finishedAt, error, memoryLimit } = container;
  const parts = [
    `${name}: ${state}`,
    ...(isUp(container) ? [] : [`exit code ${exitCode}`]),
    ...(oomKilled ? ['OOMKilled'] : []),
    ...(restartCount > 0 ? [`restarted ${restartCount} times`] : []),
    ...(memoryLimit === undefined ? [] : [`memory limit ${sizeText(memoryLimit)}`]),
    ...(error === '' ? [] : [error]),
  ];
  const time = isUp(container) ? startedAt : (finishedAt ?? startedAt);
  return {
    kind: 'container',
    source: `docker inspect ${name}`,
    text: clip(parts.join(', ')),
    ...(time === undefined ? {} : { time: time.toISOString() }),
  };
}

/** The last thing that its output complains of. */
export function lastWords({ logs, state }: ContainerTarget): Evidence[] {
  const entry = state?.crashes.at(-1) ?? state?.errors.at(-1);
  if (entry) return [logEvidence(entry)];
  const log = logs[0];
  const record = log?.records.findLast(({ level, crash }) => crash || level === 'error' || level === 'fatal');
  const last = record ?? log?.records.at(-1);
  return log && last ? [logEvidence({ log, record: last })] : [];
}

/** For a sentence: `; its last words: …`, or nothing. */
export function lastWordsText(target: ContainerTarget): string {
  const [words] = lastWords(target);
  return words ? `; its last words: ${clip(words.text, 140)}` : '';
}
