import type { Systems } from '../diagnosis/systems.ts';
import type { HealthProbe } from './healthService.ts';

const GIB = 1 << 30;
/** What the backend itself needs to go on writing. */
const LOW_DISK_BYTES = 200 << 20;
const NO_DISK_BYTES = 10 << 20;
const MEMORY_LIMIT_BYTES = 512 << 20;

/** Checks of the machine and of this process that every answer depends on. */
export function machineProbes(host: Systems['host'], stateFolder: string): HealthProbe[] {
  return [
    {
      component: 'memory',
      timeoutMs: 1_000,
      run: async (signal) => {
        const { availableMemoryBytes, totalMemoryBytes } = await host.facts(signal);
        const share = availableMemoryBytes / totalMemoryBytes;
        return {
          status: share < 0.03 ? 'fail' : share < 0.08 ? 'warn' : 'pass',
          observedValue: Math.round((availableMemoryBytes / GIB) * 10) / 10,
          observedUnit: 'GiB available',
        };
      },
    },
    {
      component: 'cpu',
      timeoutMs: 1_000,
      run: async (signal) => {
        const { load1, cpuCount } = await host.facts(signal);
        return {
          status: load1 > cpuCount * 4 ? 'warn' : 'pass',
          observedValue: Math.round((load1 / cpuCount) * 100) / 100,
          observedUnit: 'load per CPU',
        };
      },
    },
    {
      component: 'disk',
      timeoutMs: 1_000,
      run: async (signal) => {
        const { availableBytes, totalInodes, freeInodes } = await host.filesystemOf(stateFolder, signal);
        const noInodes = totalInodes > 0 && freeInodes === 0;
        return {
          status:
            availableBytes < NO_DISK_BYTES || noInodes ? 'fail' : availableBytes < LOW_DISK_BYTES ? 'warn' : 'pass',
          observedValue: Math.round((availableBytes / GIB) * 10) / 10,
          observedUnit: 'GiB available',
          ...(noInodes ? { output: 'no inodes are left' } : {}),
        };
      },
    },
    {
      component: 'process',
      timeoutMs: 500,
      run: async () => {
        const rss = process.memoryUsage.rss();
        return {
          status: rss > MEMORY_LIMIT_BYTES ? 'warn' : 'pass',
          observedValue: Math.round(rss / (1 << 20)),
          observedUnit: 'MiB resident',
        };
      },
    },
  ];
}
