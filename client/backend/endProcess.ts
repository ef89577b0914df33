import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 25;

/**
 * Ends a process: asks it (SIGTERM), and kills it when it has not gone after `graceMs`.
 * @returns whether it is gone; false when it belongs to another user or hangs in the kernel
 */
export async function endProcess(pid: number, graceMs: number): Promise<boolean> {
  return (await endedBy(pid, 'SIGTERM', graceMs)) || endedBy(pid, 'SIGKILL', 1_000);
}

async function endedBy(pid: number, signal: NodeJS.Signals, withinMs: number): Promise<boolean> {
  if (!send(pid, signal)) return true;
  for (const until = performance.now() + withinMs; performance.now() < until; await delay(POLL_MS))
    if (!send(pid, 0)) return true;
  return false;
}

/** @returns false when there is no such process */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    // EPERM: it is there, and not ours.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
