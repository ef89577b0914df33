import type {
  ClusterContext,
  ClusterFacts,
  KubeAnswer,
  NodeFacts,
  PodFacts,
  ServiceFacts,
  WorkloadFacts,
} from '../../systems/kubernetes/kubernetes.ts';
import { defineObserver } from '../observer.ts';
import { manifestObjects } from '../targets/discoverWorkloads.ts';
import type { ManifestObject } from '../targets/manifestObject.ts';
import { isWorkload, type WorkloadTarget } from '../targets/target.ts';
import { targetsOf } from './targets.ts';
import { sourceFacts } from './workspaceFiles.ts';

/** One workload or Service of the workspace's manifests with what the cluster has of it. */
export interface WorkloadState {
  target: WorkloadTarget;
  manifest: ManifestObject;
  facts: ClusterFacts;
  namespace: string;
  /** Undefined when it is not in the cluster, and for Services and bare Pods. */
  live: WorkloadFacts | undefined;
  service: ServiceFacts | undefined;
  /** Its pods of now: those that end or were evicted are left out; of a CronJob, those of its newest Job. */
  pods: PodFacts[];
}

export interface AskedCluster {
  kind: 'asked';
  context: ClusterContext;
  now: Date;
  workloads: WorkloadState[];
  nodes: KubeAnswer<NodeFacts[]>;
  /** Every object of every manifest. */
  objects: ManifestObject[];
  /** A line of a manifest as written. */
  lineOf(file: string, line: number): string | undefined;
}

export type ClusterState =
  /** No manifest, so the cluster is none of this workspace's business. */
  { kind: 'notAsked' } | { kind: 'unavailable'; because: string; next: string } | AskedCluster;

const CONTEXT_MS = 2_000;
const READ_MS = 4_000;
const MAX_NAMESPACES = 4;

/** What the cluster of the user's current context has of the workspace's manifests; nothing is asked where there are none. */
export const clusterState = defineObserver<ClusterState>({
  id: 'cluster.state',
  label: 'Kubernetes',
  timeoutMs: CONTEXT_MS + READ_MS + 1_500,
  observe: async ({ systems, signal, clock, use }) => {
    const targets = (await use(targetsOf)).filter(isWorkload);
    if (targets.length === 0) return { kind: 'notAsked' };
    const context = await systems.kubernetes.context({ timeoutMs: CONTEXT_MS, signal });
    if (context.kind !== 'ready') return unavailable(context);
    const spaceOf = ({ manifest }: WorkloadTarget): string => manifest?.namespace ?? context.value.namespace;
    const spaces = [...new Set(targets.filter(({ manifest }) => manifest).map(spaceOf))].slice(0, MAX_NAMESPACES);
    const [answers, nodes, source] = await Promise.all([
      Promise.all(spaces.map((space) => systems.kubernetes.namespace(space, { timeoutMs: READ_MS, signal }))),
      systems.kubernetes.nodes({ timeoutMs: READ_MS, signal }),
      use(sourceFacts),
    ]);
    const read = new Map(
      answers.flatMap((answer) => (answer.kind === 'ready' ? [[answer.value.namespace, answer.value]] : [])),
    );
    const failed = answers.find((answer) => answer.kind !== 'ready');
    if (read.size === 0 && failed) return unavailable(failed);
    const workloads = targets.flatMap((target): WorkloadState[] => {
      const namespace = spaceOf(target);
      const facts = read.get(namespace);
      return facts && target.manifest ? [stateOf(target, target.manifest, namespace, facts)] : [];
    });
    return {
      kind: 'asked',
      context: context.value,
      now: clock.now(),
      workloads,
      nodes,
      objects: await manifestObjects(source),
      lineOf: source.lineOf,
    };
  },
});

function stateOf(
  target: WorkloadTarget,
  manifest: ManifestObject,
  namespace: string,
  facts: ClusterFacts,
): WorkloadState {
  const { kind, name } = manifest;
  const base = { target, manifest, facts, namespace };
  if (kind === 'Service') {
    const service = facts.services.find((each) => each.name === name);
    return { ...base, live: undefined, service, pods: service ? podsOfService(service, facts) : [] };
  }
  const live =
    kind === 'CronJob' ? newestJob(name, facts) : facts.workloads.find((w) => w.kind === kind && w.name === name);
  const owned = facts.pods.filter((pod) =>
    kind === 'Pod'
      ? pod.name === name
      : live !== undefined && pod.owner?.kind === live.kind && pod.owner.name === live.name,
  );
  return { ...base, live, service: undefined, pods: owned.filter(isPresent) };
}

function newestJob(cronJob: string, facts: ClusterFacts): WorkloadFacts | undefined {
  return facts.workloads
    .filter(({ kind, owner }) => kind === 'Job' && owner?.kind === 'CronJob' && owner.name === cronJob)
    .sort((a, b) => (a.createdAt?.getTime() ?? 0) - (b.createdAt?.getTime() ?? 0))
    .at(-1);
}

export function podsOfService({ selector }: ServiceFacts, facts: ClusterFacts): PodFacts[] {
  const wanted = Object.entries(selector);
  if (wanted.length === 0) return [];
  return facts.pods.filter((pod) => isPresent(pod) && wanted.every(([key, value]) => pod.labels[key] === value));
}

/** A pod on its way out, or one that was evicted and replaced, says nothing of now. */
function isPresent({ deleting, phase, owner }: PodFacts): boolean {
  return !deleting && (phase !== 'Failed' || owner === undefined || owner.kind === 'Job');
}

function unavailable(answer: Exclude<KubeAnswer<unknown>, { kind: 'ready' }>): ClusterState {
  const because = `the workspace has Kubernetes manifests, but the cluster could not be asked: ${answer.because}`;
  const next = {
    notInstalled: 'install kubectl',
    noContext: 'choose a context with kubectl config use-context',
    needsLogin: 'log in to the cluster in a terminal, then diagnose again',
    forbidden: 'ask for the right to list pods, or choose a context that has it',
    unreachable: 'check that the cluster runs and that its network (VPN) is up: kubectl cluster-info',
    timedOut: 'run kubectl get pods in a terminal and see what it waits for',
    unreadable: 'run kubectl version in a terminal',
  }[answer.kind];
  return { kind: 'unavailable', because, next };
}
