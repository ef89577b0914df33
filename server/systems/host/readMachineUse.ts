import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import path from 'node:path';
import { readDarwinUse } from './darwinUse.ts';
import type { CoreTime, MachineUse } from './machineUse.ts';
import {
  meminfoBytes,
  parseAcceptQueues,
  parseCoreSeconds,
  parseCpuSeconds,
  parseDiskstats,
  parseFileNr,
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
    cores: parseCoreSeconds(stat),
    memory: {
      totalBytes: meminfoBytes(meminfo, 'MemTotal') ?? totalmem(),
      availableBytes: meminfoBytes(meminfo, 'MemAvailable') ?? freemem(),
      swapTotalBytes: meminfoBytes(meminfo, 'SwapTotal') ?? 0,
      swapFreeBytes: meminfoBytes(meminfo, 'SwapFree') ?? 0,
    },
    swapped: parseSwapped(read('vmstat'), PAGE_BYTES),
    disks: parseDiskstats(read('diskstats')),
    openFiles: parseFileNr(read('sys/fs/file-nr')),
    listenOverflows: parseListenOverflows(read('net/netstat')),
    acceptQueues: [...parseAcceptQueues(read('net/tcp')), ...parseAcceptQueues(read('net/tcp6'))],
  };
}

/** What Node tells everywhere. */
function plainUse(): MachineUse {
  const cores = cpus().map(({ times: { user, nice, sys, irq, idle } }) => {
    const busy = (user + nice + sys + irq) / 1000;
    return { busy, total: busy + idle / 1000 };
  });
  const sum = (pick: (core: CoreTime) => number): number => cores.reduce((total, core) => total + pick(core), 0);
  return {
    at: performance.now(),
    cpuCount: availableParallelism(),
    pressure: { cpu: undefined, memory: undefined, io: undefined },
    cpu: { busy: sum(({ busy }) => busy), total: sum(({ total }) => total) },
    cores: new Map(cores.entries()),
    memory: { totalBytes: totalmem(), availableBytes: freemem(), swapTotalBytes: 0, swapFreeBytes: 0 },
    swapped: undefined,
    disks: [],
    openFiles: undefined,
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
