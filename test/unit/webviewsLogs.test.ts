import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { NEW_FROM } from '../support/generatedLog.ts';
import { type LogsPageOptions, openLogsPage } from '../support/openLogsPage.ts';
import { findProgram, requireSystem } from '../support/requireSystem.ts';

const system = requireSystem('chromium');
const MILLIONS = 10_000_000;

/** The built page in a real browser, under its real policy, over a log that is worked out as it is asked for. */
describe.skipIf(!system.available)('the log page', { timeout: 60_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: findProgram('chromium') ?? 'chromium',
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
    });
  }, 60_000);
  afterAll(() => browser?.close());

  async function open(options: LogsPageOptions = {}) {
    const opened = await openLogsPage(browser, { records: 100_000, ...options });
    onTestFinished(() => opened.page.close());
    return opened;
  }

  /** Line numbers of the rows that are seen, from above. */
  const linesOf = (page: Page): Promise<number[]> =>
    page.locator('.layer .row:not([hidden])').evaluateAll((rows) =>
      rows
        .map((row) => ({
          top: row.getBoundingClientRect().top,
          line: Number(row.querySelector('.cell-line')?.textContent?.replaceAll(',', '')),
        }))
        .sort((a, b) => a.top - b.top)
        .map(({ line }) => line),
    );

  const selectedLine = (page: Page): Promise<string | null> => page.locator('.row.selected .cell-line').textContent();

  async function filter(page: Page, text: string): Promise<void> {
    await page.locator('#filter').fill(text);
    await page.locator('#filter').press('Enter');
  }

  it('holds a few dozen elements for 10 million records, and shows every row where it belongs', async () => {
    const { page, complaints } = await open({ records: MILLIONS });
    const grid = page.getByRole('grid', { name: 'Records' });
    expect(await grid.getAttribute('aria-rowcount')).toBe(String(MILLIONS + 1));
    await grid.focus();
    await page.keyboard.press('End');
    await page.locator('.row.selected').filter({ hasText: '10,000,000' }).waitFor();
    const last = await linesOf(page);
    expect(last.at(-1)).toBe(MILLIONS);
    expect(last).toEqual(last.map((_, at) => MILLIONS - last.length + 1 + at));
    // The wheel moves by the px that it tells, at any depth.
    await page.locator('.viewport').hover();
    await page.mouse.wheel(0, -22 * 1000);
    await page.locator('.row .cell-line').filter({ hasText: '9,999,000' }).first().waitFor();
    const lines = await linesOf(page);
    expect(lines).toEqual(lines.map((_, at) => (lines[0] ?? 0) + at));
    expect(await page.locator('.layer .row').count()).toBeLessThan(60);
    expect(complaints).toEqual([]);
  });

  it('reaches any place by its scrollbar, without asking for what lies between', async () => {
    const { page, host } = await open({ records: MILLIONS });
    await host.evaluate((host) => {
      host.delay = 40;
    });
    const bar = await page.getByRole('scrollbar').boundingBox();
    if (!bar) throw new Error('there is no scrollbar');
    await page.mouse.move(bar.x + 5, bar.y + 5);
    await page.mouse.down();
    await page.mouse.move(bar.x + 5, bar.y + bar.height / 2, { steps: 40 });
    await page.mouse.move(bar.x + 5, bar.y + bar.height + 50, { steps: 40 });
    await page.mouse.up();
    await page.locator('.cell-line').filter({ hasText: '10,000,000' }).waitFor();
    const asked = await host.evaluate(
      ({ requests }) => requests.filter(({ method }) => method === 'tektra/logs/rows').length,
    );
    // 50,000 blocks lie between; the drag stopped at some 80 places.
    expect(asked).toBeLessThan(400);
    expect(Number(await page.getByRole('scrollbar').getAttribute('aria-valuenow'))).toBeGreaterThan(MILLIONS - 100);
  });

  it('moves by the keyboard and tells screen readers where it is', async () => {
    const { page } = await open();
    const grid = page.getByRole('grid');
    await grid.focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowUp']) await page.keyboard.press(key);
    await expect.poll(() => selectedLine(page)).toBe('2');
    const active = await grid.getAttribute('aria-activedescendant');
    expect(await page.locator(`#${active}`).getAttribute('aria-rowindex')).toBe('3');
    expect(await page.locator(`#${active}`).getAttribute('aria-selected')).toBe('true');
    await page.keyboard.press('PageDown');
    await expect.poll(async () => Number(await selectedLine(page))).toBeGreaterThan(15);
    await page.keyboard.press('Home');
    await expect.poll(() => selectedLine(page)).toBe('1');
    await page.keyboard.press('Enter');
    await page.locator('.whole-message').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.detail').waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('filter');
  });

  it('goes from error to error, and among the records of one template', async () => {
    const { page } = await open();
    await page.getByRole('grid').focus();
    await page.keyboard.press('n');
    await page.locator('.row.selected.level-6').waitFor();
    const first = await selectedLine(page);
    await page.keyboard.press(']');
    await expect.poll(() => selectedLine(page)).not.toBe(first);
    const second = await selectedLine(page);
    await page.keyboard.press('[');
    await expect.poll(() => selectedLine(page)).toBe(first);
    await page.keyboard.press('N');
    await page.locator('footer').filter({ hasText: 'There is no earlier error.' }).waitFor();
    expect(second).not.toBe(first);
  });

  it('goes to a line and to a time', async () => {
    const { page } = await open();
    await page.getByRole('grid').focus();
    await page.keyboard.press('g');
    await page.locator('#go-to').fill('54321');
    await page.keyboard.press('Enter');
    await expect.poll(() => selectedLine(page)).toBe('54,321');
    await page.keyboard.press('g');
    await page.locator('#go-to').fill('someday');
    await page.keyboard.press('Enter');
    await page.locator('footer').filter({ hasText: 'neither a line nor a time' }).waitFor();
    expect(await selectedLine(page)).toBe('54,321');
  });

  it('filters, keeps the selected record over that, and takes each part away again', async () => {
    const { page } = await open();
    await page.getByRole('grid').focus();
    await page.keyboard.press('n');
    await page.locator('.row.selected').waitFor();
    const line = await selectedLine(page);
    await filter(page, 'component:db.pool');
    await page.locator('.found').filter({ hasText: 'of 100,000' }).waitFor();
    await expect.poll(() => selectedLine(page)).toBe(line);
    await page
      .getByRole('group', { name: 'Levels' })
      .getByRole('button', { name: /^error/ })
      .click();
    await page.locator('.part').filter({ hasText: 'level:error' }).waitFor();
    expect(await page.locator('#filter').inputValue()).toBe('component:db.pool level:error');
    await page.getByRole('button', { name: 'Remove component:db.pool' }).click();
    await expect.poll(() => page.locator('#filter').inputValue()).toBe('level:error');
    await page.getByRole('button', { name: 'Show every record' }).first().click();
    await page.locator('.active').waitFor({ state: 'detached' });
    await expect.poll(() => selectedLine(page)).toBe(line);
  });

  it('shows where a filter is wrong, and loses nothing by it', async () => {
    const { page } = await open();
    await filter(page, 'component:db.pool');
    await page.locator('.found').filter({ hasText: 'of 100,000' }).waitFor();
    const before = await linesOf(page);
    await filter(page, 'component:db.pool (level:error');
    const alert = page.locator('#filter-error');
    await alert.filter({ hasText: 'is not closed' }).waitFor();
    expect(await alert.locator('mark').textContent()).toBe('(');
    expect(await page.locator('#filter').inputValue()).toBe('component:db.pool (level:error');
    expect(await page.locator('#filter').getAttribute('aria-invalid')).toBe('true');
    // The message takes some of the room.
    const after = await linesOf(page);
    expect(after).toEqual(before.slice(0, after.length));
    await page.locator('#filter').press('ArrowUp');
    expect(await page.locator('#filter').inputValue()).toBe('component:db.pool');
    await page.locator('#filter').press('Enter');
    await expect.poll(() => alert.textContent()).toBe('');
  });

  it('suggests what may stand at the cursor, and applies it with the keyboard alone', async () => {
    const { page } = await open();
    const field = page.getByRole('combobox', { name: 'Filter' });
    await field.pressSequentially('-login comp');
    await page.getByRole('option', { name: /^component:db/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => field.getAttribute('aria-activedescendant')).toBe('suggestion-1');
    await page.keyboard.press('Enter');
    expect(await field.inputValue()).toBe('-login component:db.pool');
    await page.keyboard.press('Enter');
    await page.locator('.part').filter({ hasText: 'component:db.pool' }).waitFor();
    expect(await page.getByRole('listbox').count()).toBe(0);
  });

  it('lists what an unfinished search found, and stops it on request', async () => {
    const { page, host } = await open({ records: 2_000_000 });
    await host.evaluate(({ server }) => {
      server.views.pauseMs = 5_000;
    });
    await filter(page, 'charge');
    await page.locator('.found').filter({ hasText: '%' }).waitFor();
    await page.getByRole('button', { name: 'Stop the search' }).click();
    await expect
      .poll(() =>
        host.evaluate(({ requests }) => requests.filter(({ method }) => method === 'tektra/logs/query').length),
      )
      .toBeGreaterThan(0);
    await page.locator('.found').filter({ hasText: ' of 2,000,000' }).waitFor();
  });

  it('leads from a finding to its record, also when the filter hides that', async () => {
    const { page } = await open();
    await filter(page, 'component:gc');
    await page.locator('.found').filter({ hasText: 'of 100,000' }).waitFor();
    await page.locator('.finding[data-kind="new"] .finding-link').click();
    await page.locator('.whole-message').filter({ hasText: 'declined: issuer timed out' }).waitFor();
    const line = Number((await selectedLine(page))?.replaceAll(',', ''));
    expect(line).toBeGreaterThan(100_000 * NEW_FROM);
    await page.locator('footer').filter({ hasText: 'The filter was lifted' }).waitFor();
    expect(await page.locator('.row.selected .cell-mark').getAttribute('title')).toContain('New');
  });

  it('holds back a finding on request, and tells of it again', async () => {
    const { page } = await open();
    await page.locator('.finding[data-kind="slow"] .suppress').click({ force: true });
    await page.locator('.finding[data-kind="slow"]').waitFor({ state: 'detached' });
    await page.locator('.suppressed summary').click();
    await page.getByRole('button', { name: /^Restore/ }).click();
    await page.locator('.finding[data-kind="slow"]').waitFor();
  });

  it('says what was looked at when nothing stands out', async () => {
    const { page } = await open({ quiet: true });
    expect(await page.locator('.nothing').textContent()).toMatch(/Nothing stands out: 100,000 records of 11 templates/);
  });

  it('selects a range of time by the keyboard, and lists it alone', async () => {
    const { page } = await open();
    const timeline = page.getByRole('slider', { name: /Records over time/ });
    await timeline.focus();
    await page.keyboard.press('ArrowRight');
    expect(await timeline.getAttribute('aria-valuetext')).toMatch(/· [\d,]+ records/);
    for (let press = 0; press < 3; press += 1) await page.keyboard.press('Shift+ArrowRight');
    await page.locator('.part.time').waitFor();
    const found = await page.locator('.found').textContent();
    expect(Number(found?.split(' ')[0]?.replaceAll(',', ''))).toBeLessThan(20_000);
    await page.keyboard.press('Escape');
    await page.locator('.part.time').waitFor({ state: 'detached' });
    expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe('100001');
  });

  it('stays at the end of a log that grows, until the user scrolls up', async () => {
    const { page, host } = await open({ state: 'following' });
    await page.getByRole('grid').focus();
    await page.keyboard.press('f');
    await page.locator('.cell-line').filter({ hasText: '100,000' }).waitFor();
    await host.evaluate((host) => host.grow(500));
    await page.locator('.cell-line').filter({ hasText: '100,500' }).waitFor();
    // What comes in the first second after a log was read to its end is the rest of what was there, not news.
    await page.waitForTimeout(1_100);
    await page.locator('.viewport').hover();
    await page.mouse.wheel(0, -2200);
    // The page hears of the wheel a frame later.
    await expect.poll(() => linesOf(page)).not.toContain(100_500);
    await host.evaluate((host) => host.grow(1204));
    const button = page.getByRole('button', { name: '1,204 new records' });
    await button.waitFor();
    expect(await linesOf(page)).not.toContain(101_704);
    await button.click();
    await page.locator('.cell-line').filter({ hasText: '101,704' }).waitFor();
  });

  it('shows text of others as text: no element, no direction, no control character of theirs', async () => {
    const { page, complaints } = await open({ records: 1_000_000 });
    await filter(page, 'onerror');
    await page.locator('.found').filter({ hasText: 'of 1,000,000' }).waitFor();
    await page.locator('.layer .row').first().click();
    await page.getByRole('grid').press('Enter');
    await page.locator('.whole-message').waitFor();
    expect(await page.locator('img, script[src*="x"]').count()).toBe(0);
    expect(await page.locator('.layer .message').first().textContent()).toContain('<img src=x');
    expect(await page.locator('b:has-text("x")').filter({ hasText: /^x$/ }).count()).toBe(0);
    const isolated = await page
      .locator('.layer .message')
      .first()
      .evaluate((element) => getComputedStyle(element).unicodeBidi);
    expect(isolated).toBe('isolate');
    expect(complaints).toEqual([]);
  });

  it('comes back as it was left', async () => {
    const { page, host } = await open();
    await filter(page, 'component:db.pool');
    await page.locator('.found').filter({ hasText: 'of 100,000' }).waitFor();
    await page.getByRole('grid').focus();
    for (let press = 0; press < 40; press += 1) await page.keyboard.press('ArrowDown');
    await page.getByRole('tab', { name: 'Fields' }).click();
    const line = await selectedLine(page);
    await expect.poll(() => host.evaluate(({ kept }) => JSON.stringify(kept))).toContain('"side":"fields"');
    const kept = await host.evaluate((host) => host.kept);
    const again = await open({ kept });
    await expect.poll(() => selectedLine(again.page)).toBe(line);
    expect(await again.page.locator('#filter').inputValue()).toBe('component:db.pool');
    expect(await again.page.getByRole('tab', { name: 'Fields' }).getAttribute('aria-selected')).toBe('true');
  });

  it('compares two ranges of time', async () => {
    const { page } = await open();
    await page.getByRole('tab', { name: 'Compare' }).click();
    await page.getByRole('button', { name: /as A$/ }).click();
    const timeline = page.getByRole('slider', { name: /Records over time/ });
    await timeline.focus();
    await page.keyboard.press('End');
    for (let press = 0; press < 60; press += 1) await page.keyboard.press('Shift+ArrowLeft');
    await page.locator('.part.time').waitFor();
    await page.getByRole('button', { name: 'Take the selected range as B' }).click();
    await page.locator('.comparison tbody tr').first().waitFor();
    const row = page.locator('.comparison tr').filter({ hasText: 'charge' });
    expect(await row.locator('.change').textContent()).toMatch(/×/);
  });

  it('opens a frame that the workspace has, and shows the lines around a record that the editor cannot open', async () => {
    const { page, host } = await open();
    await page.locator('.finding[data-kind="cascade"] .finding-link').click();
    await page.locator('.frames button').first().click();
    expect(await page.locator('.frames button').count()).toBe(2);
    await page.getByRole('group', { name: 'From here' }).getByRole('button', { name: 'Open in editor' }).click();
    await page.locator('.note').filter({ hasText: 'larger than 50 MB' }).waitFor();
    expect(await page.locator('.around li').count()).toBe(31);
    const methods = await host.evaluate(({ requests }) => requests.map(({ method }) => method));
    expect(methods).toContain('tektra/logs/page/openFrame');
  });

  it('says why a log cannot be opened, and offers to try again', async () => {
    const { page } = await open({ openError: 'The file /var/log/x cannot be read: permission denied.' });
    await page.getByText('permission denied. Choose another file.').waitFor();
    expect(await page.getByRole('button', { name: 'Try again' }).isVisible()).toBe(true);
  });

  it.each(['light', 'dark', 'highContrast'] as const)(
    'keeps to its policy in the theme %s, wide and narrow',
    async (theme) => {
      for (const width of [1440, 700]) {
        const { page, complaints } = await open({ theme, width });
        await page.locator('.finding-link').first().click();
        await page.locator('.whole-message').waitFor();
        for (const tab of ['Templates', 'Fields', 'Compare']) await page.getByRole('tab', { name: tab }).click();
        expect(complaints).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(
          0,
        );
      }
    },
  );
});
