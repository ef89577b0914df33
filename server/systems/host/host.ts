import type { KernelLogAnswer } from './kernelLog.ts';
import type { MachineUse } from './machineUse.ts';
import { listMountsBelow, readFilesystem } from './readFilesystem.ts';
import { readHostFacts } from './readHostFacts.ts';
import { readKernelLog } from './readKernelLog.ts';
import { readMachineUse } from './readMachineUse.ts';

/** One mounted filesystem that can fill up. Sizes in bytes. */
export interface Filesystem {
  mountPoint: string;
  type: string;
  totalBytes: number;
  /** What an unprivileged process may still write (`f_bavail`). */
  availableBytes: number;
  /** 0 when the filesystem has no fixed number of inodes (btrfs, overlay on some hosts, Windows). */
  totalInodes: number;
  freeInodes: number;
  readOnly: boolean;
  /** It found an error in itself, and refuses to be written since. */
  broken: boolean;
  /** What is mounted: "/dev/sda1", "server:/export"; '' where the platform does not tell. */
  device: string;
  source: string;
}

export interface HostFacts {
  platform: NodeJS.Platform;
  cpuCount: number;
  /** 1-minute load average; 0 on Windows, which has none. */
  load1: number;
  totalMemoryBytes: number;
  /** What can be taken without swapping (MemAvailable on Linux). */
  availableMemoryBytes: number;
}

/** CPU, memory and filesystems of this machine, read-only. */
export interface Host {
  facts(signal: AbortSignal): Promise<HostFacts>;
  /** The filesystem that holds `path` (or its nearest existing ancestor). */
  filesystemOf(path: string, signal: AbortSignal): Promise<Filesystem>;
  /** Mount points at or below `folder` (real paths), innermost last. Linux: /proc/self/mountinfo; elsewhere only the folder's own. */
  mountsBelow(folder: string, signal: AbortSignal): Promise<string[]>;
  /** Gauges and counters of CPU, memory, swap, disks and accept queues at this moment. */
  use(signal: AbortSignal): Promise<MachineUse>;
  /** What the kernel says of processes that it killed for memory and of broken filesystems. */
  kernelLog(signal: AbortSignal): Promise<KernelLogAnswer>;
}

/** @param root where /proc lies; another one holds a recorded tree in tests */
export function createHost(root = '/'): Host {
  return {
    facts: readHostFacts,
    filesystemOf: readFilesystem,
    mountsBelow: listMountsBelow,
    use: (signal) => readMachineUse(root, signal),
    kernelLog: readKernelLog,
  };
}
