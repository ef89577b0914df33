import type { MachineUse } from '../systems/host/machineUse.ts';
import { pidsOf, type ResourceSample, type Span } from './observers/resourceSample.ts';
import type { ServiceState } from './observers/serviceStates.ts';

/** Share of the time, 0 to 1, in which these cores were busy; of all cores without a list. Undefined when the platform does not tell. */
export function busyShare({ before, after }: Span<MachineUse>, cores?: readonly number[]): number | undefined {
  const pairs = cores
    ? cores.flatMap((core) => {
        const [start, end] = [before.cores.get(core), after.cores.get(core)];
        return start && end ? [{ start, end }] : [];
      })
    : before.cpu && after.cpu
      ? [{ start: before.cpu, end: after.cpu }]
      : [];
  const total = pairs.reduce((sum, { start, end }) => sum + end.total - start.total, 0);
  return total > 0 ? pairs.reduce((sum, { start, end }) => sum + end.busy - start.busy, 0) / total : undefined;
}

/** Share of the time, 0 to 1, in which somebody waited for the resource. Undefined without PSI. */
export function stalledShare(
  { before, after }: Span<MachineUse>,
  resource: keyof MachineUse['pressure'],
  kind: 'some' | 'full' = 'some',
): number | undefined {
  const [start, end] = [before.pressure[resource], after.pressure[resource]];
  const seconds = (after.at - before.at) / 1000;
  if (!start || !end || seconds <= 0) return undefined;
  const stalled = kind === 'some' ? end.someSeconds - start.someSeconds : end.fullSeconds - start.fullSeconds;
  return Math.min(1, stalled / seconds);
}

/** The cores on which a service may run, when that is not all of them. */
export function coresOf(state: ServiceState, { processes, machine }: ResourceSample): number[] | undefined {
  const allowed = pidsOf(state).flatMap((pid) => processes.get(pid)?.after.allowedCores ?? []);
  const cores = [...new Set(allowed)].filter((core) => machine.after.cores.has(core)).sort((a, b) => a - b);
  return cores.length > 0 && cores.length < machine.after.cores.size ? cores : undefined;
}
