import { setTimeout as pause } from 'node:timers/promises';
import type { MachineUse } from '../../systems/host/machineUse.ts';
import type { ProcessFacts } from '../../systems/process/processes.ts';
import type { CpuTime, Transfer } from '../../systems/process/processUse.ts';
import { defineObserver, type Observation } from '../observer.ts';
import { busyShare, coresOf, stalledShare } from '../resourceShares.ts';
import { type SlowService, slowServices } from '../slowness.ts';
import { type HealthAnswer, healthAnswers } from './healthAnswers.ts';
import { processList } from './machine.ts';
import { pidsOf, type ResourceSample, resourceSample, type Span } from './resourceSample.ts';
import { type ServiceState, serviceStates } from './serviceStates.ts';

/** What one thread of a slow service did during the look. */
export interface ThreadLook {
  pid: number;
  tid: number;
  ranSeconds: number;
  /** It was ready to go on and had no core. */
  waitedSeconds: number;
  /** Share of the readings in which it waited for a disk. */
  blockedShare: number;
}

/** Who used something during the look, biggest first. */
export interface ResourceUser {
  pid: number;
  name: string;
  facts: ProcessFacts | undefined;
  /** The service of the workspace that it belongs to. */
  service: string | undefined;
  /** It belongs to a service, or was started in the workspace's folder. */
  ofWorkspace: boolean;
  /** Cores, or bytes a second. */
  amount: number;
  /** On which its first thread ran last. */
  core: number | undefined;
}

/** A longer look at the machine while a service is slow: who waits for a core or a disk, and who uses them. */
export interface CloseLook {
  seconds: number;
  slow: SlowService[];
  machine: Span<MachineUse>;
  /** By service; empty where the platform does not tell. */
  threads: Map<string, ThreadLook[]>;
  cores: ResourceUser[];
  written: ResourceUser[];
  read: ResourceUser[];
}

const LOOK_MS = 700;
const STEP_MS = 70;
/** A route that answers within this is asked once more during the look: a service at rest waits for nothing. */
const ASK_MS = 1_500;
const MAX_PROCESSES = 16;
/** What the first sample must show: below this no core and no disk keeps anybody waiting. */
const BUSY_SHARE = 0.85;
const STALLED_SHARE = 0.15;
const MAX_USERS = 40;

/** Undefined unless a service is slow and the first sample shows busy cores or disks. */
export const closeLook = defineObserver<CloseLook | undefined>({
  id: 'machine.close-look',
  label: 'who waits for CPU and disks',
  timeoutMs: 14_000,
  observe: async (run) => {
    const { workspace, use, systems, signal } = run;
    const [states, health, sample] = await Promise.all([
      use(serviceStates),
      use(healthAnswers).catch((): HealthAnswer[] => []),
      use(resourceSample),
    ]);
    const slow = slowServices(states, health);
    if (!sample || slow.length === 0 || !isBusy(sample, slow)) return undefined;
    const processes = await use(processList);
    const families = new Map(slow.map(({ state }) => [state.service.name, familyOf(state, processes)]));
    const pids = [...families.values()].flat().slice(0, MAX_PROCESSES);
    const first = await read(run);
    const asked = Promise.all(
      slow.flatMap(({ answer }) => (answer ? [systems.http.get(answer.url, { timeoutMs: ASK_MS, signal })] : [])),
    );
    const readings = new Map<string, { pid: number; tid: number; points: Point[] }>();
    let done = false;
    asked.finally(() => {
      done = true;
    });
    do {
      for (const pid of pids) {
        for (const { tid, state, ranSeconds, waitedSeconds } of await systems.processes.threads(pid, signal)) {
          const thread = readings.get(`${pid} ${tid}`) ?? { pid, tid, points: [] };
          thread.points.push({ blocked: state === 'D', ranSeconds, waitedSeconds });
          readings.set(`${pid} ${tid}`, thread);
        }
      }
      await pause(STEP_MS, undefined, { signal });
    } while (!done || performance.now() - first.machine.at < LOOK_MS);
    const last = await read(run);
    // Who came meanwhile has a name, too.
    const now = await systems.processes.list(signal);
    const seconds = (last.machine.at - first.machine.at) / 1000;
    const looks = [...readings.values()].map(toLook);
    const users = (before: Map<number, number>, after: readonly Used[]): ResourceUser[] =>
      usersOf({ before, after, seconds, states, processes: now, workspace });
    return {
      seconds,
      slow,
      machine: { before: first.machine, after: last.machine },
      threads: new Map(
        [...families].map(([name, family]) => [name, looks.filter(({ pid }) => family.includes(pid))] as const),
      ),
      cores: users(
        new Map(first.times.map((time) => [time.pid, time.seconds])),
        last.times.map(({ pid, name, core, seconds: amount }) => ({ pid, name, core, amount })),
      ),
      written: users(
        new Map(first.transfers.map((each) => [each.pid, each.writtenBytes])),
        last.transfers.map(({ pid, name, writtenBytes: amount }) => ({ pid, name, amount })),
      ),
      read: users(
        new Map(first.transfers.map((each) => [each.pid, each.readBytes])),
        last.transfers.map(({ pid, name, readBytes: amount }) => ({ pid, name, amount })),
      ),
    };
  },
});

function isBusy(sample: ResourceSample, slow: readonly SlowService[]): boolean {
  if ((stalledShare(sample.machine, 'io') ?? 0) >= STALLED_SHARE) return true;
  return slow.some(
    ({ state }) =>
      pidsOf(state).some((pid) => sample.processes.get(pid)?.after.state === 'D') ||
      (busyShare(sample.machine, coresOf(state, sample)) ?? 0) >= BUSY_SHARE,
  );
}

interface Reading {
  machine: MachineUse;
  times: CpuTime[];
  transfers: Transfer[];
}

/** What a process had used up to the end of the look. */
interface Used {
  pid: number;
  name: string;
  amount: number;
  core?: number;
}

interface Point {
  blocked: boolean;
  ranSeconds: number;
  waitedSeconds: number;
}

async function read({ systems, signal }: Observation): Promise<Reading> {
  const [machine, times, transfers] = await Promise.all([
    systems.host.use(signal),
    systems.processes.cpuTimes(signal),
    systems.processes.transfers(signal),
  ]);
  return { machine, times, transfers };
}

function toLook({ pid, tid, points }: { pid: number; tid: number; points: Point[] }): ThreadLook {
  const [first, last] = [points[0] as Point, points.at(-1) as Point];
  return {
    pid,
    tid,
    ranSeconds: last.ranSeconds - first.ranSeconds,
    waitedSeconds: last.waitedSeconds - first.waitedSeconds,
    blockedShare: points.filter(({ blocked }) => blocked).length / points.length,
  };
}

/** Its processes and all that these started. */
function familyOf(state: ServiceState, processes: readonly ProcessFacts[]): number[] {
  const family = new Set(pidsOf(state));
  // A parent has the smaller number nearly always; once more for those that came around.
  for (let round = 0; round < 2; round += 1)
    for (const { pid, ppid } of processes) if (family.has(ppid)) family.add(pid);
  return [...family];
}

function usersOf(parts: {
  before: ReadonlyMap<number, number>;
  after: readonly Used[];
  seconds: number;
  states: readonly ServiceState[];
  processes: readonly ProcessFacts[];
  workspace: string;
}): ResourceUser[] {
  const { before, after, seconds, states, processes, workspace } = parts;
  const owners = new Map(
    states.flatMap((state) => familyOf(state, processes).map((pid) => [pid, state.service.name] as const)),
  );
  const facts = new Map(processes.map((each) => [each.pid, each]));
  return after
    .flatMap(({ pid, name, amount, core }): ResourceUser[] => {
      const start = before.get(pid);
      if (start === undefined || amount <= start) return [];
      const own = facts.get(pid);
      const service = owners.get(pid);
      const inside = own?.cwd === workspace || own?.cwd?.startsWith(`${workspace}/`) === true;
      const ofWorkspace = service !== undefined || inside;
      return [{ pid, name, facts: own, service, ofWorkspace, core, amount: (amount - start) / seconds }];
    })
    .sort((a, b) => b.amount - a.amount)
    .slice(0, MAX_USERS);
}
