import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Category, type Check } from '../../server/protocol/diagnosis.ts';
import { categoryCards } from '../../webviews/troubleshooting/categories.ts';
import { countStates, orderChecks, splitChecks } from '../../webviews/troubleshooting/checkOrder.ts';
import { destination } from '../../webviews/troubleshooting/moveFocus.ts';
import { liveRun, manyChecks } from '../support/manyChecks.ts';
import { findProgram, requireSystem } from '../support/requireSystem.ts';
import { openTroubleshootingPage } from '../support/troubleshootingPage.ts';
import { type StateName, troubleshootingStates } from '../support/troubleshootingStates.ts';

const check = (id: string, state: Check['state'], durationMs = 0): Check => ({ id, label: id, state, durationMs });

describe('the order of checks', () => {
  it('is: what goes on as it began, what failed, what was skipped, what waits, what is done; each slowest first', () => {
    const checks = [
      check('quick', 'done', 1),
      check('slow', 'done', 9),
      check('later', 'running', 5),
      check('last', 'running', 8),
      check('waits', 'waiting'),
      check('skipped', 'skipped', 3),
      check('failed', 'failed', 2),
      check('failed late', 'failed', 30),
    ];
    const ids = orderChecks(checks).map(({ id }) => id);
    expect(ids).toEqual(['later', 'last', 'failed late', 'failed', 'skipped', 'waits', 'slow', 'quick']);
  });

  it('shows twelve, and one more rather than "1 more"', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => check(`c${index}`, 'done', index));
    expect(splitChecks(many(13)).rest).toEqual([]);
    expect(splitChecks(many(59))).toMatchObject({ first: { length: 12 }, rest: { length: 47 } });
  });

  it('is summed up by state', () => {
    expect(countStates([check('a', 'failed'), check('b', 'done'), check('c', 'done')])).toBe('2 done, 1 failed');
  });
});

describe('the arrow keys in a grid', () => {
  it.each([
    ['ArrowRight', 0, 1],
    ['ArrowLeft', 0, undefined],
    ['ArrowDown', 1, 4],
    ['ArrowUp', 1, undefined],
    ['ArrowDown', 7, undefined],
    ['End', 2, 8],
    ['Home', 8, 0],
    ['Enter', 2, undefined],
    ['constructor', 2, undefined],
  ])('%s from %i', (key, from, to) => expect(destination(key, from, 3, 9)).toBe(to));
});

it('there is a card for each category', () => {
  expect(categoryCards.map(({ category }) => category).sort()).toEqual([...Category.options].sort());
});

const system = requireSystem('chromium');

describe.skipIf(!system.available)('the guided start and the live checks', { timeout: 30_000 }, () => {
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
  const started = (question: object) => ({
    method: 'tektra/troubleshooting/start',
    params: { workspace: '/home/dev/shop', question },
  });

  it('starts with a description by Enter, and with a line break by Shift and Enter', async () => {
    const { page, requests } = await open('neverRun');
    await page.getByRole('textbox', { name: 'Describe what you see' }).focus();
    await page.keyboard.type('checkout returns 503');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('since the deploy');
    expect(requests).toHaveLength(1);
    await page.keyboard.press('Enter');
    await expect.poll(() => requests.at(-1)).toEqual(started({ symptom: 'checkout returns 503\nsince the deploy' }));
  });

  it('starts about nothing in particular, too', async () => {
    const { page, requests } = await open('neverRun');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await expect.poll(() => requests.at(-1)).toEqual(started({}));
  });

  it('lets the arrow keys choose among the categories, which are one stop of the Tab key', async () => {
    const { page, requests } = await open('guide', { width: 900 });
    const group = page.getByRole('group', { name: 'Or start with what comes closest' });
    expect(await group.getByRole('button').count()).toBe(9);
    expect(await group.locator('button[tabindex="0"]').count()).toBe(1);
    await page.getByRole('button', { name: 'Back to the Verdict' }).focus();
    await page.keyboard.press('Tab');
    const focused = () => page.evaluate(() => (document.activeElement as HTMLElement).dataset.category);
    expect(await focused()).toBe('startup');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toBe('security');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('security');
    await page.keyboard.press('Enter');
    await expect.poll(() => requests.at(-1)).toEqual(started({ about: 'security' }));
    const card = group.getByRole('button', { name: 'Security' });
    expect(await card.getAttribute('aria-describedby')).toBe('hint-security');
    expect(await page.locator('#hint-security').textContent()).toContain('certificate');
  });

  it('moves down by two in a narrow view', async () => {
    const { page } = await open('guide', { width: 300 });
    await page.locator('[data-category="startup"]').focus();
    await page.keyboard.press('ArrowDown');
    expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.category)).toBe('memory');
  });

  it('focuses the field when it is asked for, with what was asked last, and the heading when it goes', async () => {
    const { page, push } = await open('asked');
    await page.getByRole('button', { name: 'Change what you asked' }).focus();
    await push({ ...troubleshootingStates.asked, guide: true });
    const field = page.getByRole('textbox', { name: 'Describe what you see' });
    await expect.poll(() => field.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await field.inputValue()).toBe('api returns 503 since the deploy');
    await push(troubleshootingStates.asked);
    await field.waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
  });

  it('keeps what was begun when a run in the background comes, or the page is hidden', async () => {
    const { page, push } = await open('neverRun', { kept: { draft: 'it is slow' } });
    const field = page.getByRole('textbox', { name: 'Describe what you see' });
    expect(await field.inputValue()).toBe('it is slow');
    await push({ ...troubleshootingStates.neverRun, running: { ...liveRun, background: true } });
    await page.waitForTimeout(600);
    expect(await field.inputValue()).toBe('it is slow');
  });

  it('lists what goes on, with why a check failed, and folds the rest away', async () => {
    const { page } = await open('live');
    await page.locator('.live-checks').waitFor();
    const rows = page.locator('.live-checks > .checks > li');
    expect(await rows.count()).toBe(12);
    expect(await rows.filter({ hasText: 'Graphics processors' }).textContent()).toContain('did not end within 4 s');
    await page.getByText('8 more done').click();
    expect(await page.locator('.live-checks li').count()).toBe(20);
    expect(await page.getByRole('status').textContent()).toBe(
      'Diagnosing. Still looking at databases, caches and peers',
    );
  });

  it('offers to skip what takes long, but nothing that keeps secrets out of the report', async () => {
    const { page, requests } = await open('live');
    await page.locator('.live-checks').waitFor();
    const buttons = page.getByRole('button', { name: /^Skip: / });
    expect(await buttons.count()).toBe(1);
    await page.getByRole('button', { name: 'Skip: databases, caches and peers' }).press('Enter');
    await expect
      .poll(() => requests.at(-1))
      .toEqual({ method: 'tektra/troubleshooting/skip', params: { check: 'endpoints.probes' } });
  });

  it('keeps the focus on a button while other rows move', async () => {
    const { page, push } = await open('live');
    const button = page.getByRole('button', { name: 'Skip: databases, caches and peers' });
    await button.focus();
    const checks = liveRun.checks.map((each) =>
      each.id === 'workspace.source' ? ({ ...each, state: 'done', durationMs: 1_300 } as const) : each,
    );
    await push({ ...troubleshootingStates.live, running: { ...liveRun, checks } });
    await page.locator('li.done', { hasText: 'Source code' }).waitFor();
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  it('does not flicker: a run that is over at once shows no list, one that takes long does', async () => {
    const { page, push } = await open('broken');
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 60_000);
    await page.evaluate(() => {
      const seen: number[] = [];
      Object.assign(window, { seen });
      const look = (): void => void seen.push(document.querySelectorAll('.live-checks').length);
      new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
    });
    const cancel = page.getByRole('button', { name: 'Cancel' });
    const running = { ...troubleshootingStates.broken, running: liveRun };
    await push(running);
    await cancel.waitFor();
    await push(troubleshootingStates.broken);
    await cancel.waitFor({ state: 'detached' });
    await page.clock.runFor(5_000);
    const seen = await page.evaluate(() => Reflect.get(window, 'seen') as number[]);
    expect(seen.length).toBeGreaterThan(1);
    expect(Math.max(...seen)).toBe(0);
    await push(running);
    await cancel.waitFor();
    await page.clock.runFor(1_000);
    await page.locator('.live-checks').waitFor();
  });

  it('leaves the verdict where it is while a run goes on in the background', async () => {
    const { page, push } = await open('broken');
    const top = () => page.locator('article').evaluate((element) => element.getBoundingClientRect().top);
    const before = await top();
    await push(troubleshootingStates.liveBehind);
    await page.getByRole('button', { name: 'Cancel' }).waitFor();
    await page.waitForTimeout(600);
    expect(await top()).toBeLessThan(before + 40);
    expect(await page.locator('.live-checks').count()).toBe(0);
    await page.getByText('Checks: 15 done, 2 running, 1 failed, 1 skipped, 1 waiting').waitFor();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Problem found');
  });

  it('folds the checks below the verdict, with the slowest first', async () => {
    const { page } = await open('asked');
    const section = page.getByText('Checks: 20 in 412 ms (1 failed, 1 skipped)');
    await section.click();
    const rows = await page.locator('.section-content > .checks > li .check-label').allTextContents();
    expect(rows.slice(0, 3)).toEqual(['Graphics processors', 'Certificates of peers', 'CPU, memory and disks']);
    expect(manyChecks).toHaveLength(20);
  });

  it('gives the reason once for all causes that one skipped check leaves unknown', async () => {
    const { page } = await open('asked', { kept: { open: ['unknown'] } });
    const rows = page.locator('.others > li').filter({ visible: true });
    const texts = (await rows.allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim());
    expect(texts).toHaveLength(2);
    expect(texts[1]).toBe('database.auth-failed database.unreachable databases, caches and peers: skipped by you');
  });

  it('answers what was asked, and shows how it was read', async () => {
    const { page, requests } = await open('asked');
    const asked = page.getByRole('region', { name: 'What you asked' });
    const text = (await asked.innerText()).replace(/\s+/g, ' ');
    expect(text).toContain('“api returns 503 since the deploy”');
    expect(text).toContain('Read as Network Startup Database api');
    expect(await page.getByRole('status').textContent()).toMatch(/^What you describe fits .* Root cause: Port 4100/);
    await page.getByRole('button', { name: 'Troubleshoot…' }).click();
    await expect.poll(() => requests.at(-1)?.method).toBe('tektra/guide/open');
  });

  it('hides no root cause behind a category that is well', async () => {
    const { page } = await open('askedElsewhere');
    const main = (await page.locator('main').innerText()).replace(/\s+/g, ' ');
    expect(main).toContain('Nothing wrong in Memory. Elsewhere: 1 finding in Startup.');
    expect(main).toContain('Port 4100 is held by node');
  });
});
