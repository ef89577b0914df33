import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDemoIncident, type Demo } from '../support/demoIncident.ts';
import { openWindow, type Window } from '../support/openWindow.ts';
import { readActivation } from '../support/readActivation.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { takeScreenshots } from '../support/takeScreenshots.ts';

const chromium = requireSystem('chromium');
const workbench = requireSystem('workbench');

// One window for all: each test goes on where the one before it ended, as a user would.
describe.skipIf(!chromium.available || !workbench.available)('a broken service in the real editor', () => {
  let window: Window;
  let demo: Demo;
  beforeAll(async () => {
    window = await openWindow(async (janitor) => {
      demo = await createDemoIncident(janitor);
      return demo;
    });
  });
  afterAll(() => window?.dispose());

  it('shows the root cause in the status bar without being asked', async () => {
    await window.statusBar.filter({ hasText: `Port ${demo.port}` }).waitFor();
    expect(await window.statusBar.getAttribute('class')).toContain('error-kind');
  });

  it('names the root cause with its evidence in the view after "Diagnose Workspace"', async () => {
    await window.runCommand('Tektra: Diagnose Workspace');
    const card = window.troubleshooting.locator('article[data-cause="port.conflict"]');
    await card.waitFor();
    const text = await card.innerText();
    expect(text).toContain(String(demo.port));
    expect(text).toContain(String(demo.holderPid));
    expect(text).toContain('EADDRINUSE');
    expect(text).toContain('preview.js');
    // Yesterday's trouble has ten times more error lines; it is not what the user is told.
    expect(await window.troubleshooting.locator('article[data-cause]').count()).toBe(1);
    expect(text).not.toContain('ECONNREFUSED');
  });

  it('opens the log at the line that a piece of evidence names', async () => {
    const link = window.troubleshooting.getByRole('link', { name: /^logs\/shop-api\.log:\d+$/ }).first();
    const line = (await link.innerText()).split(':').at(-1);
    await link.click();
    await window.page.locator('.tab.active[data-resource-name="shop-api.log"]').waitFor();
    const position = window.page.locator('.statusbar-item[id="status.editor.selection"]');
    await position.filter({ hasText: `Ln ${line},` }).waitFor();
  });

  it('lists the finding in Problems', async () => {
    await window.runCommand('View: Focus Problems');
    const row = window.page.locator('.markers-panel .monaco-list-row').filter({ hasText: 'port.conflict' });
    await row.waitFor();
    expect(await row.innerText()).toContain(String(demo.port));
    await window.runCommand('View: Hide Panel');
  });

  it('is among the running extensions, with its activation measured', async () => {
    // How long it may take is a matter of the bench: this machine may be busy.
    expect((await readActivation(window)).tektraMs).toBeGreaterThan(0);
  });

  it('is readable in the light, dark and high contrast themes', async () => {
    const files = await takeScreenshots(window);
    expect(files.length).toBe(4);
  });

  it('breaks no content security policy', () => {
    expect(window.policyViolations).toEqual([]);
  });

  it('is healthy once the port is free and the service runs', async () => {
    process.kill(demo.holderPid, 'SIGTERM');
    const argv = ['--env-file=.env', 'src/server.js'];
    const shop = spawn(process.execPath, argv, {
      cwd: demo.workspace,
      env: { PATH: path.dirname(process.execPath) },
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    window.janitor.endGroup(shop.pid as number);
    await once(shop.stdout, 'data');
    await window.runCommand('Tektra: Diagnose Workspace');
    await window.statusBar.filter({ hasText: 'healthy' }).waitFor();
    await window.troubleshooting.getByRole('heading', { name: 'Healthy' }).waitFor();
    expect(await window.troubleshooting.locator('article[data-cause]').count()).toBe(0);
  });
});
