import { createKubectl, type KubeOptions } from './askKubectl.ts';
import { readCluster, readLog, readNodes } from './readCluster.ts';

/** One container of a pod as the kubelet reports it. */
export interface ContainerState {
  name: string;
  image: string;
  init: boolean;
  ready: boolean;
  restarts: number;
  waiting: { reason: string; message: string } | undefined;
  runningSince: Date | undefined;
  /** It ended and was not started again. */
  terminated: Termination | undefined;
  /** How its previous run ended. */
  last: Termination | undefined;
  /** As written: `256Mi`. */
  memoryLimit: string | undefined;
  requests: { cpu: string | undefined; memory: string | undefined };
  ports: { name: string | undefined; port: number }[];
}

export interface Termination {
  exitCode: number;
  signal: number | undefined;
  reason: string;
  message: string;
  startedAt: Date | undefined;
  finishedAt: Date | undefined;
}

export interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
  since: Date | undefined;
}

export interface PodFacts {
  name: string;
  namespace: string;
  labels: Readonly<Record<string, string>>;
  /** The controller that made it, with the Deployment behind a ReplicaSet resolved. */
  owner: { kind: string; name: string } | undefined;
  phase: string;
  reason: string;
  message: string;
  node: string | undefined;
  createdAt: Date | undefined;
  deleting: boolean;
  conditions: Condition[];
  containers: ContainerState[];
  claims: string[];
}

/** A Deployment, StatefulSet, DaemonSet, Job or CronJob. */
export interface WorkloadFacts {
  kind: string;
  name: string;
  namespace: string;
  /** The CronJob of a Job. */
  owner: { kind: string; name: string } | undefined;
  createdAt: Date | undefined;
  /** Wanted pods; undefined for Jobs and DaemonSets. */
  replicas: number | undefined;
  /** Deployments: number of the current rollout. */
  revision: number | undefined;
  templateLabels: Readonly<Record<string, string>>;
  conditions: Condition[];
  /** Jobs: pods that succeeded, failed. */
  succeeded: number;
  failed: number;
}

export interface ServiceFacts {
  name: string;
  namespace: string;
  type: string;
  selector: Readonly<Record<string, string>>;
  ports: { name: string | undefined; port: number; targetPort: string | number | undefined }[];
  createdAt: Date | undefined;
}

/** What stands behind a Service: of EndpointSlices, or of Endpoints where the server gives no slices. */
export interface EndpointFacts {
  service: string;
  namespace: string;
  source: 'endpointslices' | 'endpoints';
  ready: number;
  notReady: number;
  /** Ports that the ready addresses offer. */
  ports: number;
}

export interface EventFacts {
  namespace: string;
  object: { kind: string; name: string };
  type: string;
  reason: string;
  message: string;
  count: number;
  lastSeen: Date | undefined;
}

export interface ClaimFacts {
  name: string;
  namespace: string;
  phase: string;
  storageClass: string | undefined;
}

export interface NodeFacts {
  name: string;
  unschedulable: boolean;
  taints: string[];
  conditions: Condition[];
  /** What pods may take of it, as written: `3920m`, `7822348Ki`. */
  allocatable: { cpu: string | undefined; memory: string | undefined };
  kubeletVersion: string;
}

export interface ClusterContext {
  name: string;
  /** Of the context; `default` when it names none. */
  namespace: string;
  server: string;
}

/** Everything of one namespace that a diagnosis looks at. */
export interface ClusterFacts {
  namespace: string;
  pods: PodFacts[];
  workloads: WorkloadFacts[];
  services: ServiceFacts[];
  endpoints: EndpointFacts[];
  events: EventFacts[];
  claims: ClaimFacts[];
  /** Names alone; undefined when they may not be listed. Values are never asked for. */
  configMaps: ReadonlySet<string> | undefined;
  secrets: ReadonlySet<string> | undefined;
  /** Resources that the user may not list, by the server's own word. */
  forbidden: string[];
}

/** Why the cluster could not be asked, for a person; `ready` otherwise. */
export type KubeAnswer<T> =
  | { kind: 'ready'; value: T }
  | {
      kind: 'notInstalled' | 'noContext' | 'needsLogin' | 'forbidden' | 'unreachable' | 'timedOut' | 'unreadable';
      because: string;
    };

/**
 * The cluster of the user's current context, by `kubectl` with fixed arguments: `get`, `logs` and `config view`, nothing
 * that writes. Every call ends within its time limit, also where a login is asked for. Servers 1.24 and later.
 */
export interface Kubernetes {
  context(options: KubeOptions): Promise<KubeAnswer<ClusterContext>>;
  namespace(namespace: string, options: KubeOptions): Promise<KubeAnswer<ClusterFacts>>;
  nodes(options: KubeOptions): Promise<KubeAnswer<NodeFacts[]>>;
  /** The end of a container's output; of its previous run where it has one and `previous` asks for it. */
  log(
    place: { namespace: string; pod: string; container: string; previous: boolean },
    options: KubeOptions,
  ): Promise<KubeAnswer<string[]>>;
}

export function createKubernetes(): Kubernetes {
  const kubectl = createKubectl();
  return {
    context: (options) => kubectl.context(options),
    namespace: (namespace, options) => readCluster(kubectl, namespace, options),
    nodes: (options) => readNodes(kubectl, options),
    log: (place, options) => readLog(kubectl, place, options),
  };
}
