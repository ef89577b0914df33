import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LockFile } from '../../server/protocol/handshake.ts';
import type { Window } from './openWindow.ts';

/** Past this it counts as not coming back at all. Milliseconds. */
const GIVE_UP_MS = 20_000;

/** Who leads now, from the lock file. Rejects when there is none. */
export async function backendOf(home: string): Promise<LockFile> {
  return LockFile.parse(JSON.parse(await readFile(path.join(home, 'run/backend.json'), 'utf8')));
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Kills the window's backend and waits until the window is on another one and says so.
 * @param eachLook called while it is away, for what must stay visible
 * @returns milliseconds from the kill
 */
export async function killBackend(
  window: Window,
  eachLook: () => Promise<void> = async () => undefined,
): Promise<number> {
  const before = await backendOf(window.home);
  process.kill(before.pid, 'SIGKILL');
  const killedAt = performance.now();
  for (;;) {
    await eachLook();
    const now = await backendOf(window.home).catch(() => undefined);
    if (now !== undefined && now.pid !== before.pid && isRunning(now.pid)) break;
    if (performance.now() - killedAt > GIVE_UP_MS) throw new Error('no other backend came');
    await delay(20);
  }
  await window.troubleshooting.locator('footer').filter({ hasText: 'Backend running' }).waitFor();
  return performance.now() - killedAt;
}
