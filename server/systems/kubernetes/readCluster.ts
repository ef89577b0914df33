import type * as z from 'zod';
import { type Kubectl, type KubeOptions, parseJson } from './askKubectl.ts';
import type {
  ClaimFacts,
  ClusterFacts,
  EndpointFacts,
  EventFacts,
  KubeAnswer,
  NodeFacts,
  ServiceFacts,
  WorkloadFacts,
} from './kubernetes.ts';
import { Claim, EndpointSlice, Endpoints, Event, Node, ObjectList, Pod, Service, Workload } from './kubeSchemas.ts';
import { ownerOf, readCondition, readPod } from './readPod.ts';

const KINDS = [
  'pods',
  'services',
  'endpoints',
  'endpointslices.discovery.k8s.io',
  'deployments.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'jobs.batch',
  'cronjobs.batch',
  'persistentvolumeclaims',
  'events',
].join(',');
const LOG_LINES = 200;

/** One namespace, by two calls: its objects, and the bare names of its ConfigMaps and Secrets. */
export async function readCluster(
  kubectl: Kubectl,
  namespace: string,
  options: KubeOptions,
): Promise<KubeAnswer<ClusterFacts>> {
  const [objects, names] = await Promise.all([
    kubectl.ask(['get', KINDS, '-n', namespace, '-o', 'json'], options),
    // A table, not JSON: the server then sends names and counts, and no value leaves it.
    kubectl.ask(['get', 'configmaps,secrets', '-n', namespace, '--no-headers'], options),
  ]);
  if (objects.kind !== 'ready') return objects;
  const list = parseJson(objects.value.text, ObjectList);
  if (list === undefined) return { kind: 'unreadable', because: 'kubectl get printed something else than a list' };
  const of = <T>(kind: string, shape: z.ZodType<T>): T[] =>
    list.items
      .filter((item) => item.kind === kind)
      .flatMap((item) => {
        // One odd object, of a field that a newer server changed, must not hide the others.
        const parsed = shape.safeParse(item);
        return parsed.success ? [parsed.data] : [];
      });
  const complaints = `${objects.value.complaint}\n${names.kind === 'ready' ? names.value.complaint : ''}`;
  return {
    kind: 'ready',
    value: {
      namespace,
      pods: of('Pod', Pod).map(readPod),
      workloads: ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'].flatMap((kind) =>
        of(kind, Workload).map((workload) => readWorkload(kind, workload)),
      ),
      services: of('Service', Service).map(readService),
      endpoints: readEndpoints(of('EndpointSlice', EndpointSlice), of('Endpoints', Endpoints)),
      events: of('Event', Event).map(readEvent),
      claims: of('PersistentVolumeClaim', Claim).map(readClaim),
      ...readNames(names),
      forbidden: [...complaints.matchAll(/cannot list resource "([\w.]{1,80})"/g)].map(([, name]) => name as string),
    },
  };
}

export async function readNodes(kubectl: Kubectl, options: KubeOptions): Promise<KubeAnswer<NodeFacts[]>> {
  const answer = await kubectl.ask(['get', 'nodes', '-o', 'json'], options);
  if (answer.kind !== 'ready') return answer;
  const list = parseJson(answer.value.text, ObjectList);
  if (list === undefined)
    return { kind: 'unreadable', because: 'kubectl get nodes printed something else than a list' };
  return {
    kind: 'ready',
    value: list.items.flatMap((item) => {
      const parsed = Node.safeParse(item);
      if (!parsed.success) return [];
      const { metadata, spec, status } = parsed.data;
      return [
        {
          name: metadata.name,
          unschedulable: spec.unschedulable === true,
          taints: spec.taints.map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`),
          conditions: status.conditions.map(readCondition),
          allocatable: { cpu: status.allocatable.cpu, memory: status.allocatable.memory },
          kubeletVersion: status.nodeInfo.kubeletVersion,
        },
      ];
    }),
  };
}

export async function readLog(
  kubectl: Kubectl,
  { namespace, pod, container, previous }: { namespace: string; pod: string; container: string; previous: boolean },
  options: KubeOptions,
): Promise<KubeAnswer<string[]>> {
  const answer = await kubectl.ask(
    ['logs', pod, '-c', container, '-n', namespace, ...(previous ? ['--previous'] : []), `--tail=${LOG_LINES}`],
    options,
  );
  if (answer.kind !== 'ready') return answer;
  return { kind: 'ready', value: answer.value.text === '' ? [] : answer.value.text.split(/\r?\n/) };
}

function readWorkload(kind: string, { metadata, spec, status }: z.infer<typeof Workload>): WorkloadFacts {
  const revision = Number(metadata.annotations['deployment.kubernetes.io/revision']);
  return {
    kind,
    name: metadata.name,
    namespace: metadata.namespace,
    owner: ownerOf(metadata),
    createdAt: metadata.creationTimestamp,
    replicas: spec.replicas,
    revision: revision > 0 ? revision : undefined,
    templateLabels: spec.template.metadata.labels,
    conditions: status.conditions.map(readCondition),
    succeeded: status.succeeded,
    failed: status.failed,
  };
}

function readService({ metadata, spec }: z.infer<typeof Service>): ServiceFacts {
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    type: spec.type,
    selector: spec.selector,
    ports: spec.ports.map(({ name, port, targetPort }) => ({ name, port, targetPort })),
    createdAt: metadata.creationTimestamp,
  };
}

/** Slices where there are any: Endpoints are cut off at 1 000 addresses and on their way out since 1.33. */
function readEndpoints(
  slices: readonly z.infer<typeof EndpointSlice>[],
  endpoints: readonly z.infer<typeof Endpoints>[],
): EndpointFacts[] {
  const bySlice = new Map<string, EndpointFacts>();
  for (const { metadata, endpoints: members, ports } of slices) {
    const service = metadata.labels['kubernetes.io/service-name'];
    if (service === undefined) continue;
    const facts = bySlice.get(service) ?? {
      service,
      namespace: metadata.namespace,
      source: 'endpointslices' as const,
      ready: 0,
      notReady: 0,
      ports: 0,
    };
    for (const { addresses, conditions } of members) {
      // An absent `ready` means ready, as the API says.
      if (conditions.ready !== false) facts.ready += addresses.length;
      else facts.notReady += addresses.length;
    }
    if (members.some(({ conditions }) => conditions.ready !== false)) facts.ports += ports.length;
    bySlice.set(service, facts);
  }
  const rest = endpoints
    .filter(({ metadata }) => !bySlice.has(metadata.name))
    .map(({ metadata, subsets }): EndpointFacts => {
      const total = (count: (subset: (typeof subsets)[number]) => number): number =>
        subsets.reduce((sum, subset) => sum + count(subset), 0);
      return {
        service: metadata.name,
        namespace: metadata.namespace,
        source: 'endpoints',
        ready: total(({ addresses }) => addresses.length),
        notReady: total(({ notReadyAddresses }) => notReadyAddresses.length),
        ports: total(({ addresses, ports }) => (addresses.length > 0 ? ports.length : 0)),
      };
    });
  return [...bySlice.values(), ...rest];
}

function readEvent(event: z.infer<typeof Event>): EventFacts {
  const { metadata, type, reason, message, involvedObject } = event;
  return {
    namespace: metadata.namespace,
    object: { kind: involvedObject.kind, name: involvedObject.name },
    type,
    reason,
    message,
    count: event.series?.count || event.count || 1,
    lastSeen: event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? metadata.creationTimestamp,
  };
}

function readClaim({ metadata, spec, status }: z.infer<typeof Claim>): ClaimFacts {
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    phase: status.phase,
    storageClass: spec.storageClassName ?? undefined,
  };
}

/** `configmap/app   2   3d` and `secret/db   Opaque   1   3d`. */
function readNames(
  answer: KubeAnswer<{ text: string; complaint: string }>,
): Pick<ClusterFacts, 'configMaps' | 'secrets'> {
  if (answer.kind !== 'ready') return { configMaps: undefined, secrets: undefined };
  const named = (kind: string, resource: string): ReadonlySet<string> | undefined =>
    answer.value.complaint.includes(`cannot list resource "${resource}"`)
      ? undefined
      : new Set(
          answer.value.text
            .split('\n')
            .flatMap((line) => (line.startsWith(`${kind}/`) ? (line.slice(kind.length + 1).split(/\s/)[0] ?? []) : [])),
        );
  return { configMaps: named('configmap', 'configmaps'), secrets: named('secret', 'secrets') };
}
