import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWindow, type Window } from '../support/openWindow.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { makeShopLog, type ShopLog } from '../support/shopLog.ts';

const chromium = requireSystem('chromium');
const workbench = requireSystem('workbench');
const RECORDS = 4_000;

describe.skipIf(!chromium.available || !workbench.available)('a log in the text editor', () => {
  let window: Window;
  let log: ShopLog;
  beforeAll(async () => {
    window = await openWindow(async (janitor) => {
      log = await makeShopLog(janitor, RECORDS);
      return log;
    });
    await window.page.keyboard.press('Control+Shift+E');
    await window.page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: 'app.log' }).dblclick();
    await window.page.locator('.tab.active[data-resource-name="app.log"]').waitFor();
  });
  afterAll(() => window?.dispose());

  const goTo = async (line: number): Promise<void> => {
    await window.page.locator('.monaco-editor textarea, .monaco-editor .native-edit-context').first().focus();
    await window.page.keyboard.press('Control+G');
    await window.page.locator('.quick-input-widget input.input').fill(`:${line}`);
    await window.page.keyboard.press('Enter');
    const status = window.page.locator('.statusbar-item[id="status.editor.selection"]');
    await status.filter({ hasText: `Ln ${line},` }).waitFor();
  };

  it('has a summary above its first line, with what matters most', async () => {
    const lenses = window.page.locator('.codelens-decoration');
    await lenses.filter({ hasText: '4,000 records' }).waitFor();
    const text = await lenses.first().innerText();
    expect(text).toMatch(/\d+ errors? · .*templates/);
    expect(text).toContain('refused');
  });

  it('marks the first line of what is new', async () => {
    await goTo(log.newLine);
    const backgrounds = (): Promise<string> =>
      window.page
        .locator('.monaco-editor .margin *, .monaco-editor .glyph-margin-widgets *')
        .evaluateAll((all) => all.map((element) => getComputedStyle(element).backgroundImage).join(' '));
    await expect.poll(backgrounds, { timeout: 20_000 }).toContain('mark-new.svg');
  });

  it('tells on hover how often such a line occurs', async () => {
    await goTo(log.newLine);
    await window.runCommand('Show or Focus Hover');
    const hover = window.page.locator('.monaco-hover:not(.hidden)').filter({ hasText: 'records of its kind' });
    await hover.first().waitFor();
    expect(await hover.first().innerText()).toContain('<*>');
    await window.page.keyboard.press('Escape');
  });

  it('has its error groups in the outline', async () => {
    await goTo(log.newLine);
    await window.page.locator('.breadcrumbs-control').filter({ hasText: 'java.net.ConnectException' }).waitFor();
  });

  it('offers what can be done with a line, and does it', async () => {
    await goTo(log.newLine);
    await window.page.keyboard.press('Control+.');
    const actions = window.page.locator('.action-widget .monaco-list-row');
    await actions.filter({ hasText: 'Show All Like This' }).waitFor();
    const titles = await actions.allInnerTexts();
    for (const title of ['Explain', 'Filter to This Component', 'Follow This Trace Id', 'Diagnose from Here'])
      expect(titles.join('\n')).toContain(title);
    await actions.filter({ hasText: 'Explain' }).click();
    await window.troubleshooting.locator('.whole-message').filter({ hasText: 'refused' }).waitFor();
  });

  it('breaks no content security policy', () => {
    expect(window.policyViolations).toEqual([]);
  });
});
