import { ago, type KubeObject, metadata } from './kubeObjects.ts';

export type ServerVersion = '1.24' | '1.33';

const HASH = '7d9c6f5b8d';

export interface PodOptions {
  app?: string;
  labels?: Record<string, string>;
  suffix?: string;
  version?: ServerVersion;
  /** Seconds. */
  age?: number;
  phase?: string;
  ready?: boolean;
  /** Seconds since the Ready condition changed. */
  since?: number;
  node?: string | null;
  owner?: { kind: string; name: string } | null;
  image?: string;
  waiting?: { reason: string; message?: string };
  terminated?: Record<string, unknown>;
  last?: Record<string, unknown>;
  restarts?: number;
  resources?: Record<string, unknown>;
  ports?: readonly Record<string, unknown>[];
  scheduled?: { reason: string; message: string; since: number };
  volumes?: readonly Record<string, unknown>[];
  deleting?: boolean;
}

export function pod(options: PodOptions = {}): KubeObject {
  const { app = 'api', age = 3_600, version = '1.33', ready = false, restarts = 0, suffix = 'x2x7k' } = options;
  const owner = options.owner === undefined ? { kind: 'ReplicaSet', name: `${app}-${HASH}` } : options.owner;
  const name = `${owner?.kind === 'ReplicaSet' ? `${app}-${HASH}` : (owner?.name ?? app)}-${suffix}`;
  const image = options.image ?? `registry.example.com/shop/${app}:1.4.0`;
  const newer = version === '1.33' ? { observedGeneration: 1 } : {};
  const scheduled = options.scheduled;
  const condition = (type: string, status: boolean, more: Record<string, unknown> = {}): Record<string, unknown> => ({
    type,
    status: status ? 'True' : 'False',
    lastProbeTime: null,
    lastTransitionTime: ago(options.since ?? age),
    ...newer,
    ...more,
  });
  const unready = { reason: 'ContainersNotReady', message: `containers with unready status: [${app}]` };
  const state = options.waiting
    ? { waiting: options.waiting }
    : options.terminated
      ? { terminated: options.terminated }
      : { running: { startedAt: ago(Math.min(age, options.since ?? age)) } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadata(name, age, {
      generateName: `${app}-${HASH}-`,
      labels: { app, ...(owner?.kind === 'ReplicaSet' ? { 'pod-template-hash': HASH } : {}), ...options.labels },
      ...(owner
        ? {
            ownerReferences: [
              {
                apiVersion: 'apps/v1',
                kind: owner.kind,
                name: owner.name,
                uid: '1',
                controller: true,
                blockOwnerDeletion: true,
              },
            ],
          }
        : {}),
      ...(options.deleting ? { deletionTimestamp: ago(5), deletionGracePeriodSeconds: 30 } : {}),
    }),
    spec: {
      containers: [
        {
          name: app,
          image,
          imagePullPolicy: 'IfNotPresent',
          resources: options.resources ?? {},
          ports: options.ports ?? [{ name: 'http', containerPort: 3000, protocol: 'TCP' }],
          terminationMessagePath: '/dev/termination-log',
        },
      ],
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      serviceAccountName: 'default',
      tolerations: [
        { effect: 'NoExecute', key: 'node.kubernetes.io/not-ready', operator: 'Exists', tolerationSeconds: 300 },
      ],
      volumes: options.volumes ?? [],
      ...(scheduled || options.node === null ? {} : { nodeName: options.node ?? 'shop-worker' }),
    },
    status: scheduled
      ? {
          phase: 'Pending',
          qosClass: 'Burstable',
          ...newer,
          conditions: [
            {
              ...condition('PodScheduled', false, scheduled),
              lastTransitionTime: ago(scheduled.since),
              since: undefined,
            },
          ],
        }
      : {
          phase: options.phase ?? (options.waiting && restarts === 0 ? 'Pending' : 'Running'),
          ...(version === '1.33' ? { ...newer, hostIPs: [{ ip: '172.18.0.2' }] } : {}),
          hostIP: '172.18.0.2',
          qosClass: 'BestEffort',
          startTime: ago(age),
          conditions: [
            ...(version === '1.33' ? [condition('PodReadyToStartContainers', true)] : []),
            condition('Initialized', true, { lastTransitionTime: ago(age) }),
            condition('Ready', ready, ready ? {} : unready),
            condition('ContainersReady', ready, ready ? {} : unready),
            condition('PodScheduled', true, { lastTransitionTime: ago(age) }),
          ],
          containerStatuses: [
            {
              name: app,
              image,
              imageID: '',
              containerID: 'containerd://0f3e',
              ready,
              started: ready,
              restartCount: restarts,
              state,
              lastState: options.last ? { terminated: options.last } : {},
              ...(version === '1.33'
                ? {
                    resources: options.resources ?? {},
                    allocatedResources: {},
                    volumeMounts: [],
                    user: { linux: { uid: 1000, gid: 1000, supplementalGroups: [1000] } },
                  }
                : {}),
            },
          ],
        },
  };
}

export function ended(
  exitCode: number,
  secondsAgo: number,
  reason = exitCode === 0 ? 'Completed' : 'Error',
): Record<string, unknown> {
  return {
    containerID: 'containerd://9a1',
    exitCode,
    reason,
    startedAt: ago(secondsAgo + 3),
    finishedAt: ago(secondsAgo),
  };
}
