import type { PodFacts } from '../../../systems/kubernetes/kubernetes.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { agoText, clusterEvidence, containerEvidence, podEvidence } from '../../clusterText.ts';
import { clusterState, type WorkloadState } from '../../observers/clusterState.ts';
import { keyOf, type PodLogs, podLogs } from '../../observers/podLogs.ts';
import { endText } from './podCrashLoop.ts';

export const jobFailed = defineCause({
  id: 'job.failed',
  category: 'kubernetes',
  summary: 'A Job gave up',
  advice: {
    sure: 'The Job itself is marked as failed: the cluster will not try it again.',
    first: 'Read the log of its last pod; repair the reason, then delete the Job and apply it again.',
    verify: 'A new run of the Job is marked Complete.',
  },
  needs: { cluster: clusterState, logs: podLogs },
  explains: [],
  judge: ({ cluster, logs }) =>
    cluster.kind !== 'asked'
      ? []
      : cluster.workloads
          .filter(({ manifest }) => manifest.kind === 'Job' || manifest.kind === 'CronJob')
          .flatMap((state) => judgeJob(state, logs, cluster.now)),
});

function judgeJob(state: WorkloadState, logs: PodLogs, now: Date): Judgement[] {
  const { live, target, manifest, namespace } = state;
  const holds = (type: string) => live?.conditions.find((each) => each.type === type && each.status === 'True');
  const failed = holds('Failed');
  if (!live) return [];
  const source = `kubectl -n ${namespace} get job ${live.name}`;
  if (!failed) {
    const done = live.failed > 0 ? (holds('Complete') ?? holds('SuccessCriteriaMet')) : undefined;
    return done
      ? [
          refuted({
            target: target.name,
            because: `${live.name} completed after ${live.failed} failed ${live.failed === 1 ? 'try' : 'tries'}`,
            evidence: [clusterEvidence(source, `Complete: ${live.succeeded} succeeded`, done.since)],
          }),
        ]
      : [];
  }
  const last = [...state.pods].sort((a, b) => endOf(a) - endOf(b)).at(-1);
  const container = last?.containers.find(({ terminated, waiting }) => (terminated?.exitCode ?? 0) !== 0 || waiting);
  const ended = container?.terminated ?? container?.last;
  const log = last && container ? (logs.get(keyOf(last, container)) ?? logOf(state, logs)) : undefined;
  return [
    proved({
      target: target.name,
      summary: `Job ${live.name} failed ${agoText(failed.since, now)}: ${failed.message || failed.reason}${
        ended ? `; its last pod ${endText(ended)}` : ''
      }${manifest.kind === 'CronJob' ? ` (newest run of ${manifest.name})` : ''}`,
      evidence: [
        clusterEvidence(
          source,
          `Failed, ${failed.reason}: ${failed.message}; ${live.failed} failed pods`,
          failed.since,
        ),
        ...(last && ended
          ? [podEvidence(last, `${container?.name ?? ''} ${endText(ended)} ${ended.message}`, ended.finishedAt)]
          : []),
        ...(log?.lastWords ? [clusterEvidence(log.source, log.lastWords.message, log.lastWords.time)] : []),
        container
          ? containerEvidence(state, container, ['command'], `${container.name} runs ${container.image}`)
          : { kind: 'config', source: target.source, text: `${manifest.kind} ${manifest.name}` },
      ],
    }),
  ];
}

function endOf({ containers, createdAt }: PodFacts): number {
  return Math.max(
    createdAt?.getTime() ?? 0,
    ...containers.map(({ terminated }) => terminated?.finishedAt?.getTime() ?? 0),
  );
}

/** The log that was read of another try of the same Job. */
function logOf({ pods }: WorkloadState, logs: PodLogs) {
  return pods.flatMap((pod) => pod.containers.map((each) => logs.get(keyOf(pod, each)))).find((each) => each);
}
