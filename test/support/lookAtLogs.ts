// `node test/support/lookAtLogs.ts FOLDER [LOOK…]`: pictures of the built log page over a generated log, in each theme.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { type LogsPageOptions, openLogsPage } from './openLogsPage.ts';
import { themes } from './themeVariables.ts';

interface Look {
  options?: LogsPageOptions;
  act?: (page: Page) => Promise<void>;
}

const looks: Readonly<Record<string, Look>> = {
  whole: {},
  detail: {
    act: async (page) => {
      await page.locator('.finding-link').first().click();
      await page.locator('.whole-message').waitFor();
    },
  },
  filtered: {
    act: async (page) => {
      await page.locator('#filter').fill('component:db.pool -retries');
      await page.keyboard.press('Enter');
      await page.locator('.found').filter({ hasText: ' of ' }).waitFor();
      await page.getByRole('tab', { name: 'Templates' }).click();
      await page.locator('.template').first().waitFor();
    },
  },
  wrong: {
    act: async (page) => {
      await page.locator('#filter').fill('component:db.pool (level:error');
      await page.keyboard.press('Enter');
      await page.getByRole('tab', { name: 'Fields' }).click();
      await page.locator('.group').first().waitFor();
    },
  },
  range: {
    act: async (page) => {
      const box = await page.locator('.u-over').boundingBox();
      if (!box) throw new Error('there is no timeline');
      await page.mouse.move(box.x + box.width * 0.62, box.y + 30);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.74, box.y + 30, { steps: 5 });
      await page.mouse.up();
      await page.getByRole('tab', { name: 'Compare' }).click();
      await page.getByRole('button', { name: /as B/ }).click();
      await page.locator('.part.time button').click();
      await page.getByRole('button', { name: /as A/ }).click();
      await page.locator('.comparison').waitFor();
    },
  },
  reading: { options: { state: 'reading', records: 4_300_000 } },
  quiet: { options: { quiet: true, records: 1200, state: 'following' } },
  failed: { options: { openError: 'The file /var/log/shop/app.log cannot be read: permission denied.' } },
  narrow: {
    options: { width: 760, height: 900 },
    act: async (page) => {
      await page.locator('.finding-link').first().click();
      await page.locator('.whole-message').waitFor();
    },
  },
};

const [folder = '.cache/logs', ...wanted] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
});
const chosen = Object.keys(looks).filter((name) => wanted.length === 0 || wanted.includes(name));
const names = (process.env.THEMES?.split(',') ?? Object.keys(themes)) as (keyof typeof themes)[];
for (const name of chosen) {
  for (const theme of names) {
    const { options, act } = looks[name] ?? {};
    const { page, complaints } = await openLogsPage(browser, { width: 1440, height: 900, ...options, theme });
    await page.waitForTimeout(300);
    await act?.(page);
    await page.waitForTimeout(500);
    await page.screenshot({ path: path.join(folder, `${name}-${theme}.png`) });
    for (const complaint of complaints) console.error(`${name} ${theme}: ${complaint}`);
    await page.close();
  }
}
await browser.close();
