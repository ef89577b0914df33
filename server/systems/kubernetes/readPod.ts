import type * as z from 'zod';
import type { Condition, ContainerState, PodFacts, Termination } from './kubernetes.ts';
import type { Condition as ConditionShape, Pod } from './kubeSchemas.ts';

type PodShape = z.infer<typeof Pod>;
type StatusShape = PodShape['status']['containerStatuses'][number];

export function readPod({ metadata, spec, status }: PodShape): PodFacts {
  const container = (each: PodShape['spec']['containers'][number], init: boolean): ContainerState => {
    const statuses = init ? status.initContainerStatuses : status.containerStatuses;
    const mine = statuses.find(({ name }) => name === each.name);
    const { limits, requests } = each.resources;
    return {
      name: each.name,
      image: each.image,
      init,
      ready: mine?.ready === true,
      restarts: mine?.restartCount ?? 0,
      waiting: mine?.state.waiting,
      runningSince: mine?.state.running?.startedAt,
      terminated: termination(mine?.state),
      last: termination(mine?.lastState),
      memoryLimit: limits.memory,
      requests: { cpu: requests.cpu, memory: requests.memory },
      ports: each.ports.map(({ name, containerPort }) => ({ name, port: containerPort })),
    };
  };
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    labels: metadata.labels,
    owner: ownerOf(metadata),
    phase: status.phase,
    reason: status.reason,
    message: status.message,
    node: spec.nodeName,
    createdAt: metadata.creationTimestamp,
    deleting: metadata.deletionTimestamp !== undefined,
    conditions: status.conditions.map(readCondition),
    containers: [
      ...spec.initContainers.map((each) => container(each, true)),
      ...spec.containers.map((each) => container(each, false)),
    ],
    claims: spec.volumes.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []),
  };
}

export function readCondition({
  type,
  status,
  reason,
  message,
  lastTransitionTime,
}: z.infer<typeof ConditionShape>): Condition {
  return { type, status, reason, message, since: lastTransitionTime };
}

function termination(state: StatusShape['state'] | undefined): Termination | undefined {
  const ended = state?.terminated;
  if (!ended) return undefined;
  const { exitCode, signal, reason, message, startedAt, finishedAt } = ended;
  return { exitCode, signal, reason, message, startedAt, finishedAt };
}

/** A Deployment's pods belong to its ReplicaSet, whose name is the Deployment's and a hash that the pod carries as a label. */
export function ownerOf(metadata: PodShape['metadata']): PodFacts['owner'] {
  const owner = metadata.ownerReferences.find(({ controller }) => controller === true) ?? metadata.ownerReferences[0];
  if (!owner) return undefined;
  const hash = metadata.labels['pod-template-hash'];
  if (owner.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`))
    return { kind: 'Deployment', name: owner.name.slice(0, -hash.length - 1) };
  return { kind: owner.kind, name: owner.name };
}
