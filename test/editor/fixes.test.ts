import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDemoIncident, type Demo } from '../support/demoIncident.ts';
import { openDialog } from '../support/openDialog.ts';
import { openWindow, type Window } from '../support/openWindow.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { takeScreenshots } from '../support/takeScreenshots.ts';

const chromium = requireSystem('chromium');
const workbench = requireSystem('workbench');

// One window for all: each test goes on where the one before it ended, as a user would.
describe.skipIf(!chromium.available || !workbench.available)('a fix in the real editor', () => {
  let window: Window;
  let demo: Demo;
  let before: Buffer;
  beforeAll(async () => {
    window = await openWindow(async (janitor) => {
      demo = await createDemoIncident(janitor);
      return demo;
    });
    before = await env();
    await window.runCommand('Tektra: Diagnose Workspace');
    await card().waitFor();
  });
  afterAll(() => window?.dispose());

  const env = (): Promise<Buffer> => readFile(path.join(demo.workspace, '.env'));
  const card = () => window.troubleshooting.locator('article[data-cause="port.conflict"]');
  const outcome = (phase: string) => window.troubleshooting.locator(`section.outcome[data-phase="${phase}"]`);
  const button = (name: string | RegExp) => window.troubleshooting.getByRole('button', { name });
  const apply = () =>
    button(/^Apply: /)
      .first()
      .click();

  it('is not applied when the user does not agree', async () => {
    await apply();
    const dialog = await openDialog(window.page, 'Change .env?');
    for (const said of [`− PORT=${demo.port}`, '+ PORT=', demo.workspace, 'byte for byte'])
      expect(dialog.text).toContain(said);
    await dialog.press('Cancel');
    expect(await outcome('stopped').innerText()).toContain('Nothing was changed');
    expect(await env()).toEqual(before);
    await button('Close').click();
    await outcome('stopped').waitFor({ state: 'detached' });
  });

  it('lets the user look at the exact change first, which is what the Enter key does', async () => {
    await apply();
    const dialog = await openDialog(window.page, 'Change .env?');
    expect(dialog.focused).toBe('Look at It First');
    await window.page.keyboard.press('Enter');
    expect(await outcome('reviewing').innerText()).toContain('open in the editor');
    const diff = window.page.locator('.monaco-diff-editor .modified .view-lines');
    expect((await diff.innerText()).replace(/\s/g, ' ')).toMatch(/PORT=\d+/);
    expect(await env()).toEqual(before);
  });

  it('is made anew and asked for again when the file changed meanwhile', async () => {
    await writeFile(path.join(demo.workspace, '.env'), Buffer.concat([Buffer.from('# shop\n'), before]));
    await button('Continue…').click();
    await (await openDialog(window.page, 'Change .env?')).press('Change the File');
    const again = await openDialog(window.page, 'The system changed meanwhile');
    expect(again.text).toContain('Line 2:');
    await again.press('Cancel');
    await outcome('stopped').waitFor();
    await writeFile(path.join(demo.workspace, '.env'), before);
  });

  it('is applied once the user agreed, and verified by judging again', async () => {
    await apply();
    await (await openDialog(window.page, 'Change .env?')).press('Change the File');
    await outcome('done').waitFor();
    const text = await outcome('done').innerText();
    expect(text).toContain('Fixed');
    expect(text).toMatch(/is ruled out now, since nothing else listens on \d+/);
    expect((await env()).toString()).toMatch(/^PORT=\d+\n/);
    expect(await env()).not.toEqual(before);
    expect(text).toContain('Then check Start shop-api');
    await window.page.locator('.tab').filter({ hasText: 'not applied yet' }).waitFor({ state: 'detached' });
    // The status bar, the view and the Problems follow.
    await window.statusBar.filter({ hasText: `Port ${demo.port}` }).waitFor({ state: 'detached' });
    await card().waitFor({ state: 'detached' });
    await window.runCommand('View: Focus Problems');
    await window.page
      .locator('.markers-panel .monaco-list-row')
      .filter({ hasText: 'port.conflict' })
      .waitFor({ state: 'detached' });
    await window.runCommand('View: Hide Panel');
  });

  it('is told readably in every theme', async () => {
    expect(await takeScreenshots(window, 'fix')).toHaveLength(4);
  });

  it('is taken back byte for byte, and the finding is there again, seen before', async () => {
    await outcome('done').getByRole('button', { name: 'Undo…' }).click();
    await (await openDialog(window.page, 'Take back')).press('Take It Back');
    await outcome('done').filter({ hasText: 'Taken back' }).waitFor();
    expect(await env()).toEqual(before);
    await card().waitFor();
    await window.statusBar.filter({ hasText: `Port ${demo.port}` }).waitFor();
    expect(await card().locator('.seen').innerText()).toContain('Seen once before');
  });

  it('stands in the list of applied fixes', async () => {
    await window.troubleshooting.getByRole('heading', { name: 'Applied fixes' }).click();
    const entry = window.troubleshooting.locator('.entries > li').filter({ hasText: 'Taken back' });
    await entry.waitFor();
    expect(await entry.getByRole('button', { name: /^Undo/ }).count()).toBe(0);
  });

  it('breaks no content security policy', () => {
    expect(window.policyViolations).toEqual([]);
  });
});
