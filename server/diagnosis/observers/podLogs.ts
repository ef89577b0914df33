import { parseRecords } from '../../logs/present/parseRecords.ts';
import { isError, type LogRecord } from '../../logs/present/record.ts';
import type { ContainerState, PodFacts } from '../../systems/kubernetes/kubernetes.ts';
import { defineObserver } from '../observer.ts';
import { type ClusterState, clusterState } from './clusterState.ts';

/** The end of what a container that ended had written. */
export interface PodLog {
  /** The command that shows it, for a person. */
  source: string;
  /** What it said of its end: its last crash or error, else its last line. */
  lastWords: LogRecord | undefined;
}

const LOG_MS = 3_000;
/** Containers that are read; replicas of one workload end alike. */
const MAX_CONTAINERS = 6;

export type PodLogs = ReadonlyMap<string, PodLog>;

/** Logs of containers that ended in trouble: of the run before, where the kubelet started another. By `pod/container`. */
export const podLogs = defineObserver<PodLogs>({
  id: 'cluster.pod-logs',
  label: 'logs of failing pods',
  timeoutMs: 12_000,
  observe: async ({ systems, signal, use }) => {
    const cluster = await use(clusterState);
    const wanted = endedContainers(cluster).slice(0, MAX_CONTAINERS);
    const logs = await Promise.all(
      wanted.map(async ({ pod, container }) => {
        const previous = container.terminated === undefined && container.last !== undefined;
        const place = { namespace: pod.namespace, pod: pod.name, container: container.name };
        const options = { timeoutMs: LOG_MS, signal };
        const answer = await systems.kubernetes.log({ ...place, previous }, options);
        if (answer.kind !== 'ready') return [];
        const source = `kubectl -n ${pod.namespace} logs ${pod.name} -c ${container.name}${previous ? ' --previous' : ''}`;
        return [[keyOf(pod, container), { source, lastWords: lastWordsOf(answer.value) }] as const];
      }),
    );
    return new Map(logs.flat());
  },
});

export function keyOf(pod: Pick<PodFacts, 'name'>, container: Pick<ContainerState, 'name'>): string {
  return `${pod.name}/${container.name}`;
}

/** One replica of each workload and container, so that many replicas do not hide another workload. */
function endedContainers(cluster: ClusterState): { pod: PodFacts; container: ContainerState }[] {
  if (cluster.kind !== 'asked') return [];
  const chosen = new Map<string, { pod: PodFacts; container: ContainerState }>();
  for (const { target, manifest, pods } of cluster.workloads) {
    if (manifest.kind === 'Service') continue;
    for (const pod of pods)
      for (const container of pod.containers) {
        const ended = container.terminated ?? container.last;
        const key = `${target.name}/${container.name}`;
        if (ended && ended.exitCode !== 0 && !container.ready && !chosen.has(key)) chosen.set(key, { pod, container });
      }
  }
  return [...chosen.values()];
}

function lastWordsOf(lines: readonly string[]): LogRecord | undefined {
  const records = parseRecords(lines, 1);
  return records.findLast(isError) ?? records.findLast(({ message }) => message.trim() !== '');
}
