import type { ContainerState, PodFacts, Termination } from '../../../systems/kubernetes/kubernetes.ts';
import { defineCause, type Judgement, proved, unknown } from '../../cause.ts';
import {
  agoText,
  clusterEvidence,
  containerEvidence,
  eventEvidence,
  eventOf,
  podEvidence,
  rollbackFix,
  shareOf,
} from '../../clusterText.ts';
import { clusterState, type WorkloadState } from '../../observers/clusterState.ts';
import { keyOf, type PodLogs, podLogs } from '../../observers/podLogs.ts';

/** Restarts further back than this are history, however many there were. */
const RECENT_MS = 10 * 60_000;
/** One restart is an accident; this many with the last one just now are a loop, also while the next run has just begun. */
const MIN_RESTARTS = 3;

export const podCrashLoop = defineCause({
  id: 'pod.crash-loop',
  category: 'kubernetes',
  summary: "A pod's container ends again and again right after its start",
  advice: {
    sure: 'The kubelet itself reports that it waits ever longer between restarts, with the exit code of the last run.',
    first: "Read the end of the previous run's log (kubectl logs --previous): it says why the program ended.",
    verify: 'The pod is Ready and its restart count stands still for several minutes.',
  },
  needs: { cluster: clusterState, logs: podLogs },
  explains: ['service.no-endpoints', 'job.failed'],
  judge: ({ cluster, logs }) => {
    if (cluster.kind === 'notAsked') return [];
    // One word for all causes of the cluster: none of them can be judged then.
    if (cluster.kind === 'unavailable') return [unknown({ because: cluster.because, next: cluster.next })];
    return cluster.workloads
      .filter(({ manifest }) => manifest.kind !== 'Service')
      .flatMap((state) => judgeWorkload(state, logs, cluster.now));
  },
});

function judgeWorkload(state: WorkloadState, logs: PodLogs, now: Date): Judgement[] {
  const crashing = state.pods.flatMap((pod) =>
    pod.containers.filter((container) => isLooping(container, now)).map((container) => ({ pod, container })),
  );
  const first = crashing.find(({ pod, container }) => logs.has(keyOf(pod, container))) ?? crashing[0];
  if (!first) return [];
  const { pod, container } = first;
  const ended = container.terminated ?? container.last;
  const log = logs.get(keyOf(pod, container));
  const backOff = eventOf(state, pod.name, /^BackOff$/, now);
  const share = shareOf(new Set(crashing.map((each) => each.pod.name)).size, state.pods.length);
  return [
    proved({
      target: state.target.name,
      summary:
        `Container ${container.name} of ${state.target.name} crashes in a loop (${share}): restarted ${container.restarts} times${
          ended ? `, the last run ${endText(ended)} ${agoText(ended.finishedAt, now)}` : ''
        }`.trimEnd(),
      evidence: [
        podEvidence(pod, statusText(pod, container), ended?.finishedAt),
        ...(log?.lastWords ? [clusterEvidence(log.source, log.lastWords.message, log.lastWords.time)] : []),
        ...(backOff ? [eventEvidence(backOff)] : []),
        containerEvidence(state, container, ['image'], `${container.name} runs ${container.image}`),
      ],
      fixes: rollbackFix(
        state,
        `kubectl -n ${state.namespace} get pods: the pods of ${state.manifest.name} are Ready.`,
      ),
    }),
  ];
}

function isLooping({ waiting, restarts, last, ready }: ContainerState, now: Date): boolean {
  if (waiting?.reason === 'CrashLoopBackOff') return true;
  const ago = now.getTime() - (last?.finishedAt?.getTime() ?? 0);
  return !ready && restarts >= MIN_RESTARTS && last !== undefined && last.exitCode !== 0 && ago < RECENT_MS;
}

function statusText(pod: PodFacts, { waiting, restarts, name }: ContainerState): string {
  const what = waiting ? `${waiting.reason}: ${waiting.message}` : 'restarting';
  return `${pod.name}, container ${name}: ${what}; restart count ${restarts}`;
}

const MEANINGS: Readonly<Record<number, string>> = {
  126: 'the command cannot be executed',
  127: 'the command was not found',
  134: 'it aborted itself',
  137: 'it was killed',
  139: 'segmentation fault',
  143: 'it was asked to stop',
};

export function endText({ exitCode, reason }: Termination): string {
  const meaning = reason === 'OOMKilled' ? 'out of memory' : MEANINGS[exitCode];
  return `ended with exit code ${exitCode}${meaning === undefined ? '' : ` (${meaning})`}`;
}
