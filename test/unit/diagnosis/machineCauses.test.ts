import { describe, expect, it } from 'vitest';
import { cpuSaturated } from '../../../server/diagnosis/causes/performance/cpuSaturated.ts';
import { diskIoSaturated } from '../../../server/diagnosis/causes/performance/diskIoSaturated.ts';
import type { CloseLook, ResourceUser, ThreadLook } from '../../../server/diagnosis/observers/closeLook.ts';
import type { ResourceSample } from '../../../server/diagnosis/observers/resourceSample.ts';
import type { ServiceState } from '../../../server/diagnosis/observers/serviceStates.ts';
import type { MachineUse } from '../../../server/systems/host/machineUse.ts';

/** Two cores and one disk after so many seconds; a real machine of other people must not be filled up for this. */
function machine(seconds: number, busy: { cores: number; disk: number; stalled: number | undefined }): MachineUse {
  const core = { busy: (seconds * busy.cores) / 2, total: seconds };
  const pressure =
    busy.stalled === undefined
      ? undefined
      : { some10: 90, full10: 0, someSeconds: seconds * busy.stalled, fullSeconds: 0 };
  return {
    at: seconds * 1000,
    cpuCount: 2,
    pressure: { cpu: pressure, memory: undefined, io: pressure },
    cpu: { busy: core.busy * 2, total: core.total * 2 },
    cores: new Map([
      [0, core],
      [1, core],
    ]),
    memory: { totalBytes: 1, availableBytes: 1, swapTotalBytes: 0, swapFreeBytes: 0 },
    swapped: undefined,
    disks: [{ name: 'sda', busyMs: seconds * 1000 * busy.disk }],
    openFiles: undefined,
    listenOverflows: undefined,
    acceptQueues: [],
  };
}

function service(name: string): ServiceState {
  return {
    ...({
      service: { name, ports: [] },
      running: true,
      processes: [{ pid: 10 }],
      listeners: [],
      holders: [],
      logs: [],
      errors: [],
      warnings: [],
      crashes: [],
      everStarted: true,
      container: undefined,
    } as unknown as ServiceState),
  };
}

function user(pid: number, amount: number, owner?: string): ResourceUser {
  const ofWorkspace = owner !== undefined;
  return { pid, name: 'cc1plus', facts: undefined, service: owner, ofWorkspace, amount, core: pid % 2 };
}

interface Case {
  cores: number;
  disk?: number;
  stalled?: number | undefined;
  threads: Partial<ThreadLook>[];
  users?: ResourceUser[];
  names?: string[];
}

function looked({ cores, disk = 0, stalled = 0.9, threads, users = [], names = ['api'] }: Case): {
  look: CloseLook;
  sample: ResourceSample;
  states: ServiceState[];
} {
  const busy = { cores, disk, stalled };
  const span = { before: machine(0, busy), after: machine(1, busy) };
  const states = names.map(service);
  const answer = {
    service: 'api',
    url: 'http://127.0.0.1:1/health',
    route: {},
    answer: { kind: 'failed', durationMs: 2000 },
  };
  const slow = states.map((state) => ({ state, entry: undefined, answer: answer as never }));
  const all = threads.map((each, tid) => ({ pid: 10, tid, ranSeconds: 0, waitedSeconds: 0, blockedShare: 0, ...each }));
  return {
    states,
    look: {
      seconds: 1,
      slow,
      machine: span,
      threads: new Map(names.map((name) => [name, all])),
      cores: users,
      written: users,
      read: [],
    },
    sample: { seconds: 1, machine: span, processes: new Map(), busiest: [], waiting: new Map() },
  };
}

const judged = (found: readonly { verdict: string; target?: string }[]): string[] =>
  found.map(({ verdict, target }) => `${verdict} ${target}`);

describe('cpu.saturated of a whole machine', () => {
  const starved = { ranSeconds: 0.1, waitedSeconds: 0.85 };

  it('names the machine once, however many services wait for its cores', () => {
    const facts = looked({ cores: 2, threads: [starved], users: [user(1, 1), user(2, 0.9)], names: ['api', 'web'] });
    expect(judged(cpuSaturated.judge(facts))).toEqual(['proved host']);
  });

  it('is ruled out where the service gets its turn', () => {
    const threads = [{ ranSeconds: 0.4, waitedSeconds: 0.4 }];
    expect(judged(cpuSaturated.judge(looked({ cores: 2, threads, users: [user(1, 1.5)] })))).toEqual(['refuted api']);
  });

  it('is nothing while a core is free', () => {
    expect(cpuSaturated.judge(looked({ cores: 1.2, threads: [starved], users: [user(1, 1)] }))).toEqual([]);
  });

  it('leaves one busy thread to those who know event loops', () => {
    const threads = [{ ranSeconds: 1, waitedSeconds: 0 }];
    const facts = looked({ cores: 2, threads, users: [user(10, 1, 'api'), user(2, 1)] });
    expect(judged(cpuSaturated.judge(facts))).toEqual(['refuted api']);
  });

  it('is unknown where the platform does not tell who waits', () => {
    expect(judged(cpuSaturated.judge(looked({ cores: 2, threads: [] })))).toEqual(['unknown api']);
  });
});

describe('disk.io-saturated', () => {
  const waiting = { blockedShare: 0.9 };

  it('needs the busy disk and somebody who waits for it', () => {
    const judge = (facts: Parameters<typeof looked>[0]): string[] => judged(diskIoSaturated.judge(looked(facts)));
    expect(judge({ cores: 0.1, disk: 0.97, threads: [waiting], users: [user(1, 9e6)] })).toEqual(['proved host']);
    expect(judge({ cores: 0.1, disk: 0.97, threads: [waiting], users: [user(10, 9e6, 'api')] })).toEqual([
      'proved api',
    ]);
    expect(judge({ cores: 0.1, disk: 0.97, threads: [{ blockedShare: 0.2 }] })).toEqual([]);
    expect(judge({ cores: 0.1, disk: 0.3, threads: [waiting] })).toEqual([]);
    expect(judge({ cores: 0.1, disk: 0.97, stalled: 0.1, threads: [waiting] })).toEqual([]);
  });
});
