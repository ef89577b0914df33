/** Limits and counters of the cgroup that a process lives in; of nested ones the tightest limit. */
export interface CgroupUse {
  /** Folder of the group whose memory limit holds, else its own. */
  memoryPath: string;
  /** Undefined without a limit. */
  memoryLimitBytes: number | undefined;
  memoryUsageBytes: number | undefined;
  /** Processes of the group that the kernel killed for memory since it was made. */
  oomKills: number | undefined;
  /** How often it came up against its memory limit so far, so that something had to be given back. */
  limitHits: number | undefined;
  /** Pages that it had to read again soon after they were taken from it, so far. */
  refaults: number | undefined;
  cpuPath: string;
  /** Cores that it may use at most; undefined without a quota. */
  cpuLimit: number | undefined;
  /** Enforcement periods so far, and those in which it had to stand still. */
  periods: number | undefined;
  throttledPeriods: number | undefined;
  /** How long its threads stood still for the quota so far, all together. */
  throttledSeconds: number | undefined;
}

/** One reading of what a process uses; two of them give rates. What the platform or permissions hide is undefined. */
export interface ProcessUse {
  pid: number;
  /** Monotonic clock, milliseconds. */
  at: number;
  /** Single-letter kernel state: R runs, S sleeps, D waits for a disk, T is stopped. */
  state: string | undefined;
  /** All threads together. */
  cpuSeconds: number;
  /** The first thread alone: where an event loop runs. */
  mainSeconds: number | undefined;
  /** How long the first thread was ready but had no core. */
  waitedSeconds: number | undefined;
  threads: number | undefined;
  /** Pages that had to be read from a disk before it could go on, so far. */
  majorFaults: number | undefined;
  /** Numbers of the cores on which it may run. */
  allowedCores: number[] | undefined;
  rssBytes: number | undefined;
  /** What it made dirty for a disk so far, whatever file it is. */
  writtenBytes: number | undefined;
  openFiles: number | undefined;
  /** How much of it is connections, 0 to 1. */
  socketShare: number | undefined;
  /** Soft limit of open files. */
  openFilesLimit: number | undefined;
  /** Up to which the soft one can be raised. */
  openFilesHardLimit: number | undefined;
  cgroup: CgroupUse | undefined;
  /** Files that it holds open for writing, with how far it has written, in bytes. */
  writing: { path: string; position: number }[];
}

/** One reading of a thread. */
export interface ThreadUse {
  tid: number;
  /** Single-letter kernel state. */
  state: string;
  ranSeconds: number;
  /** How long it was ready but had no core. */
  waitedSeconds: number;
}

/** Bytes that a process had read from and written to disks so far. */
export interface Transfer {
  pid: number;
  name: string;
  readBytes: number;
  writtenBytes: number;
}

/** CPU seconds of one process so far. */
export interface CpuTime {
  pid: number;
  name: string;
  seconds: number;
  /** The core on which its first thread ran last. */
  core: number;
}
