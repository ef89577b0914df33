import type { Fix } from '../../../protocol/diagnosis.ts';
import type { ContainerState, Termination } from '../../../systems/kubernetes/kubernetes.ts';
import { defineCause, type Judgement, proved } from '../../cause.ts';
import {
  agoText,
  containerEvidence,
  containerPath,
  lineEdit,
  patchChange,
  podEvidence,
  shareOf,
} from '../../clusterText.ts';
import { type AskedCluster, clusterState, type WorkloadState } from '../../observers/clusterState.ts';

/** A kill further back, after which the container works, is history. */
const RECENT_MS = 15 * 60_000;

export const podOomKilled = defineCause({
  id: 'pod.oom-killed',
  category: 'kubernetes',
  summary: "The kernel killed a pod's container because it used more memory than its limit",
  advice: {
    sure: 'The kubelet reports OOMKilled as the reason of the end: the kernel did it at the limit of the container.',
    first:
      'Find out whether the limit is too low for normal work or the program grows without end; raise the first, repair the second.',
    verify:
      'The restart count stands still under the usual load, and the memory stays below the limit (kubectl top pod).',
  },
  needs: { cluster: clusterState },
  explains: ['pod.crash-loop', 'service.no-endpoints', 'pod.probe-failing', 'job.failed'],
  judge: (facts) =>
    facts.cluster.kind !== 'asked'
      ? []
      : facts.cluster.workloads
          .filter(({ manifest }) => manifest.kind !== 'Service')
          .flatMap((state) => judgeWorkload(state, facts.cluster as AskedCluster)),
});

function judgeWorkload(state: WorkloadState, cluster: AskedCluster): Judgement[] {
  const { now } = cluster;
  const killed = state.pods.flatMap((pod) =>
    pod.containers.flatMap((container) => {
      const end = killOf(container);
      const ago = now.getTime() - (end?.finishedAt?.getTime() ?? 0);
      const present =
        container.waiting?.reason === 'CrashLoopBackOff' || container.terminated !== undefined || ago < RECENT_MS;
      return end && present ? [{ pod, container, end }] : [];
    }),
  );
  const first = killed[0];
  if (!first) return [];
  const { pod, container, end } = first;
  const limit = container.memoryLimit;
  const share = shareOf(new Set(killed.map((each) => each.pod.name)).size, state.pods.length);
  return [
    proved({
      target: state.target.name,
      summary: `Container ${container.name} of ${state.target.name} is killed for want of memory (${share}): ${
        limit === undefined ? 'it has no limit of its own, so the node ran out' : `its limit is ${limit}`
      }; ${container.restarts} restarts, last killed ${agoText(end.finishedAt, now)}`.trimEnd(),
      evidence: [
        podEvidence(
          pod,
          `${container.name}: OOMKilled, exit code ${end.exitCode}, restart count ${container.restarts}`,
          end.finishedAt,
        ),
        containerEvidence(
          state,
          container,
          ['resources', 'limits', 'memory'],
          limit === undefined ? `${container.name} has no memory limit` : `${container.name} may use ${limit}`,
        ),
      ],
      fixes: raiseFix(state, container, cluster),
    }),
  ];
}

function killOf({ terminated, last }: ContainerState): Termination | undefined {
  return [terminated, last].find((end) => end?.reason === 'OOMKilled');
}

/** Twice the limit, in the cluster and in the manifest, where the manifest writes the limit that the cluster has. */
function raiseFix(state: WorkloadState, container: ContainerState, cluster: AskedCluster): Fix[] {
  const { manifest } = state;
  const path = containerPath(manifest, container);
  const [, number, unit] = /^(\d+)(Mi|Gi|M|G|Ki|k)$/.exec(container.memoryLimit ?? '') ?? [];
  if (path === undefined || number === undefined || !/^(?:Deployment|StatefulSet|DaemonSet)$/.test(manifest.kind))
    return [];
  const field = [...path, 'resources', 'limits', 'memory'];
  const line = manifest.lineOf(field);
  const before = `${number}${unit}`;
  const after = `${Number(number) * 2}${unit}`;
  const text = line === undefined ? undefined : cluster.lineOf(manifest.file, line);
  const edit = lineEdit(manifest.file, line, text, before, after);
  if (!edit) return [];
  return [
    {
      title: `Raise the memory limit of ${container.name} from ${before} to ${after}`,
      risk: 'write',
      changes: [edit, patchChange(state, field, before, after)],
      undo: true,
      verify: `kubectl -n ${state.namespace} get pods: no new restart of ${manifest.name} under its usual load.`,
    },
  ];
}
