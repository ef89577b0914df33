/** Objects as the API server prints them, with the fields that the versions differ in. Only the parts that tests vary are arguments. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: Record<string, unknown>;
  [field: string]: unknown;
}

export function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

export function metadata(name: string, age: number, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name,
    namespace: 'shop',
    creationTimestamp: ago(age),
    resourceVersion: '48211',
    uid: '5f0c1b1e-7d0e-4a52-9d6e-0f5a4b9f6c11',
    managedFields: [
      {
        manager: 'kubelet',
        operation: 'Update',
        apiVersion: 'v1',
        time: ago(age),
        fieldsType: 'FieldsV1',
        fieldsV1: {},
      },
    ],
    ...more,
  };
}

export function deployment(
  app = 'api',
  options: { replicas?: number; revision?: number; labels?: Record<string, string>; age?: number } = {},
): KubeObject {
  const { replicas = 1, revision = 1, age = 86_400 } = options;
  const labels = options.labels ?? { app };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(app, age, {
      generation: revision,
      annotations: { 'deployment.kubernetes.io/revision': String(revision) },
    }),
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { creationTimestamp: null, labels }, spec: {} },
    },
    status: {
      replicas,
      conditions: [
        {
          type: 'Progressing',
          status: 'True',
          reason: 'ReplicaSetUpdated',
          lastUpdateTime: ago(60),
          lastTransitionTime: ago(60),
        },
      ],
    },
  };
}

export function job(
  name = 'migrate',
  options: {
    conditions?: readonly Record<string, unknown>[];
    succeeded?: number;
    failed?: number;
    active?: number;
    age?: number;
    cronJob?: string;
  } = {},
): KubeObject {
  const { conditions = [], age = 600, cronJob, ...counts } = options;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metadata(
      name,
      age,
      cronJob === undefined
        ? {}
        : { ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: cronJob, uid: '2', controller: true }] },
    ),
    spec: {
      backoffLimit: 2,
      completions: 1,
      parallelism: 1,
      template: { metadata: { labels: { 'job-name': name } }, spec: {} },
    },
    status: { conditions, startTime: ago(age), ready: 0, uncountedTerminatedPods: {}, ...counts },
  };
}

export function service(
  name = 'api',
  selector: Record<string, string> = { app: 'api' },
  targetPort: string | number = 'http',
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(name, 86_400),
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.14.7',
      clusterIPs: ['10.96.14.7'],
      ipFamilies: ['IPv4'],
      selector,
      ports: [{ name: 'web', port: 80, protocol: 'TCP', targetPort }],
    },
    status: { loadBalancer: {} },
  };
}

/** Both forms, as every server up to 1.33 keeps them. */
export function endpoints(
  name = 'api',
  { ready = 0, notReady = 0, ports = 1 }: { ready?: number; notReady?: number; ports?: number } = {},
): KubeObject[] {
  const addresses = (count: number, from: number): { ip: string }[] =>
    Array.from({ length: count }, (_, i) => ({ ip: `10.244.1.${from + i}` }));
  const portList = ports > 0 ? [{ name: 'web', port: 3000, protocol: 'TCP' }] : null;
  return [
    {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: metadata(name, 86_400),
      ...(ready + notReady > 0
        ? {
            subsets: [
              {
                ...(ready > 0 ? { addresses: addresses(ready, 10) } : {}),
                ...(notReady > 0 ? { notReadyAddresses: addresses(notReady, 50) } : {}),
                ports: portList,
              },
            ],
          }
        : {}),
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      addressType: 'IPv4',
      metadata: metadata(`${name}-k2x9d`, 86_400, {
        labels: {
          'kubernetes.io/service-name': name,
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
      }),
      endpoints:
        ready + notReady === 0
          ? null
          : [
              ...addresses(ready, 10).map(({ ip }) => ({
                addresses: [ip],
                conditions: { ready: true, serving: true, terminating: false },
              })),
              ...addresses(notReady, 50).map(({ ip }) => ({
                addresses: [ip],
                conditions: { ready: false, serving: false, terminating: false },
              })),
            ],
      ports: portList,
    },
  ];
}

export function event(
  object: string,
  reason: string,
  message: string,
  options: { kind?: string; secondsAgo?: number; count?: number; type?: string; series?: boolean } = {},
): KubeObject {
  const { kind = 'Pod', secondsAgo = 30, count = 4, type = 'Warning', series = false } = options;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: metadata(`${object}.17f0a3c1`, secondsAgo + 600),
    involvedObject: { apiVersion: 'v1', kind, name: object, namespace: 'shop', fieldPath: 'spec.containers{api}' },
    reason,
    message,
    type,
    source: { component: 'kubelet', host: 'shop-worker' },
    ...(series
      ? {
          count: null,
          firstTimestamp: null,
          lastTimestamp: null,
          eventTime: `${ago(secondsAgo + 600).slice(0, -1)}.120031Z`,
          series: { count, lastObservedTime: ago(secondsAgo) },
        }
      : { count, firstTimestamp: ago(secondsAgo + 600), lastTimestamp: ago(secondsAgo), eventTime: null }),
  };
}

export function node(
  name = 'shop-worker',
  options: {
    ready?: 'True' | 'False' | 'Unknown';
    since?: number;
    memory?: string;
    cpu?: string;
    message?: string;
  } = {},
): KubeObject {
  const { ready = 'True', since = 86_400, memory = '4028128Ki', cpu = '2' } = options;
  const message =
    options.message ?? (ready === 'True' ? 'kubelet is posting ready status' : 'Kubelet stopped posting node status.');
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { ...metadata(name, 864_000, { labels: { 'kubernetes.io/hostname': name } }), namespace: undefined },
    spec: {
      podCIDR: '10.244.1.0/24',
      ...(ready === 'True'
        ? {}
        : { taints: [{ key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule', timeAdded: ago(since) }] }),
    },
    status: {
      allocatable: { cpu, memory, pods: '110', 'ephemeral-storage': '59767Mi' },
      capacity: { cpu, memory, pods: '110' },
      conditions: [
        {
          type: 'MemoryPressure',
          status: ready === 'True' ? 'False' : 'Unknown',
          reason: 'NodeStatusUnknown',
          message,
          lastHeartbeatTime: ago(since),
          lastTransitionTime: ago(since),
        },
        {
          type: 'Ready',
          status: ready,
          reason: ready === 'True' ? 'KubeletReady' : 'NodeStatusUnknown',
          message,
          lastHeartbeatTime: ago(since),
          lastTransitionTime: ago(since),
        },
      ],
      nodeInfo: { kubeletVersion: 'v1.33.1', osImage: 'Debian GNU/Linux 12 (bookworm)' },
    },
  };
}
