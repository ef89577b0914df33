import { appendFile } from 'node:fs/promises';
import type { FrameLocator, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWindow, type Window } from '../support/openWindow.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { makeShopLog, type ShopLog } from '../support/shopLog.ts';
import { takeScreenshots } from '../support/takeScreenshots.ts';

const chromium = requireSystem('chromium');
const workbench = requireSystem('workbench');
const RECORDS = 40_000;

describe.skipIf(!chromium.available || !workbench.available)('the log view in the real editor', () => {
  let window: Window;
  let log: ShopLog;
  let view: FrameLocator;
  beforeAll(async () => {
    window = await openWindow(async (janitor) => {
      log = await makeShopLog(janitor, RECORDS);
      return log;
    });
    // The view is the only webview while the side bar shows the explorer.
    view = window.troubleshooting;
  });
  afterAll(() => window?.dispose());

  const finding = (): Locator => view.locator('.finding').filter({ hasText: 'refused' }).first();

  it('opens from the explorer, reads the log, and tells what stands out', async () => {
    await window.page.keyboard.press('Control+Shift+E');
    const entry = window.page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: 'app.log' });
    const open = window.page.locator('.context-view .action-label').filter({ hasText: 'Open Log' }).first();
    // While the window still opens the menu lacks what extensions add; a person would look again.
    for (let look = 0; !(await open.isVisible()); look += 1) {
      if (look === 20) throw new Error('the context menu of the log does not offer to open it');
      await window.page.keyboard.press('Escape');
      await entry.click({ button: 'right' });
      await open.waitFor({ timeout: 3_000 }).catch(() => undefined);
    }
    await open.click();
    await view.getByRole('grid', { name: 'Records' }).waitFor();
    await view.locator('.facts').filter({ hasText: '40,000 records' }).waitFor();
    await finding().waitFor();
    expect(await view.locator('h1').textContent()).toBe('app.log');
    const rows = await view.locator('.layer .row:not([hidden]) .cell-message').allTextContents();
    expect(rows[1]).toMatch(/GET \/api\/items\/1 200 in 6 ms/);
  });

  it('leads from a finding to its record, and from there to its line in the editor', async () => {
    await finding().locator('.finding-link').click();
    await view.locator('.whole-message').filter({ hasText: 'refused' }).waitFor();
    const line = Number((await view.locator('.row.selected .cell-line').textContent())?.replaceAll(',', ''));
    expect(line).toBeGreaterThanOrEqual(log.newLine);
    await takeScreenshots({ ...window, troubleshooting: view }, 'logs');
    await view.getByRole('button', { name: 'Open in the editor at this line' }).click();
    const status = window.page.locator('.statusbar-item[id="status.editor.selection"]');
    await status.filter({ hasText: `Ln ${line},` }).waitFor();
  });

  it('shows in the view what the text editor asks for', async () => {
    await window.runCommand('Tektra: Show All Log Lines Like This');
    await view
      .locator('.part')
      .filter({ hasText: /^template:t\d+/ })
      .waitFor();
    await view.locator('.found').filter({ hasText: '199 of 40,000' }).waitFor();
    await view.getByRole('button', { name: 'Show every record' }).first().click();
    await view.locator('.part').waitFor({ state: 'detached' });
  });

  it('opens the file of a frame that the workspace has', async () => {
    await view.locator('.frames button').first().click();
    await window.page.locator('.tab').filter({ hasText: 'Pool.java' }).waitFor();
  });

  it('filters with the language of the server, and shows where a filter is wrong', async () => {
    await view.locator('#filter').fill('level>=warn -login');
    await view.locator('#filter').press('Enter');
    await view
      .locator('.found')
      .filter({ hasText: /^200 of 40,000$|^199 of 40,000$/ })
      .waitFor();
    await view.locator('#filter').fill('level:eror');
    await view.locator('#filter').press('Enter');
    await view.locator('#filter-error').filter({ hasText: 'error' }).waitFor();
    await view.locator('#filter').fill('');
    await view.locator('#filter').press('Enter');
  });

  it('follows the file as it grows', async () => {
    await view.getByRole('button', { name: 'Follow' }).click();
    await view.getByRole('button', { name: 'Pause' }).waitFor();
    await appendFile(log.file, '2026-11-24 09:00:00,000 INFO  [main] com.shop.Main - the very last line\n');
    await view.locator('.cell-message').filter({ hasText: 'the very last line' }).waitFor();
  });

  it('comes back as it was after a reload of the window', async () => {
    await view.locator('h1').click();
    await window.runCommand('View: Close Editors in Other Groups');
    await view.locator('#filter').fill('component:*Login');
    await view.locator('#filter').press('Enter');
    await view.locator('.part').filter({ hasText: 'Login' }).waitFor();
    await view.getByRole('tab', { name: 'Templates' }).click();
    await view.locator('.template').first().waitFor();
    // The page keeps itself a moment after the last change.
    await window.page.waitForTimeout(1_500);
    await Promise.all([window.page.waitForEvent('load'), window.runCommand('Developer: Reload Window')]);
    await view.locator('.part').filter({ hasText: 'Login' }).waitFor();
    await view.locator('.template').first().waitFor();
  });

  it('breaks no content security policy', () => {
    expect(window.policyViolations).toEqual([]);
  });
});
