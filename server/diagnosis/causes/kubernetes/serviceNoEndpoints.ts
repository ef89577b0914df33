import type { Fix } from '../../../protocol/diagnosis.ts';
import type { PodFacts, ServiceFacts } from '../../../systems/kubernetes/kubernetes.ts';
import { defineCause, type Judgement, proved, unknown } from '../../cause.ts';
import { clusterEvidence, lineEdit, patchChange, podEvidence } from '../../clusterText.ts';
import { type AskedCluster, clusterState, type WorkloadState } from '../../observers/clusterState.ts';
import { templatePath, textsAt, valueAt } from '../../targets/manifestObject.ts';

/** A pod needs this long to be scheduled, pull its image and pass its first probe. */
const STARTING_MS = 60_000;

export const serviceNoEndpoints = defineCause({
  id: 'service.no-endpoints',
  category: 'kubernetes',
  summary: 'A Service leads to no pod',
  advice: {
    sure: 'The cluster lists no ready address behind the Service, so that every connection to it fails.',
    first:
      'Compare the selector of the Service with the labels of the pods; if they fit, see why the pods are not ready.',
    verify: 'kubectl get endpointslices lists the addresses of the pods.',
  },
  needs: { cluster: clusterState },
  explains: ['network.refused', 'network.timeout', 'proxy.upstream-down', 'upstream.slow'],
  judge: (facts) =>
    facts.cluster.kind !== 'asked'
      ? []
      : facts.cluster.workloads
          .filter(({ manifest }) => manifest.kind === 'Service')
          .flatMap((state) => judgeService(state, facts.cluster as AskedCluster)),
});

function judgeService(state: WorkloadState, cluster: AskedCluster): Judgement[] {
  const { service, facts, namespace, target } = state;
  // A Service without a selector leads where somebody put it by hand; one of another cluster is not here at all.
  if (!service || service.type === 'ExternalName' || Object.keys(service.selector).length === 0) return [];
  if (facts.forbidden.includes('pods') || facts.forbidden.includes('endpointslices')) return [];
  const endpoints = facts.endpoints.filter((each) => each.service === service.name);
  const ready = endpoints.reduce((sum, each) => sum + each.ready, 0);
  const ports = endpoints.reduce((sum, each) => sum + each.ports, 0);
  const source = `kubectl -n ${namespace} get ${endpoints[0]?.source ?? 'endpointslices'}`;
  if (ready > 0 && (ports > 0 || service.ports.length === 0)) return [];
  const waiting = endpoints.reduce((sum, each) => sum + each.notReady, 0);
  const count = clusterEvidence(source, `${service.name}: ${ready} ready addresses, ${waiting} not ready`);
  const at = state.manifest.lineOf(['spec', 'selector']) ?? state.manifest.line;
  const selector = {
    kind: 'config' as const,
    source: `${state.manifest.file}:${at}`,
    text: `selector ${labelText(service.selector)}`,
  };
  if (state.pods.length === 0) return noPods(state, service, cluster, [count, selector]);
  const lost = ready > 0 || state.pods.some(isReady) ? missingPort(service, state.pods) : undefined;
  if (lost !== undefined)
    return [
      proved({
        target: target.name,
        summary: `Service ${service.name} leads to no pod: its targetPort ${lost} is the name of no port of the pods`,
        evidence: [
          count,
          podEvidence(
            state.pods[0] as PodFacts,
            `ports: ${(state.pods[0] as PodFacts).containers.flatMap((c) => c.ports.map((p) => `${p.name ?? '(no name)'} ${p.port}`)).join(', ') || 'none declared'}`,
          ),
          { kind: 'config', source: `${state.manifest.file}:${portLine(state, lost)}`, text: `targetPort: ${lost}` },
        ],
      }),
    ];
  const youngest = Math.max(...state.pods.map((pod) => pod.createdAt?.getTime() ?? 0));
  const starting =
    cluster.now.getTime() - youngest < STARTING_MS &&
    state.pods.every(({ containers }) => containers.every(({ restarts }) => restarts === 0));
  if (starting)
    return [
      unknown({
        target: target.name,
        because: `the pods behind ${service.name} were made less than a minute ago`,
        next: 'diagnose again in a minute',
      }),
    ];
  if (state.pods.some(isReady)) return [];
  const pod = state.pods[0] as PodFacts;
  const condition = pod.conditions.find(({ type }) => type === 'Ready');
  return [
    proved({
      target: target.name,
      summary: `Service ${service.name} leads to no pod: ${state.pods.length === 1 ? 'the one pod' : `none of the ${state.pods.length} pods`} that it selects is ready`,
      evidence: [
        count,
        podEvidence(pod, `not ready: ${condition?.message || condition?.reason || pod.phase}`, condition?.since),
        selector,
      ],
    }),
  ];
}

function isReady(pod: PodFacts): boolean {
  return pod.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

/** Nothing carries the labels: a workload was scaled to nothing, or the selector names other labels than the pods have. */
function noPods(
  state: WorkloadState,
  service: ServiceFacts,
  cluster: AskedCluster,
  evidence: ReturnType<typeof clusterEvidence>[],
): Judgement[] {
  const { target, namespace, facts } = state;
  const wanted = Object.entries(service.selector);
  const backing = facts.workloads.find(({ templateLabels }) =>
    wanted.every(([key, value]) => templateLabels[key] === value),
  );
  if (backing) {
    const own = cluster.workloads.find((each) => each.live === backing);
    const declared = own === undefined ? undefined : (valueAt(own.manifest.value, ['spec', 'replicas']) ?? 1);
    // Scaled to nothing as the manifest says, or by an autoscaler that no manifest of here tells of: on purpose.
    if (backing.replicas !== 0 || own === undefined || declared === 0) return [];
    const replicas = Number(declared);
    const scale = (n: number): string[] => [
      'kubectl',
      'scale',
      `${backing.kind.toLowerCase()}/${backing.name}`,
      '-n',
      namespace,
      `--replicas=${n}`,
    ];
    return [
      proved({
        target: target.name,
        summary: `Service ${service.name} leads to no pod: ${backing.kind} ${backing.name} is scaled to 0, its manifest asks for ${replicas}`,
        confidence: 'likely',
        evidence: [
          ...evidence,
          clusterEvidence(
            `kubectl -n ${namespace} get ${backing.kind.toLowerCase()} ${backing.name}`,
            'spec.replicas: 0',
          ),
          {
            kind: 'config',
            source: `${own.manifest.file}:${own.manifest.lineOf(['spec', 'replicas']) ?? own.manifest.line}`,
            text: `replicas: ${replicas}`,
          },
        ],
        fixes: [
          {
            title: `Scale ${backing.name} to ${replicas}`,
            risk: 'write',
            changes: [{ kind: 'command', argv: scale(replicas), undo: scale(0) }],
            undo: true,
            verify: `kubectl -n ${namespace} get endpointslices lists addresses for ${service.name}.`,
          },
        ],
      }),
    ];
  }
  const meant = nearestWorkload(state, cluster);
  const wrong = meant && wanted.filter(([key, value]) => meant.labels[key] !== value);
  const label = wrong?.length === 1 ? wrong[0] : undefined;
  const has = label && meant?.labels[label[0]];
  return [
    proved({
      target: target.name,
      summary: `Service ${service.name} leads to no pod: no pod has the label${wanted.length > 1 ? 's' : ''} ${labelText(service.selector)}${
        meant && label
          ? `; the pods of ${meant.state.manifest.name} have ${has === undefined ? `no label ${label[0]}` : `${label[0]}=${has}`}`
          : ''
      }`,
      evidence: [
        ...evidence,
        ...(meant
          ? [
              {
                kind: 'config' as const,
                source: `${meant.state.manifest.file}:${meant.line}`,
                text: `labels ${labelText(meant.labels)}`,
              },
            ]
          : []),
      ],
      fixes: label && has !== undefined ? selectorFix(state, label, has, cluster) : [],
    }),
  ];
}

/** The workload of the same namespace that the Service was meant for: of the same name, else the only one that shares a label. */
function nearestWorkload(
  state: WorkloadState,
  { workloads }: AskedCluster,
): { state: WorkloadState; labels: Readonly<Record<string, string>>; line: number } | undefined {
  const candidates = workloads.filter((each) => each.manifest.kind !== 'Service' && each.namespace === state.namespace);
  const labelsOf = ({ manifest }: WorkloadState): Readonly<Record<string, string>> =>
    textsAt(manifest.value, [...templatePath(manifest.kind), 'metadata', 'labels']);
  const selector = Object.entries(state.service?.selector ?? {});
  const sharing = candidates.filter((each) => selector.some(([key, value]) => labelsOf(each)[key] === value));
  const meant =
    candidates.find(({ manifest }) => manifest.name === state.manifest.name) ??
    (sharing.length === 1 ? sharing[0] : candidates.length === 1 ? candidates[0] : undefined);
  if (!meant) return undefined;
  const path = [...templatePath(meant.manifest.kind), 'metadata', 'labels'];
  return { state: meant, labels: labelsOf(meant), line: meant.manifest.lineOf(path) ?? meant.manifest.line };
}

function selectorFix(
  state: WorkloadState,
  [key, value]: readonly [string, string],
  has: string,
  cluster: AskedCluster,
): Fix[] {
  const field = ['spec', 'selector', key];
  const line = state.manifest.lineOf(field);
  const text = line === undefined ? undefined : cluster.lineOf(state.manifest.file, line);
  // The label's key may hold the same word (`app: app`); only the value behind the colon is replaced.
  const edit = text?.includes(`: ${value}`)
    ? lineEdit(state.manifest.file, line, text, `: ${value}`, `: ${has}`)
    : undefined;
  if (!edit) return [];
  return [
    {
      title: `Let Service ${state.manifest.name} select ${key}=${has}`,
      risk: 'write',
      changes: [edit, patchChange(state, field, value, has)],
      undo: true,
      verify: `kubectl -n ${state.namespace} get endpointslices lists addresses for ${state.manifest.name}.`,
    },
  ];
}

/** A named targetPort that no container of the pods has. */
function missingPort(service: ServiceFacts, pods: readonly PodFacts[]): string | undefined {
  const names = new Set(
    pods.flatMap(({ containers }) => containers.flatMap(({ ports }) => ports.map(({ name }) => name))),
  );
  const wanted = service.ports.map(({ targetPort }) => targetPort).filter((port) => typeof port === 'string');
  return wanted.find((name) => !/^\d+$/.test(name) && !names.has(name));
}

function portLine({ manifest }: WorkloadState, targetPort: string): number {
  const ports = valueAt(manifest.value, ['spec', 'ports']);
  const index = Array.isArray(ports) ? ports.findIndex((port) => valueAt(port, ['targetPort']) === targetPort) : -1;
  return manifest.lineOf(['spec', 'ports', Math.max(index, 0), 'targetPort']) ?? manifest.line;
}
