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
