import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDemoIncident } from '../support/demoIncident.ts';
import { backendOf, isRunning, killBackend } from '../support/killBackend.ts';
import { openWindow, type Window } from '../support/openWindow.ts';
import { requireSystem } from '../support/requireSystem.ts';

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

  it('comes back after SIGKILL, with the verdict shown all the while', async () => {
    const card = window.troubleshooting.locator('article[data-cause="port.conflict"]');
    let seen = 0;
    // How soon is a matter of the bench: this machine may be busy.
    await killBackend(window, async () => {
      expect(await card.count(), 'the last verdict stays').toBe(1);
      seen += 1;
    });
    expect(seen).toBeGreaterThan(0);
    // The window is on the new one: a run over it ends.
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

/** The moment of the verdict that the view shows. */
async function headerTime({ troubleshooting }: Window): Promise<string | null> {
  return troubleshooting.locator('header time').getAttribute('datetime');
}
