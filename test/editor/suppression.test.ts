import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDemoIncident, type Demo } from '../support/demoIncident.ts';
import { openWindow, type Window } from '../support/openWindow.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { takeScreenshots } from '../support/takeScreenshots.ts';

const chromium = requireSystem('chromium');
const workbench = requireSystem('workbench');
const REASON = 'The preview may run today';

describe.skipIf(!chromium.available || !workbench.available)('suppression and history in the real editor', () => {
  let window: Window;
  let demo: Demo;
  beforeAll(async () => {
    window = await openWindow(async (janitor) => {
      demo = await createDemoIncident(janitor);
      return demo;
    });
    await window.runCommand('Tektra: Diagnose Workspace');
    await card().waitFor();
  });
  afterAll(() => window?.dispose());

  const card = () => window.troubleshooting.locator('article[data-cause="port.conflict"]');
  const section = (name: string) => window.troubleshooting.getByRole('heading', { name, exact: true });
  const healthy = () => section('Healthy').waitFor();

  it('asks how long and why, and tells of the finding no more', async () => {
    await window.troubleshooting.getByRole('button', { name: /^Suppress: Port/ }).click();
    const rows = window.page.locator('.quick-input-list .monaco-list-row');
    await rows.filter({ hasText: 'Until it changes' }).waitFor();
    expect(await rows.count()).toBe(4);
    await rows.filter({ hasText: 'For 1 week' }).click();
    const input = window.page.locator('.quick-input-widget input.input');
    await window.page.locator('.quick-input-widget').filter({ hasText: 'Why is it not to be told?' }).waitFor();
    await window.page.keyboard.press('Enter');
    await window.page.locator('.quick-input-widget').filter({ hasText: 'A reason is needed' }).waitFor();
    await input.fill(REASON);
    await window.page.keyboard.press('Enter');
    await healthy();
    await window.statusBar.filter({ hasText: 'healthy' }).waitFor();
    expect(await card().count()).toBe(0);
    await section('Suppressed').click();
    const text = await window.troubleshooting.locator('[data-suppression]').innerText();
    for (const said of [`Port ${demo.port}`, REASON, 'until']) expect(text).toContain(said);
  });

  it('keeps that over a reload of the window', async () => {
    await window.page.reload();
    await window.statusBar.filter({ hasText: 'healthy' }).waitFor();
    await window.runCommand('Tektra: Open Troubleshooting');
    await healthy();
    await window.runCommand('Tektra: Diagnose Workspace');
    await section('Suppressed').click();
    await window.troubleshooting.locator('[data-suppression]').filter({ hasText: REASON }).waitFor();
    expect(await card().count()).toBe(0);
  });

  it('lists past diagnoses, and opens an old one to be read only', async () => {
    await section('History').click();
    const old = window.troubleshooting.locator('[data-entry]').filter({ hasText: `Port ${demo.port}` });
    await old.first().waitFor();
    expect(await window.troubleshooting.locator('[data-entry]').first().innerText()).toContain('Healthy');
    await takeScreenshots(window, 'history');
    await old.first().getByRole('button').click();
    await window.troubleshooting.getByText('A past diagnosis, as it was then').waitFor();
    await card().waitFor();
    expect(await window.troubleshooting.getByRole('button', { name: /^Apply/ }).count()).toBe(0);
    await window.troubleshooting.getByRole('button', { name: 'Back' }).click();
    await healthy();
  });

  it('tells of it again once it is restored', async () => {
    await window.troubleshooting.getByRole('button', { name: /^Restore: Port/ }).click();
    await card().waitFor();
    await window.statusBar.filter({ hasText: `Port ${demo.port}` }).waitFor();
    // It never was away: a suppressed finding is found all the same.
    expect(await card().locator('.seen').count()).toBe(0);
  });

  it('breaks no content security policy', () => {
    expect(window.policyViolations).toEqual([]);
  });
});
