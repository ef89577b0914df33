import * as z from 'zod';

/**
 * The fields that are read of what the API server answers. Everything else is ignored, and what an older or newer server
 * leaves out has a default, so that 1.24 … 1.33 parse alike.
 */
const text = z
  .string()
  .nullish()
  .catch('')
  .transform((value) => value ?? '');
const count = z
  .number()
  .nullish()
  .catch(0)
  .transform((value) => value ?? 0);
const time = z
  .string()
  .nullish()
  .transform((value) => {
    const date = new Date(value ?? '');
    return Number.isNaN(date.getTime()) ? undefined : date;
  });
const labels = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {});
const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? []);

const metadata = z.object({
  name: text,
  namespace: text,
  labels,
  annotations: labels,
  creationTimestamp: time,
  deletionTimestamp: time,
  ownerReferences: list(z.object({ kind: z.string(), name: z.string(), controller: z.boolean().optional() })),
});

export const Condition = z.object({
  type: z.string(),
  status: text,
  reason: text,
  message: text,
  lastTransitionTime: time,
});

const terminated = z.object({
  exitCode: count,
  signal: z.number().optional(),
  reason: text,
  message: text,
  startedAt: time,
  finishedAt: time,
});
const state = z
  .object({
    waiting: z.object({ reason: text, message: text }).optional(),
    running: z.object({ startedAt: time }).optional(),
    terminated: terminated.optional(),
  })
  .nullish()
  .transform((value) => value ?? {});
const containerStatus = z.object({
  name: z.string(),
  image: text,
  ready: z.boolean().nullish(),
  restartCount: count,
  state,
  lastState: state,
});
const quantities = z
  .record(z.string(), z.union([z.string(), z.number()]).transform(String))
  .nullish()
  .transform((value) => value ?? {});
const container = z.object({
  name: z.string(),
  image: text,
  resources: z
    .object({ limits: quantities, requests: quantities })
    .nullish()
    .transform((value) => value ?? { limits: {}, requests: {} }),
  ports: list(z.object({ name: z.string().optional(), containerPort: z.number() })),
});

export const Pod = z.object({
  metadata,
  spec: z.object({
    nodeName: z.string().optional(),
    containers: list(container),
    initContainers: list(container),
    volumes: list(z.object({ persistentVolumeClaim: z.object({ claimName: z.string() }).optional() })),
  }),
  status: z
    .object({
      phase: text,
      reason: text,
      message: text,
      conditions: list(Condition),
      containerStatuses: list(containerStatus),
      initContainerStatuses: list(containerStatus),
    })
    .prefault({}),
});

export const Workload = z.object({
  metadata,
  spec: z
    .object({
      replicas: z.number().optional(),
      template: z.object({ metadata: z.object({ labels }).prefault({}) }).prefault({}),
    })
    .prefault({}),
  status: z.object({ conditions: list(Condition), succeeded: count, failed: count }).prefault({}),
});

export const Service = z.object({
  metadata,
  spec: z
    .object({
      type: text,
      selector: labels,
      ports: list(
        z.object({
          name: z.string().optional(),
          port: count,
          targetPort: z.union([z.string(), z.number()]).optional(),
        }),
      ),
    })
    .prefault({}),
});

export const Endpoints = z.object({
  metadata,
  subsets: list(
    z.object({
      addresses: list(z.unknown()),
      notReadyAddresses: list(z.unknown()),
      ports: list(z.unknown()),
    }),
  ),
});

export const EndpointSlice = z.object({
  metadata,
  endpoints: list(
    z.object({
      addresses: list(z.string()),
      conditions: z
        .object({ ready: z.boolean().nullish(), terminating: z.boolean().nullish() })
        .nullish()
        .transform((value) => value ?? {}),
    }),
  ),
  ports: list(z.unknown()),
});

export const Event = z.object({
  metadata,
  type: text,
  reason: text,
  message: text,
  count,
  lastTimestamp: time,
  eventTime: time,
  series: z.object({ count, lastObservedTime: time }).nullish(),
  involvedObject: z.object({ kind: text, name: text, namespace: text }).prefault({}),
});

export const Claim = z.object({
  metadata,
  spec: z.object({ storageClassName: z.string().nullish() }).prefault({}),
  status: z.object({ phase: text }).prefault({}),
});

export const Node = z.object({
  metadata,
  spec: z
    .object({
      unschedulable: z.boolean().optional(),
      taints: list(z.object({ key: z.string(), value: z.string().optional(), effect: text })),
    })
    .prefault({}),
  status: z
    .object({
      conditions: list(Condition),
      allocatable: quantities,
      nodeInfo: z.object({ kubeletVersion: text }).prefault({}),
    })
    .prefault({}),
});

/** `kubectl get a,b,c -o json`: objects of every kind in one list. */
export const ObjectList = z.object({ items: z.array(z.looseObject({ kind: z.string() })) });
