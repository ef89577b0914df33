import type { Evidence } from '../../../protocol/diagnosis.ts';
import type { NodeFacts, PodFacts } from '../../../systems/kubernetes/kubernetes.ts';
import { defineCause, type Judgement, proved, unknown } from '../../cause.ts';
import { clusterEvidence, containerEvidence, eventEvidence, eventOf, podEvidence, shareOf } from '../../clusterText.ts';
import { type AskedCluster, clusterState, type WorkloadState } from '../../observers/clusterState.ts';

/** The scheduler looks at a new pod at once; a claim is bound within seconds. */
const GRACE_MS = 20_000;

export const podUnschedulable = defineCause({
  id: 'pod.unschedulable',
  category: 'kubernetes',
  summary: 'No node can take the pod',
  advice: {
    sure: 'The scheduler itself says for how many nodes the pod does not fit, and why.',
    first: 'Lower what the pod asks for, make room, or give it the toleration or the volume that it lacks.',
    verify: 'The pod has a node (kubectl get pod -o wide) and becomes Ready.',
  },
  needs: { cluster: clusterState },
  explains: ['service.no-endpoints', 'job.failed'],
  judge: (facts) =>
    facts.cluster.kind !== 'asked'
      ? []
      : facts.cluster.workloads
          .filter(({ manifest }) => manifest.kind !== 'Service')
          .flatMap((state) => judgeWorkload(state, facts.cluster as AskedCluster)),
});

function judgeWorkload(state: WorkloadState, { now, nodes }: AskedCluster): Judgement[] {
  const waiting = state.pods.flatMap((pod) => {
    const condition = pod.conditions.find(({ type }) => type === 'PodScheduled');
    const long = now.getTime() - (condition?.since ?? pod.createdAt ?? now).getTime() >= GRACE_MS;
    return condition?.status === 'False' && condition.reason === 'Unschedulable' && long ? [{ pod, condition }] : [];
  });
  const first = waiting[0];
  if (!first) return [];
  const { pod, condition } = first;
  const target = state.target.name;
  const scaling = eventOf(state, pod.name, /^(?:TriggeredScaleUp|Nominated)$/, now);
  if (scaling)
    return [
      unknown({
        target,
        because: `${target} waits for a node that is being added: ${scaling.message}`,
        next: 'diagnose again in some minutes',
      }),
    ];
  const event = eventOf(state, pod.name, /^FailedScheduling$/, now);
  return [
    proved({
      target,
      summary: `No node takes ${shareOf(waiting.length, state.pods.length)} of ${target}: ${reasonOf(condition.message)}${sizeText(pod, nodes.kind === 'ready' ? nodes.value : [], condition.message)}`,
      evidence: [
        podEvidence(pod, `Pending, ${condition.reason}: ${condition.message}`, condition.since),
        ...(event ? [eventEvidence(event)] : []),
        ...claimEvidence(state, pod, now),
        ...requestEvidence(state, pod, condition.message),
      ],
    }),
  ];
}

/** `0/3 nodes are available: 1 node(s) had untolerated taint {…}, 2 Insufficient memory. preemption: …` without its tail. */
function reasonOf(message: string): string {
  const end = message.search(/\. preemption:|\. no new claims|; preemption:/);
  return (end < 0 ? message : message.slice(0, end)).replace(/\.$/, '');
}

/** How much it asks for, beside what the largest node has to give. */
function sizeText(pod: PodFacts, nodes: readonly NodeFacts[], message: string): string {
  const what = /Insufficient memory/.test(message) ? 'memory' : /Insufficient cpu/.test(message) ? 'cpu' : undefined;
  if (what === undefined) return '';
  const total = pod.containers
    .filter(({ init }) => !init)
    .reduce((sum, { requests }) => sum + (quantity(requests[what]) ?? 0), 0);
  const largest = Math.max(0, ...nodes.map(({ allocatable }) => quantity(allocatable[what]) ?? 0));
  const shown = (value: number): string =>
    what === 'cpu' ? `${Math.round(value * 100) / 100} CPU` : `${Math.round(value / (1 << 20))} MiB`;
  if (total === 0) return '';
  return largest === 0
    ? `; it asks for ${shown(total)}`
    : `; it asks for ${shown(total)}, the largest node has ${shown(largest)} in all`;
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A quantity of the API (`500m`, `1.5`, `256Mi`) in CPUs or bytes; undefined when it is none. */
export function quantity(text: string | undefined): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([A-Za-z]{0,2})$/.exec(text ?? '') ?? [];
  const factor = UNITS[unit ?? ''];
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}

function requestEvidence(state: WorkloadState, pod: PodFacts, message: string): Evidence[] {
  const what = /Insufficient memory/.test(message) ? 'memory' : /Insufficient cpu/.test(message) ? 'cpu' : undefined;
  const container = pod.containers
    .filter(({ init }) => !init)
    .sort((a, b) => (quantity(b.requests[what ?? 'cpu']) ?? 0) - (quantity(a.requests[what ?? 'cpu']) ?? 0))[0];
  if (!container) return [];
  return what === undefined
    ? [{ kind: 'config', source: state.target.source, text: `${state.manifest.kind} ${state.manifest.name}` }]
    : [
        containerEvidence(
          state,
          container,
          ['resources', 'requests', what],
          `${container.name} requests ${what} ${container.requests[what] ?? '(its limit)'}`,
        ),
      ];
}

/** Claims that are not bound are why a volume cannot be mounted; the provisioner's event says more. */
function claimEvidence(state: WorkloadState, pod: PodFacts, now: Date): Evidence[] {
  return pod.claims.flatMap((name): Evidence[] => {
    const claim = state.facts.claims.find((each) => each.name === name);
    const source = `kubectl -n ${state.namespace} get pvc ${name}`;
    if (!claim) return [clusterEvidence(source, `the claim ${name} does not exist`)];
    if (claim.phase === 'Bound') return [];
    const event = eventOf(state, name, /^(?:ProvisioningFailed|FailedBinding|VolumeFailed)/, now);
    return [
      clusterEvidence(source, `${name} is ${claim.phase}, storage class ${claim.storageClass || '(none)'}`),
      ...(event ? [eventEvidence(event)] : []),
    ];
  });
}
