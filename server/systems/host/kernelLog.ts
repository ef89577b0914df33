/** A process that the kernel killed for lack of memory. */
export interface KernelKill {
  pid: number;
  /** The kernel's short name of the process (at most 15 bytes). */
  name: string;
  at: Date;
  /** `cgroup`: it, or a group above it, was at its own limit; `machine`: the machine had no memory left. */
  scope: 'cgroup' | 'machine';
  /** Path of the memory cgroup whose limit it was. */
  limitedBy: string | undefined;
  /** That limit in bytes, when the kernel wrote it. */
  limitBytes: number | undefined;
  /** Memory that it held (anonymous resident), bytes. */
  residentBytes: number | undefined;
  uid: number | undefined;
  /** The kernel's own line. */
  text: string;
}

/** A complaint of a filesystem's driver: an error on it, or that it was made read-only for one. */
export interface KernelFilesystemError {
  device: string;
  at: Date;
  text: string;
}

export interface KernelLog {
  /** Oldest first. */
  kills: KernelKill[];
  filesystemErrors: KernelFilesystemError[];
  /** The command that told it. */
  source: string;
}

export type KernelLogAnswer =
  | { kind: 'read'; log: KernelLog }
  /** It may not be read here, or the platform has none. */
  | { kind: 'unavailable'; because: string };
