import { readFileSync } from 'node:fs';

/** One process, recognised again by pid and start time: the pid alone may be given to another after its death. */
export interface WatchedProcess {
  readonly pid: number;
  /** A zombie (dead, not yet reaped by its parent) does not count as running. */
  isAlive(): boolean;
}

/** Remembers a process as it is now. Where there is no /proc, only the pid tells it. */
export function watchProcess(pid: number): WatchedProcess {
  const startedAt = readStat(pid)?.startTime;
  return {
    pid,
    isAlive: () => {
      const now = readStat(pid);
      if (now) return !now.dead && (startedAt === undefined || now.startTime === startedAt);
      return startedAt === undefined && answersSignal(pid);
    },
  };
}

/** State and start time (clock ticks since boot, field 22 of proc(5) stat); undefined when /proc does not show the process. */
function readStat(pid: number): { dead: boolean; startTime: string } | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold spaces and parentheses of its own.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { dead: /^[ZX]/.test(fields[0] ?? ''), startTime: fields[19] ?? '' };
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** Signal 0 reaches it, or it belongs to another user. */
function answersSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
