import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { findProgram, requireSystem } from '../support/requireSystem.ts';
import { themes } from '../support/themeVariables.ts';
import { openTroubleshootingPage } from '../support/troubleshootingPage.ts';
import { type StateName, troubleshootingStates } from '../support/troubleshootingStates.ts';

const system = requireSystem('chromium');
const names = Object.keys(troubleshootingStates) as StateName[];

/** The built page in a real browser, under its real policy, with the client's connection at the other end. */
describe.skipIf(!system.available)('the troubleshooting page', { timeout: 30_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: findProgram('chromium') ?? 'chromium',
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
    });
  }, 60_000);
  afterAll(() => browser?.close());

  async function open(name: StateName, options: Partial<Parameters<typeof openTroubleshootingPage>[1]> = {}) {
    const opened = await openTroubleshootingPage(browser, { state: troubleshootingStates[name], ...options });
    onTestFinished(() => opened.page.close());
    return opened;
  }

  it.each(names)('draws %s without a violation of its policy and without scrolling sideways', async (name) => {
    const { page, complaints } = await open(name, { width: 300 });
    expect(complaints).toEqual([]);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });

  it('names the root cause and the way from the symptom to it', async () => {
    const { page } = await open('broken');
    expect(await page.locator('article h2').textContent()).toContain('Port 4100 is held by node');
    const steps = await page.locator('.chain > li').allTextContents();
    const sentence = steps.map((step) => step.replace(/\s+/g, ' ').trim());
    expect(sentence).toEqual([
      expect.stringMatching(/^web answers 502: its upstream api does not run/),
      expect.stringMatching(/^because api exits 0.4 s after each start/),
      'because of the root cause: port.conflict, api',
    ]);
    expect(await page.getByRole('status').textContent()).toContain('Root cause: Port 4100');
  });

  it('asks the client to open evidence, preview a fix and diagnose', async () => {
    const { page, requests } = await open('broken');
    await page.getByRole('link', { name: 'logs/api.log:118' }).first().click();
    await page.getByRole('button', { name: 'Preview: Let api listen' }).click();
    await page.getByRole('button', { name: 'Diagnose' }).click();
    await expect
      .poll(() => requests.slice(1))
      .toEqual([
        { method: 'tektra/evidence/open', params: { source: 'logs/api.log:118' } },
        { method: 'tektra/fix/preview', params: { finding: 'f1', fix: 0 } },
        { method: 'tektra/troubleshooting/start', params: { workspace: '/home/dev/shop' } },
      ]);
  });

  it('is reachable by keyboard', async () => {
    const { page, requests } = await open('broken');
    await page.getByRole('link', { name: '.env:2' }).first().focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => requests.map(({ method }) => method)).toContain('tektra/evidence/open');
    const controls = await page.evaluate(
      () =>
        [...document.querySelectorAll('button, summary, vscode-button')].filter((element) => element.checkVisibility())
          .length,
    );
    expect(controls).toBeGreaterThan(8);
    const reached = new Set<string>();
    await page.locator('body').click({ position: { x: 1, y: 1 } });
    for (let i = 0; i < controls; i++) {
      await page.keyboard.press('Tab');
      reached.add(
        await page.evaluate(() => {
          const all = [...document.querySelectorAll('button, summary, vscode-button')];
          return String(all.indexOf(document.activeElement ?? document.body));
        }),
      );
    }
    reached.delete('-1');
    expect(reached.size).toBe(controls);
  });

  it('opens what was ruled out, and remembers that', async () => {
    const { page } = await open('broken', { kept: { open: ['unknown'] } });
    expect(await page.getByText('No Docker socket on this machine').isVisible()).toBe(true);
    expect(await page.getByText('the timeouts in the log are from yesterday').isVisible()).toBe(false);
    await page.getByText('Ruled out').click();
    expect(await page.getByText('the timeouts in the log are from yesterday').isVisible()).toBe(true);
  });

  it('keeps an opened section open when a new state arrives', async () => {
    const { page, push } = await open('broken');
    await page.getByText('Ruled out').click();
    await push(troubleshootingStates.runningAgain);
    await page.locator('.progress').getByText('Listening ports').waitFor();
    expect(await page.getByText('the timeouts in the log are from yesterday').isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Cancel' }).waitFor();
  });

  it('asks for a fix to be applied, reviewed, cancelled, undone and closed', async () => {
    const { page, requests, push } = await open('remembered');
    await page.getByRole('button', { name: 'Apply: Let api listen' }).click();
    await push(troubleshootingStates.fixReviewing);
    expect(await page.getByRole('status', { name: /Not applied yet/ }).textContent()).toContain(
      'Change 1 of 2 is open',
    );
    // One at a time.
    expect(await page.getByRole('button', { name: 'Apply: Stop the process' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Continue…' }).click();
    await push(troubleshootingStates.fixRunning);
    await page.getByText('Judging port.conflict again').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await push(troubleshootingStates.fixTakenBack);
    await page.getByRole('button', { name: 'Show Output' }).click();
    await page.getByRole('button', { name: 'Apply and Keep…' }).click();
    await push(troubleshootingStates.fixVerified);
    const outcome = page.getByRole('status', { name: /Fixed: Let api listen/ });
    expect(await outcome.textContent()).toContain('nothing else listens on 4101');
    await outcome.getByRole('button', { name: 'Undo…' }).click();
    await outcome.getByRole('button', { name: 'Close' }).click();
    const { id } = troubleshootingStates.fixVerified.applied[0] ?? {};
    await expect
      .poll(() => requests.slice(1))
      .toEqual([
        { method: 'tektra/fix/start', params: { finding: 'f1', fix: 0, keep: false } },
        { method: 'tektra/fix/continue', params: {} },
        { method: 'tektra/fix/stop', params: {} },
        { method: 'tektra/fix/openOutput', params: { id } },
        { method: 'tektra/fix/start', params: { finding: 'f1', fix: 0, keep: true } },
        { method: 'tektra/fix/takeBack', params: { id } },
        { method: 'tektra/fix/close', params: {} },
      ]);
  });

  it('alerts to a fix that could not be applied, with the next step', async () => {
    const { page } = await open('fixStopped');
    expect(await page.getByRole('alert').textContent()).toContain('Save the file or revert it');
  });

  it('goes on with the keyboard at the outcome when the button is gone that began the fix', async () => {
    const { page, push } = await open('remembered');
    await page.getByRole('button', { name: 'Apply: Let api listen' }).focus();
    await push(troubleshootingStates.fixVerified);
    await expect.poll(() => page.evaluate(() => document.activeElement?.className)).toContain('outcome');
  });

  it('tells that a finding was seen before and what fixed it, and lists past fixes', async () => {
    const { page, requests } = await open('remembered', { kept: { open: ['applied'], draft: '' } });
    const seen = await page.locator('.seen').textContent();
    expect(seen?.replace(/\s+/g, ' ')).toMatch(
      /Seen 3 times before: first .+, last .+\. Last time this fixed it: Let api/,
    );
    expect(await page.getByText('Fixed it last time').count()).toBe(1);
    await page.getByRole('button', { name: 'Undo: Let api listen' }).click();
    await expect.poll(() => requests.at(-1)?.method).toBe('tektra/fix/takeBack');
  });

  it('loads the history once it is opened, and opens an old report to be read only', async () => {
    const { page, requests, push } = await open('broken');
    await page.getByText('History').click();
    await expect.poll(() => requests.at(-1)?.method).toBe('tektra/history/open');
    await push(troubleshootingStates.remembered);
    expect(await page.locator('[data-entry]').count()).toBe(4);
    expect(await page.locator('[data-entry="40"]').innerText()).toContain('311 runs since');
    await page.locator('[data-entry="38"] button').click();
    await expect.poll(() => requests.at(-1)).toEqual({ method: 'tektra/history/openPast', params: { id: 38 } });
    await push(troubleshootingStates.past);
    await page.getByText('A past diagnosis, as it was then').waitFor();
    for (const name of [/^Apply/, /^Preview/, /^Suppress/, /^Diagnose/])
      expect(await page.getByRole('button', { name }).count()).toBe(0);
    await page.getByRole('button', { name: 'Back' }).click();
    await expect.poll(() => requests.at(-1)).toEqual({ method: 'tektra/history/openPast', params: {} });
    expect(requests.filter(({ method }) => method === 'tektra/history/open')).toHaveLength(1);
  });

  it('lists what is suppressed with what follows from it, and restores it', async () => {
    const { page, requests, push } = await open('suppressed', { kept: { open: ['suppressed'], draft: '' } });
    await page.getByRole('heading', { name: 'Healthy' }).waitFor();
    const text = await page.locator('[data-suppression]').innerText();
    for (const said of ['Port 4100 is held', 'see SHOP-412', 'web answers 502', 'until ']) expect(text).toContain(said);
    await page.getByRole('button', { name: 'Restore: Port 4100' }).click();
    await expect.poll(() => requests.at(-1)).toEqual({ method: 'tektra/suppression/stop', params: { id: '3f9a12c4' } });
    await push(troubleshootingStates.remembered);
    await page.getByRole('button', { name: 'Suppress: Port 4100' }).click();
    await expect.poll(() => requests.at(-1)).toEqual({ method: 'tektra/suppression/start', params: { finding: 'f1' } });
  });

  it('shows what a log says as text', async () => {
    const { page } = await open('hostile');
    expect(await page.locator('#root img, #root script').count()).toBe(0);
    expect(await page.title()).toBe('Tektra troubleshooting');
    expect(await page.locator('.fact-text').first().textContent()).toContain('<script>');
  });

  it('keeps the last verdict below the news that the backend stopped', async () => {
    const { page, requests } = await open('backendFailed');
    expect(await page.getByRole('alert').textContent()).toContain('out of memory');
    expect(await page.locator('article h2').isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Restart Backend' }).click();
    await expect.poll(() => requests.map(({ method }) => method)).toContain('tektra/backend/restart');
  });

  it('lets the user choose another folder', async () => {
    const { page, requests } = await open('twoRoots');
    await page.getByRole('combobox', { name: 'Workspace folder' }).click();
    await page.getByRole('option', { name: 'billing' }).click();
    await expect
      .poll(() => requests.at(-1))
      .toEqual({
        method: 'tektra/troubleshooting/select',
        params: { workspace: '/home/dev/billing' },
      });
  });

  it.each(Object.keys(themes) as (keyof typeof themes)[])('takes its colours from the theme %s', async (theme) => {
    const { page } = await open('broken', { theme });
    const hex = themes[theme].variables.foreground ?? '';
    const channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
    const color = await page.locator('article h2').evaluate((element) => getComputedStyle(element).color);
    expect(color).toBe(`rgb(${channels.join(', ')})`);
  });
});
