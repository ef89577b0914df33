import { setTimeout as pause } from 'node:timers/promises';
import type { MachineUse } from '../../systems/host/machineUse.ts';
import type { CpuTime, ProcessUse } from '../../systems/process/processUse.ts';
import { defineObserver, type Observation } from '../observer.ts';
import { speaksOfStrain } from '../strain.ts';
import { type DiskFacts, diskFacts } from './filesystems.ts';
import { type HealthAnswer, healthAnswers } from './healthAnswers.ts';
import { growthsOf, type MemorySeries } from './memorySeries.ts';
import { type ServiceState, serviceStates } from './serviceStates.ts';

/** The first and the last reading of the sample. */
export interface Span<T> {
  before: T;
  after: T;
}

/** Two readings of the machine and of the services' processes; rates are differences over `seconds`. */
export interface ResourceSample {
  seconds: number;
  machine: Span<MachineUse>;
  processes: Map<number, Span<ProcessUse>>;
  /** Cores that each process kept busy, busiest first. */
  busiest: { pid: number; name: string; cores: number }[];
  /** Ports at which connections waited all the time, with the smallest number seen. */
  waiting: Map<number, number>;
}

/** Shorter samples tell nothing: the kernel counts CPU in ticks of 10 ms. */
const MIN_SAMPLE_MS = 300;
/** While a health route is slow to answer, readings go on as long. */
const STEP_MS = 250;
const MAX_SAMPLE_MS = 1_600;
const MAX_PROCESSES = 40;
const MAX_BUSIEST = 5;
/** A filesystem with less than this share left is worth a second look. */
const NEARLY_FULL_SHARE = 0.1;

/**
 * What the machine and the running services use. The second reading, which takes time, is made only when something shows strain:
 * a slow health route, a waiting connection, errors about time or memory, growing memory, a nearly full disk. Undefined otherwise.
 */
export const resourceSample = defineObserver<ResourceSample | undefined>({
  id: 'machine.use',
  label: 'CPU, memory and disks',
  timeoutMs: 9_000,
  observe: async (run) => {
    const states = await run.use(serviceStates);
    const running = states.filter((state) => pidsOf(state).length > 0);
    if (running.length === 0) return undefined;
    const pids = running.flatMap(pidsOf).slice(0, MAX_PROCESSES);
    const health = run.use(healthAnswers).catch((): HealthAnswer[] => []);
    const disks = run.use(diskFacts).catch((): DiskFacts => ({ used: [], complaints: [] }));
    const first = await read(pids, run);
    const answered = await Promise.race([health, pause(MIN_SAMPLE_MS, undefined, { signal: run.signal })]);
    const strained =
      answered === undefined ||
      answered.some(isStrained) ||
      running.some((state) => isLoud(state) || hasQueue(state, first.machine)) ||
      (await disks).used.some(({ filesystem: { availableBytes, totalBytes, readOnly } }) => {
        return !readOnly && totalBytes > 0 && availableBytes < totalBytes * NEARLY_FULL_SHARE;
      });
    if (!strained) return undefined;
    const readings = [first];
    let done = answered !== undefined;
    health.finally(() => {
      done = true;
    });
    for (;;) {
      const elapsed = performance.now() - first.machine.at;
      await pause(elapsed < MIN_SAMPLE_MS ? MIN_SAMPLE_MS - elapsed : STEP_MS, undefined, { signal: run.signal });
      readings.push(await read(pids, run));
      const last = readings.at(-1) as Reading;
      const span = last.machine.at - first.machine.at;
      if (span >= MAX_SAMPLE_MS || (done && span >= MIN_SAMPLE_MS)) return toSample(readings);
    }
  },
});

interface Reading {
  machine: MachineUse;
  processes: Map<number, ProcessUse>;
  times: CpuTime[];
}

async function read(pids: readonly number[], { systems, signal }: Observation): Promise<Reading> {
  const [machine, processes, times] = await Promise.all([
    systems.host.use(signal),
    Promise.all(pids.map((pid) => systems.processes.use(pid, signal))),
    systems.processes.cpuTimes(signal),
  ]);
  return { machine, processes: new Map(processes.flatMap((each) => (each ? [[each.pid, each]] : []))), times };
}

function toSample(readings: readonly Reading[]): ResourceSample {
  const [first, last] = [readings[0] as Reading, readings.at(-1) as Reading];
  const seconds = (last.machine.at - first.machine.at) / 1000;
  const before = new Map(first.times.map((time) => [time.pid, time.seconds]));
  const waiting = new Map<number, number>();
  // What waits in the first reading may be taken the next moment; a health route's own connection comes after it.
  const later = readings.slice(1).map(({ machine }) => queuesOf(machine));
  for (const [port, count] of later[0] ?? [])
    if (later.every((queues) => queues.has(port)))
      waiting.set(port, Math.min(count, ...later.map((queues) => queues.get(port) as number)));
  return {
    seconds,
    machine: { before: first.machine, after: last.machine },
    processes: new Map(
      [...last.processes].flatMap(([pid, after]) => {
        const start = first.processes.get(pid);
        return start ? [[pid, { before: start, after }] as const] : [];
      }),
    ),
    busiest: last.times
      .flatMap(({ pid, name, seconds: used }) => {
        const start = before.get(pid);
        return start === undefined ? [] : [{ pid, name, cores: (used - start) / seconds }];
      })
      .sort((a, b) => b.cores - a.cores)
      .slice(0, MAX_BUSIEST),
    waiting,
  };
}

function queuesOf({ acceptQueues }: MachineUse): Map<number, number> {
  const queues = new Map<number, number>();
  for (const { port, waiting } of acceptQueues) queues.set(port, (queues.get(port) ?? 0) + waiting);
  return queues;
}

/** The processes of a service on this machine, or the first one of its container where the engine runs here. */
export function pidsOf({ processes, container }: ServiceState): number[] {
  if (processes.length > 0) return processes.map(({ pid }) => pid);
  return container?.state === 'running' && container.pid !== undefined ? [container.pid] : [];
}

/** In how many of its group's periods the kernel stopped it for its quota; undefined without a quota. */
export function throttlingOf({ before, after }: Span<ProcessUse>): { periods: number; throttled: number } | undefined {
  const [start, end] = [before.cgroup, after.cgroup];
  if (start?.periods === undefined || end?.periods === undefined || end.cpuLimit === undefined) return undefined;
  return {
    periods: end.periods - start.periods,
    throttled: (end.throttledPeriods ?? 0) - (start.throttledPeriods ?? 0),
  };
}

/** A health route that is this slow has somebody wait. */
export const SLOW_ANSWER_MS = 800;

export function isStrained({ answer }: HealthAnswer): boolean {
  if (answer.kind === 'answered') return answer.status >= 500 || answer.durationMs >= SLOW_ANSWER_MS;
  return answer.code === 'ETIMEDOUT' || answer.code === 'ECONNRESET';
}

function isLoud(state: ServiceState): boolean {
  return (
    [...state.errors, ...state.warnings].some(speaksOfStrain) ||
    growthsOf(state).some((each: MemorySeries) => each.grows)
  );
}

function hasQueue({ listeners, service }: ServiceState, { acceptQueues }: MachineUse): boolean {
  return acceptQueues.some(
    ({ port }) =>
      listeners.some((listener) => listener.port === port) || service.ports.some((own) => own.port === port),
  );
}
