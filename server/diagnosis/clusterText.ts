import type { Change, Evidence, Fix } from '../protocol/diagnosis.ts';
import type { ContainerState, EventFacts, PodFacts } from '../systems/kubernetes/kubernetes.ts';
import { clip } from './evidence.ts';
import type { WorkloadState } from './observers/clusterState.ts';
import { isRecord, templatePath, valueAt } from './targets/manifestObject.ts';

/** How far back an event tells of now; kubelets repeat those of a lasting trouble at least every five minutes. */
const RECENT_EVENT_MS = 10 * 60_000;

export function podEvidence(pod: PodFacts, text: string, time?: Date): Evidence {
  return clusterEvidence(`kubectl -n ${pod.namespace} get pod ${pod.name}`, text, time);
}

export function clusterEvidence(source: string, text: string, time?: Date): Evidence {
  return { kind: 'cluster', source, text: clip(text), ...(time === undefined ? {} : { time: time.toISOString() }) };
}

export function eventEvidence(event: EventFacts): Evidence {
  const times = event.count > 1 ? ` (${event.count} times)` : '';
  return clusterEvidence(
    `kubectl -n ${event.namespace} get events --field-selector involvedObject.name=${event.object.name}`,
    `${event.reason}: ${event.message}${times}`,
    event.lastSeen,
  );
}

/** The newest recent event of an object with one of these reasons. */
export function eventOf(
  { facts }: Pick<WorkloadState, 'facts'>,
  object: string,
  reasons: RegExp,
  now: Date,
  message: RegExp = /(?:)/,
): EventFacts | undefined {
  return facts.events
    .filter(
      (event) =>
        event.object.name === object &&
        reasons.test(event.reason) &&
        message.test(event.message.slice(0, 4_000)) &&
        now.getTime() - (event.lastSeen?.getTime() ?? 0) < RECENT_EVENT_MS,
    )
    .sort((a, b) => (a.lastSeen?.getTime() ?? 0) - (b.lastSeen?.getTime() ?? 0))
    .at(-1);
}

/** The line of the manifest on which a field of one container stands, else of the container, else of the object. */
export function containerEvidence(
  { manifest }: Pick<WorkloadState, 'manifest'>,
  container: Pick<ContainerState, 'name' | 'init'>,
  field: readonly (string | number)[],
  text: string,
): Evidence {
  const path = containerPath(manifest, container);
  const line =
    path === undefined
      ? manifest.line
      : (longest(path, field)
          .map((candidate) => manifest.lineOf(candidate))
          .find((found) => found !== undefined) ?? manifest.line);
  return { kind: 'config', source: `${manifest.file}:${line}`, text: clip(text) };
}

/** Where a container of this name stands in a manifest's pod template. */
export function containerPath(
  manifest: WorkloadState['manifest'],
  { name, init }: Pick<ContainerState, 'name' | 'init'>,
): readonly (string | number)[] | undefined {
  const path = [...templatePath(manifest.kind), 'spec', init ? 'initContainers' : 'containers'];
  const list = valueAt(manifest.value, path);
  const index = Array.isArray(list) ? list.findIndex((each) => isRecord(each) && each.name === name) : -1;
  return index < 0 ? undefined : [...path, index];
}

function longest(path: readonly (string | number)[], field: readonly (string | number)[]): (string | number)[][] {
  return Array.from({ length: field.length + 1 }, (_, cut) => [...path, ...field.slice(0, field.length - cut)]);
}

/** Going back to the rollout before this one; rolling back again takes it back. Only where there was one. */
export function rollbackFix({ live, manifest, namespace }: WorkloadState, verify: string): Fix[] {
  if (live?.kind !== 'Deployment' || live.revision === undefined || live.revision < 2) return [];
  const argv = ['kubectl', 'rollout', 'undo', `deployment/${manifest.name}`, '-n', namespace];
  return [
    {
      title: `Roll ${manifest.name} back to the revision before ${live.revision}`,
      risk: 'write',
      changes: [{ kind: 'command', argv, undo: argv }],
      undo: true,
      verify,
    },
  ];
}

/** A JSON patch of one value, with its own reversal. */
export function patchChange(
  { manifest, namespace }: Pick<WorkloadState, 'manifest' | 'namespace'>,
  path: readonly (string | number)[],
  before: unknown,
  after: unknown,
): Change {
  const pointer = path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  const argv = (value: unknown): string[] => [
    'kubectl',
    'patch',
    `${manifest.kind.toLowerCase()}/${manifest.name}`,
    '-n',
    namespace,
    '--type=json',
    '-p',
    JSON.stringify([{ op: 'replace', path: pointer, value }]),
  ];
  return { kind: 'command', argv: argv(after), undo: argv(before) };
}

/** The edit of one line of a manifest: `before` must stand in it once. Undefined when it does not. */
export function lineEdit(
  file: string,
  line: number | undefined,
  text: string | undefined,
  before: string,
  after: string,
): Change | undefined {
  if (line === undefined || text === undefined || text.split(before).length !== 2) return undefined;
  return { kind: 'edit', file, line, before: text, after: text.replace(before, () => after) };
}

/** `3 of 4 pods`, `its only pod`. */
export function shareOf(some: number, all: number): string {
  if (all === 1) return 'its only pod';
  return some === all ? `all ${all} pods` : `${some} of ${all} pods`;
}

export function agoText(then: Date | undefined, now: Date): string {
  if (!then) return '';
  const seconds = Math.max(0, Math.round((now.getTime() - then.getTime()) / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3_600)} h ago`;
}
