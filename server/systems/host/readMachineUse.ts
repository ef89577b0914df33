import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import path from 'node:path';
import { readDarwinUse } from './darwinUse.ts';
import type { MachineUse } from './machineUse.ts';
import {
  meminfoBytes,
  parseAcceptQueues,
  parseCpuSeconds,
  parseDiskstats,
  parseListenOverflows,
  parsePressure,
  parseSwapped,
} from './parseMachineUse.ts';
import { readWindowsUse } from './windowsUse.ts';

/** The kernel's page. 4 KiB on x86; a machine with larger pages shows lower swap rates than it has, never higher. */
const PAGE_BYTES = 4096;

/**
 * One reading of the machine. Linux: /proc below `root`, read synchronously: it is the kernel's own memory, about 1 ms in all.
 * @throws the signal's reason when cancelled
 */
export async function readMachineUse(root: string, signal: AbortSignal): Promise<MachineUse> {
  signal.throwIfAborted();
  if (process.platform !== 'linux') return { ...plainUse(), ...(await platformUse(signal)) };
  const read = (name: string): string => readOrEmpty(path.join(root, 'proc', name));
  const meminfo = read('meminfo');
  const stat = read('stat');
  const cores = stat.match(/^cpu\d+ /gm)?.length ?? 0;
  return {
    at: performance.now(),
    cpuCount: cores > 0 ? cores : availableParallelism(),
    pressure: {
      cpu: parsePressure(read('pressure/cpu')),
      memory: parsePressure(read('pressure/memory')),
      io: parsePressure(read('pressure/io')),
    },
    cpu: parseCpuSeconds(stat),
    memory: {
      totalBytes: meminfoBytes(meminfo, 'MemTotal') ?? totalmem(),
      availableBytes: meminfoBytes(meminfo, 'MemAvailable') ?? freemem(),
      swapTotalBytes: meminfoBytes(meminfo, 'SwapTotal') ?? 0,
      swapFreeBytes: meminfoBytes(meminfo, 'SwapFree') ?? 0,
    },
    swapped: parseSwapped(read('vmstat'), PAGE_BYTES),
    disks: parseDiskstats(read('diskstats')),
    listenOverflows: parseListenOverflows(read('net/netstat')),
    acceptQueues: [...parseAcceptQueues(read('net/tcp')), ...parseAcceptQueues(read('net/tcp6'))],
  };
}

/** What Node tells everywhere. */
function plainUse(): MachineUse {
  const times = cpus().map((cpu) => cpu.times);
  const seconds = (pick: (each: (typeof times)[number]) => number): number =>
    times.reduce((sum, each) => sum + pick(each), 0) / 1000;
  const busy = seconds(({ user, nice, sys, irq }) => user + nice + sys + irq);
  return {
    at: performance.now(),
    cpuCount: availableParallelism(),
    pressure: { cpu: undefined, memory: undefined, io: undefined },
    cpu: { busy, total: busy + seconds(({ idle }) => idle) },
    memory: { totalBytes: totalmem(), availableBytes: freemem(), swapTotalBytes: 0, swapFreeBytes: 0 },
    swapped: undefined,
    disks: [],
    listenOverflows: undefined,
    acceptQueues: [],
  };
}

async function platformUse(signal: AbortSignal): Promise<Partial<MachineUse>> {
  if (process.platform === 'darwin') return readDarwinUse(signal);
  return process.platform === 'win32' ? readWindowsUse(signal) : {};
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // a kernel without PSI, or a container that hides the file
  }
}
