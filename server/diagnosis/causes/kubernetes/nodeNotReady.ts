import type { NodeFacts, PodFacts } from '../../../systems/kubernetes/kubernetes.ts';
import { defineCause, type Judgement, proved, unknown } from '../../cause.ts';
import { agoText, clusterEvidence, podEvidence } from '../../clusterText.ts';
import { type AskedCluster, clusterState } from '../../observers/clusterState.ts';
import { CLUSTER_TARGET } from '../../targets/discoverWorkloads.ts';

export const nodeNotReady = defineCause({
  id: 'node.not-ready',
  category: 'kubernetes',
  summary: 'A node that the pods of the workspace need is not ready',
  advice: {
    sure: 'The control plane reports the node as not ready, and pods of this workspace lie on it or wait for it.',
    first: 'Look at the node: its kubelet, its container runtime, its network, its disk and its memory.',
    verify: 'kubectl get nodes shows the node as Ready, and the pods on it become Ready again.',
  },
  needs: { cluster: clusterState },
  explains: [
    'pod.crash-loop',
    'pod.image-pull-failed',
    'pod.unschedulable',
    'pod.probe-failing',
    'service.no-endpoints',
    'job.failed',
  ],
  judge: ({ cluster }) => (cluster.kind === 'asked' ? judgeNodes(cluster) : []),
});

function judgeNodes({ workloads, nodes, now }: AskedCluster): Judgement[] {
  const pods = [...new Map(workloads.flatMap((state) => state.pods).map((pod) => [pod.name, pod])).values()];
  if (nodes.kind !== 'ready') {
    // Without a pod in trouble the state of the nodes is nothing that one has to know.
    const lost = pods.find((pod) => pod.phase === 'Unknown' || pod.reason === 'NodeLost' || waitsForNode(pod));
    return lost
      ? [
          unknown({
            target: CLUSTER_TARGET,
            because: `${lost.name} has lost its node or waits for one, and the nodes could not be listed: ${nodes.because}`,
            next: 'ask someone who may: kubectl get nodes',
          }),
        ]
      : [];
  }
  return nodes.value.flatMap((node): Judgement[] => {
    const condition = node.conditions.find(({ type }) => type === 'Ready');
    if (!condition || condition.status === 'True') return [];
    const onIt = pods.filter((pod) => pod.node === node.name);
    const waiting = pods.filter(waitsForNode);
    const first = onIt[0] ?? waiting[0];
    if (!first) return [];
    return [
      proved({
        target: CLUSTER_TARGET,
        summary: `Node ${node.name} is not ready since ${agoText(condition.since, now).replace(/ ago$/, '')}: ${condition.message || condition.reason}; ${
          onIt.length > 0
            ? countText(onIt.length, 'lies on it', 'lie on it')
            : countText(waiting.length, 'waits for a node', 'wait for a node')
        }`,
        evidence: [
          clusterEvidence(`kubectl get node ${node.name}`, conditionText(node), condition.since),
          podEvidence(first, `${first.phase}${first.node === undefined ? ', no node' : ` on ${first.node}`}`),
        ],
      }),
    ];
  });
}

function countText(count: number, one: string, many: string): string {
  return count === 1 ? `1 pod of this workspace ${one}` : `${count} pods of this workspace ${many}`;
}

function conditionText({ conditions, taints }: NodeFacts): string {
  const bad = conditions.filter(({ type, status }) => (type === 'Ready' ? status !== 'True' : status === 'True'));
  return `${bad.map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`).join('; ')}; taints ${taints.join(', ') || 'none'}`;
}

function waitsForNode({ conditions }: PodFacts): boolean {
  return conditions.some(
    ({ type, status, message }) =>
      type === 'PodScheduled' && status === 'False' && /node\.kubernetes\.io\/(?:not-ready|unreachable)/.test(message),
  );
}
