/** Share of the last 10 seconds, in percent, in which some / all tasks waited for a resource (Linux PSI). */
export interface Pressure {
  some10: number;
  /** 0 for the CPU, of which the kernel tells no "full" for the whole machine. */
  full10: number;
  /** Seconds since boot in which some / all of them waited: the difference of two readings is exact for the time between. */
  someSeconds: number;
  fullSeconds: number;
}

/** Seconds since boot of one core, or of all together. */
export interface CoreTime {
  busy: number;
  total: number;
}

/** A listening socket at whose door connections wait that its program has not accepted. */
export interface AcceptQueue {
  port: number;
  waiting: number;
}

/** One reading of the machine's gauges and counters; two of them, some time apart, give rates. What the platform does not tell is undefined. */
export interface MachineUse {
  /** Monotonic clock, milliseconds. */
  at: number;
  cpuCount: number;
  pressure: { cpu: Pressure | undefined; memory: Pressure | undefined; io: Pressure | undefined };
  /** Seconds of all cores together since boot. */
  cpu: CoreTime | undefined;
  /** The same of each core, by its number; empty where the platform does not tell. */
  cores: Map<number, CoreTime>;
  memory: { totalBytes: number; availableBytes: number; swapTotalBytes: number; swapFreeBytes: number };
  /** Bytes read back from and written to swap since boot. */
  swapped: { inBytes: number; outBytes: number } | undefined;
  /** Milliseconds since boot in which each whole disk had work; partitions and memory disks are left out. */
  disks: { name: string; busyMs: number }[];
  /** Files open on the whole machine, and how many there may be. */
  openFiles: { used: number; limit: number } | undefined;
  /** Connections made since boot that were dropped because an accept queue was full. */
  listenOverflows: number | undefined;
  acceptQueues: AcceptQueue[];
}
