import { readFileSync } from 'node:fs';

/**
 * Whether a process still runs. A zombie (dead, not yet reaped by its parent) does not.
 * Linux: /proc; elsewhere signal 0, for which a process of another user counts as running.
 */
export function processAlive(pid: number): boolean {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
    } catch (error) {
      if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
      // /proc may be hidden from us; fall through to the signal.
    }
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
