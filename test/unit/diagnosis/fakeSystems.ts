import type { Systems } from '../../../server/diagnosis/systems.ts';

/** A machine on which there is nothing: for tests of the engine alone, whose causes bring their own observers. */
export function emptySystems(): Systems {
  return {
    compose: { projects: async () => [] },
    cpu: { features: async () => ({ kind: 'unknown', because: 'nothing is there' }) },
    docker: {
      containers: async () => ({ kind: 'notInstalled', because: 'nothing is there' }),
      log: async () => ({ kind: 'notInstalled', because: 'nothing is there' }),
      images: async () => ({ kind: 'notInstalled', because: 'nothing is there' }),
      networks: async () => ({ kind: 'notInstalled', because: 'nothing is there' }),
      usage: async () => ({ kind: 'notInstalled', because: 'nothing is there' }),
      events: async () => ({ kind: 'notInstalled', because: 'nothing is there' }),
      users: async () => ({ kind: 'notInstalled', because: 'nothing is there' }),
      diskUse: async () => ({ kind: 'notInstalled', because: 'nothing is there' }),
      watchDeaths: async () => 'absent',
    },
    files: {
      list: async () => ({ files: [], truncated: false, unreadable: [] }),
      readText: async () => undefined,
      tail: async () => ({ kind: 'absent' }),
      state: async () => ({ kind: 'absent' }),
    },
    gpu: {
      nvidia: async () => ({ kind: 'notInstalled', source: 'x' }),
      amd: async () => ({ kind: 'notInstalled', source: 'x' }),
      apple: async () => ({ kind: 'notInstalled', source: 'x' }),
      vulkan: async () => ({ kind: 'notInstalled', source: 'x' }),
      kernel: async () => ({ pci: [], nvidiaModule: undefined, nvidiaLibrary: undefined, nodes: [] }),
    },
    gguf: { inspect: async () => ({ kind: 'absent' }) },
    host: {
      facts: async () => ({ platform: 'linux', cpuCount: 1, load1: 0, totalMemoryBytes: 1, availableMemoryBytes: 1 }),
      filesystemOf: async () => ({
        mountPoint: '/',
        type: 'ext4',
        totalBytes: 1,
        availableBytes: 1,
        totalInodes: 1,
        freeInodes: 1,
        readOnly: false,
        source: 'x',
      }),
      mountsBelow: async () => [],
      kernelLog: async () => ({ kind: 'unavailable', because: 'nothing is there' }),
      use: async () => ({
        at: 0,
        cpuCount: 1,
        pressure: { cpu: undefined, memory: undefined, io: undefined },
        cpu: undefined,
        memory: { totalBytes: 1, availableBytes: 1, swapTotalBytes: 0, swapFreeBytes: 0 },
        swapped: undefined,
        disks: [],
        listenOverflows: undefined,
        acceptQueues: [],
      }),
    },
    http: { get: async () => ({ kind: 'failed', because: 'nothing is there', code: undefined, durationMs: 0 }) },
    kubernetes: {
      context: async () => ({ kind: 'notInstalled', because: 'nothing is there' }),
      namespace: async () => ({ kind: 'notInstalled', because: 'nothing is there' }),
      nodes: async () => ({ kind: 'notInstalled', because: 'nothing is there' }),
      log: async () => ({ kind: 'notInstalled', because: 'nothing is there' }),
    },
    mysql: { connect: async () => ({ kind: 'refused', because: 'nothing is there', durationMs: 0 }) },
    network: {
      listeners: async () => [],
      resolve: async () => ({ kind: 'notFound', because: 'nothing is there', durationMs: 0 }),
      connect: async (address) => ({ kind: 'refused', address, durationMs: 0 }),
    },
    postgres: { connect: async () => ({ kind: 'refused', because: 'nothing is there', durationMs: 0 }) },
    processes: {
      list: async () => [],
      environmentNames: async () => undefined,
      exists: () => false,
      use: async () => undefined,
      cpuTimes: async () => [],
    },
    tls: { inspect: async () => ({ kind: 'refused', because: 'nothing is there', durationMs: 0 }) },
    redis: {
      ping: async () => ({ kind: 'refused', because: 'nothing is there', durationMs: 0 }),
      sample: async () => undefined,
    },
    runtimes: { version: async () => ({ kind: 'notInstalled', because: 'nothing is there' }) },
  };
}
