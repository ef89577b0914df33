import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHealthyDemo } from '../support/demoIncident.ts';
import { openWindow, type Window } from '../support/openWindow.ts';
import { requireSystem } from '../support/requireSystem.ts';

const chromium = requireSystem('chromium');
const workbench = requireSystem('workbench');

describe.skipIf(!chromium.available || !workbench.available)('a healthy service in the real editor', () => {
  let window: Window;
  beforeAll(async () => {
    window = await openWindow(createHealthyDemo);
  });
  afterAll(() => window?.dispose());

  it('shows healthy, with what was looked at, and no problem', async () => {
    await window.statusBar.filter({ hasText: 'healthy' }).waitFor();
    await window.statusBar.click();
    await window.troubleshooting.getByRole('heading', { name: 'Healthy' }).waitFor();
    expect(await window.troubleshooting.locator('main').innerText()).toContain('Nothing found to be broken');
    await window.runCommand('View: Focus Problems');
    await window.page.locator('.markers-panel').filter({ hasText: 'No problems' }).waitFor();
  });

  it('shows the health of the backend', async () => {
    await window.runCommand('Tektra: Show Health');
    const rows = window.page.locator('.quick-input-list .monaco-list-row');
    await rows.filter({ hasText: 'storage' }).waitFor();
    await window.page.keyboard.press('Escape');
  });
});
