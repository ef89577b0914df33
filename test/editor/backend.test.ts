import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LockFile } from '../../server/protocol/handshake.ts';
import { createDemoIncident } from '../support/demoIncident.ts';
import { openWindow, type Window } from '../support/openWindow.ts';
import { requireSystem } from '../support/requireSystem.ts';

/** How soon a window must be usable again after its backend was killed. Milliseconds; the promise of the product. */
const BACK_MS = 1_500;
/** How soon nothing of ours may run any more after the editor was killed. Milliseconds. */
const GONE_MS = 3_000;

const chromium = requireSystem('chromium');
const workbench = requireSystem('workbench');

describe.skipIf(!chromium.available || !workbench.available)('the backend behind the real editor', () => {
  let window: Window;
  beforeAll(async () => {
    window = await openWindow(createDemoIncident);
    await window.runCommand('Tektra: Diagnose Workspace');
    await window.troubleshooting.locator('article[data-cause="port.conflict"]').waitFor();
  });
  afterAll(() => window?.dispose());

  it(`is back within ${BACK_MS} ms after SIGKILL, with the verdict still shown`, async () => {
    const before = await backendOf(window.home);
    const card = window.troubleshooting.locator('article[data-cause="port.conflict"]');
    process.kill(before.pid, 'SIGKILL');
    const killedAt = performance.now();
    let seen = 0;
    for (;;) {
      expect(await card.count(), 'the last verdict stays').toBe(1);
      seen += 1;
      const now = await backendOf(window.home).catch(() => undefined);
      if (now !== undefined && now.pid !== before.pid && isRunning(now.pid)) break;
      expect(performance.now() - killedAt).toBeLessThan(BACK_MS);
      await delay(20);
    }
    // The window is on the new one: its footer says so, and a run over it ends.
    await window.troubleshooting.locator('footer').filter({ hasText: 'Backend running' }).waitFor();
    expect(performance.now() - killedAt).toBeLessThan(BACK_MS);
    expect(seen).toBeGreaterThan(0);
    const previous = await headerTime(window);
    await delay(1_100); // The time shown is in whole seconds.
    await window.runCommand('Tektra: Diagnose Workspace');
    await expect.poll(() => headerTime(window), { timeout: 15_000 }).not.toBe(previous);
    expect(await card.count()).toBe(1);
  });

  it('restarts by command', async () => {
    const before = await backendOf(window.home);
    await window.runCommand('Tektra: Restart Backend');
    await expect
      .poll(async () => (await backendOf(window.home).catch(() => before)).pid, { timeout: 15_000 })
      .not.toBe(before.pid);
  });

  it(`is gone within ${GONE_MS} ms after the editor was killed`, async () => {
    const { pid } = await backendOf(window.home);
    process.kill(-window.workbench.pid, 'SIGKILL');
    await delay(GONE_MS);
    expect(isRunning(pid)).toBe(false);
  });
});

/** Who leads now, from the lock file. Rejects when there is none. */
async function backendOf(home: string): Promise<LockFile> {
  return LockFile.parse(JSON.parse(await readFile(path.join(home, 'run/backend.json'), 'utf8')));
}

/** The moment of the verdict that the view shows. */
async function headerTime({ troubleshooting }: Window): Promise<string | null> {
  return troubleshooting.locator('header time').getAttribute('datetime');
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
