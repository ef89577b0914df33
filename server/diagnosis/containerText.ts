import type { Evidence } from '../protocol/diagnosis.ts';
import type { ContainerFacts } from '../systems/docker/docker.ts';
import { sizeText } from './diskText.ts';
import { clip, logEvidence } from './evidence.ts';
import type { ContainerTarget } from './observers/containerTargets.ts';
import { isEndpoint } from './targets/target.ts';

/** 128 + SIGINT, SIGKILL and SIGTERM: what Ctrl-C and `docker stop` leave behind. */
const STOPPED = new Set([130, 137, 143]);

/** Ended because somebody asked it to: the engine saw the order, or its exit code tells. */
export function wasStopped({ container, events }: Pick<ContainerTarget, 'container' | 'events'>): boolean {
  const { exitCode, oomKilled, error, startedAt } = container;
  if (oomKilled || error !== '') return false;
  const asked = events.some(
    ({ action, at }) => (action === 'stop' || action === 'kill') && at.getTime() >= (startedAt?.getTime() ?? 0),
  );
  return asked || STOPPED.has(exitCode);
}

/** Meant to stay up: a job that ends with 0 has done its work. */
export function hasFailed(target: Pick<ContainerTarget, 'container' | 'events'>): boolean {
  const { state, error, exitCode } = target.container;
  return (
    (state === 'exited' || state === 'dead' || state === 'created') &&
    (error !== '' || (exitCode !== 0 && !wasStopped(target)))
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

/** A text speaks of this container: its name, its address or one of its ports stands in it. */
export function speaksOf(text: string, { compose, container, target }: Omit<ContainerTarget, 'complaints'>): boolean {
  const names = [
    compose.name,
    container.name,
    ...container.networks.flatMap(({ address, aliases }) => [address, ...aliases]),
    // On this machine's own address only its port tells who is meant.
    ...container.ports.flatMap(({ container: inside, host }) => [`:${inside}`, `:${host}`]),
    ...compose.ports.flatMap(({ target: inside, published }) => [`:${inside}`, `:${published ?? inside}`]),
    ...(isEndpoint(target) && target.port > 0 ? [`:${target.port}`] : []),
  ];
  return names.some((name) => name.length > 1 && namePattern(name).test(text));
}

/** A name as a word of its own: `db` is not in `adb`, nor `api` in `api-gateway`; `:80` is not in `:8080`. */
function namePattern(name: string): RegExp {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`${name.startsWith(':') ? '' : String.raw`(?<![\w.-])`}${escaped}${String.raw`(?![\w-])`}`);
}
