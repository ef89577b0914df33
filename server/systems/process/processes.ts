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
}
