import { listDarwinProcesses, listWindowsProcesses } from './commandProcesses.ts';
import { listLinuxProcesses, readLinuxEnvironmentNames } from './linuxProcesses.ts';
import type { CpuTime, ProcessUse, ThreadUse, Transfer } from './processUse.ts';
import { readCpuTimes, readProcessUse, readThreads, readTransfers } from './readProcessUse.ts';

/** One running process. What the platform or permissions hide is undefined. */
export interface ProcessFacts {
  pid: number;
  ppid: number;
  /** The kernel's short name ("node", "python3"). */
  name: string;
  argv: string[];
  cwd: string | undefined;
  uid: number | undefined;
  startedAt: Date | undefined;
  rssBytes: number | undefined;
  /** Single-letter kernel state; 'Z' is a zombie. */
  state: string | undefined;
}

/** Running processes, read-only. Linux: /proc; macOS: ps and lsof; Windows: what `tasklist` tells. */
export interface Processes {
  list(signal: AbortSignal): Promise<ProcessFacts[]>;
  /** Names (never values) of the environment variables of a process; undefined when not permitted. */
  environmentNames(pid: number, signal: AbortSignal): Promise<Set<string> | undefined>;
  exists(pid: number): boolean;
  /** What a process uses at this moment; undefined when it is gone, or where the platform does not tell. Linux alone tells it. */
  use(pid: number, signal: AbortSignal): Promise<ProcessUse | undefined>;
  /** CPU seconds of every process so far; empty where the platform does not tell. */
  cpuTimes(signal: AbortSignal): Promise<CpuTime[]>;
  /** The threads of a process; empty when it is gone or where the platform does not tell. */
  threads(pid: number, signal: AbortSignal): Promise<ThreadUse[]>;
  /** Bytes that every process moved from and to disks so far; empty where the platform or permissions hide it. */
  transfers(signal: AbortSignal): Promise<Transfer[]>;
}

/** @param root where /proc and /sys lie; another one holds a recorded tree in tests */
export function createProcesses(root = '/'): Processes {
  return {
    list: LISTERS[process.platform] ?? (async () => []),
    environmentNames: async (pid, signal) =>
      process.platform === 'linux' ? readLinuxEnvironmentNames(pid, signal) : undefined,
    exists: processExists,
    use: async (pid, signal) => {
      signal.throwIfAborted();
      return process.platform === 'linux' ? readProcessUse(pid, root) : undefined;
    },
    cpuTimes: async (signal) => (process.platform === 'linux' ? readCpuTimes(root, signal) : []),
    threads: async (pid, signal) => {
      signal.throwIfAborted();
      return process.platform === 'linux' ? readThreads(pid, root) : [];
    },
    transfers: async (signal) => (process.platform === 'linux' ? readTransfers(root, signal) : []),
  };
}

const LISTERS: Partial<Record<NodeJS.Platform, Processes['list']>> = {
  linux: listLinuxProcesses,
  darwin: listDarwinProcesses,
  win32: listWindowsProcesses,
};

function processExists(pid: number): boolean {
  // 0 and negative numbers address process groups.
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, but another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
