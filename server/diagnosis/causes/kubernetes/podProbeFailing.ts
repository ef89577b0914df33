import type { Fix } from '../../../protocol/diagnosis.ts';
import type { ContainerState, EventFacts, PodFacts } from '../../../systems/kubernetes/kubernetes.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import {
  containerEvidence,
  containerPath,
  eventEvidence,
  eventOf,
  lineEdit,
  patchChange,
  podEvidence,
  shareOf,
} from '../../clusterText.ts';
import { type AskedCluster, clusterState, type WorkloadState } from '../../observers/clusterState.ts';
import { isRecord, valueAt } from '../../targets/manifestObject.ts';

type ProbeKind = 'readiness' | 'liveness' | 'startup';

/** A program that is still starting fails its readiness probe; only after this long without being ready is that a trouble. */
const GRACE_MS = 60_000;

export const podProbeFailing = defineCause({
  id: 'pod.probe-failing',
  category: 'kubernetes',
  summary: "A pod's container runs, but does not answer its probe",
  advice: {
    sure: 'The kubelet reports the failing probe of now with the answer that it got, and the pod is not ready or was restarted for it.',
    first:
      'Ask the same path and port by hand (kubectl port-forward): repair the program, or the probe if that asks the wrong thing.',
    verify: 'The pod is Ready, and no new Unhealthy event comes.',
  },
  needs: { cluster: clusterState },
  explains: ['service.no-endpoints', 'pod.crash-loop'],
  judge: (facts) =>
    facts.cluster.kind !== 'asked'
      ? []
      : facts.cluster.workloads
          .filter(({ manifest }) => manifest.kind !== 'Service')
          .flatMap((state) => judgeWorkload(state, facts.cluster as AskedCluster)),
});

interface Failing {
  pod: PodFacts;
  event: EventFacts;
  kind: ProbeKind;
  container: ContainerState;
}

function judgeWorkload(state: WorkloadState, cluster: AskedCluster): Judgement[] {
  const { now } = cluster;
  const target = state.target.name;
  const suspects = state.pods.flatMap((pod): Failing[] => {
    const event = eventOf(state, pod.name, /^Unhealthy$/, now);
    const kind = /^(Readiness|Liveness|Startup) probe/.exec(event?.message ?? '')?.[1]?.toLowerCase() as ProbeKind;
    const probed = pod.containers.filter(({ name, init }) => !init && hasProbe(state, name, kind));
    const container = probed.find(({ ready }) => !ready) ?? probed[0] ?? pod.containers.find(({ init }) => !init);
    return event && kind && container ? [{ pod, event, kind, container }] : [];
  });
  const failing = suspects.filter((suspect) => isPresent(suspect, state, now));
  const first = failing[0];
  if (!first) {
    const calm = suspects.find(({ pod }) => isReady(pod));
    return calm
      ? [
          refuted({
            target,
            because: `${calm.pod.name} is ready; the failed ${calm.kind} probe was passing trouble`,
            evidence: [eventEvidence(calm.event)],
          }),
        ]
      : [];
  }
  const { pod, event, kind, container } = first;
  const wrong = wrongPort(state, first);
  const share = shareOf(new Set(failing.map((each) => each.pod.name)).size, state.pods.length);
  return [
    proved({
      target,
      summary: `The ${kind} probe of ${container.name} in ${target} fails (${share}): ${answerOf(event.message)}${
        wrong ? `; it asks port ${String(wrong.asked)}, the container offers ${wrong.offered}` : ''
      }`,
      evidence: [
        eventEvidence(event),
        podEvidence(pod, stateText(pod, container), pod.conditions.find(({ type }) => type === 'Ready')?.since),
        containerEvidence(
          state,
          container,
          wrong ? [`${kind}Probe`, wrong.action, 'port'] : [`${kind}Probe`],
          wrong ? `the ${kind} probe asks port ${String(wrong.asked)}` : `the ${kind} probe of ${container.name}`,
        ),
      ],
      fixes: wrong ? portFix(state, first, wrong, cluster) : [],
    }),
  ];
}

function isReady(pod: PodFacts): boolean {
  return pod.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** Not ready for longer than a start takes, or restarted for it and not well since. */
function isPresent({ pod, kind, container }: Failing, state: WorkloadState, now: Date): boolean {
  if (isReady(pod)) return false;
  const condition = pod.conditions.find(({ type }) => type === 'Ready');
  const unready = now.getTime() - (condition?.since ?? pod.createdAt ?? now).getTime();
  // One that ends by itself is not ready for that reason; the probe is innocent.
  const crashed = container.last !== undefined && container.last.exitCode !== 0;
  if (kind === 'readiness') return container.runningSince !== undefined && !crashed && unready >= GRACE_MS;
  const killed = eventOf(state, pod.name, /^Killing$/, now, /failed (?:liveness|startup) probe/);
  return container.restarts > 0 && killed !== undefined;
}

function hasProbe(state: WorkloadState, container: string, kind: ProbeKind): boolean {
  const path = containerPath(state.manifest, { name: container, init: false });
  return path !== undefined && valueAt(state.manifest.value, [...path, `${kind}Probe`]) !== undefined;
}

/** `Readiness probe failed: Get "http://…": dial tcp …: connect: connection refused` without its beginning. */
function answerOf(message: string): string {
  return message.replace(/^\w+ probe (?:failed|errored)(?: and resulted in unknown state)?: ?/, '').slice(0, 200);
}

function stateText(pod: PodFacts, { name, restarts, waiting }: ContainerState): string {
  const condition = pod.conditions.find(({ type }) => type === 'Ready');
  return `${pod.name} is not ready (${condition?.message || condition?.reason || pod.phase}); ${name}${waiting ? ` waits: ${waiting.reason},` : ''} restart count ${restarts}`;
}

interface WrongPort {
  action: string;
  asked: string | number;
  offered: number;
}

/** The probe asks a port that the container does not declare, and it declares exactly one. */
function wrongPort(state: WorkloadState, { kind, container, event }: Failing): WrongPort | undefined {
  const path = containerPath(state.manifest, container);
  const only = container.ports.length === 1 ? container.ports[0] : undefined;
  if (
    path === undefined ||
    only === undefined ||
    !/connection refused|invalid port|port .{0,80} not found|couldn't find port/i.test(event.message.slice(0, 2_000))
  )
    return undefined;
  const probe = valueAt(state.manifest.value, [...path, `${kind}Probe`]);
  if (!isRecord(probe)) return undefined;
  for (const action of ['httpGet', 'tcpSocket', 'grpc']) {
    const asked = valueAt(probe, [action, 'port']);
    if (typeof asked !== 'string' && typeof asked !== 'number') continue;
    const fits = asked === only.port || asked === only.name || Number(asked) === only.port;
    return fits ? undefined : { action, asked, offered: only.port };
  }
  return undefined;
}

function portFix(state: WorkloadState, { kind, container }: Failing, wrong: WrongPort, cluster: AskedCluster): Fix[] {
  const path = containerPath(state.manifest, container);
  if (path === undefined || !/^(?:Deployment|StatefulSet|DaemonSet)$/.test(state.manifest.kind)) return [];
  const field = [...path, `${kind}Probe`, wrong.action, 'port'];
  const line = state.manifest.lineOf(field);
  const text = line === undefined ? undefined : cluster.lineOf(state.manifest.file, line);
  const edit = lineEdit(state.manifest.file, line, text, String(wrong.asked), String(wrong.offered));
  if (!edit) return [];
  return [
    {
      title: `Let the ${kind} probe of ${container.name} ask port ${wrong.offered}`,
      risk: 'write',
      changes: [edit, patchChange(state, field, wrong.asked, wrong.offered)],
      undo: true,
      verify: `kubectl -n ${state.namespace} get pods: the pods of ${state.manifest.name} become Ready.`,
    },
  ];
}
