// `node test/support/lookAtTroubleshooting.ts FOLDER [STATE…]`: pictures of every look of the built troubleshooting page.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { themes } from './themeVariables.ts';
import { openTroubleshootingPage } from './troubleshootingPage.ts';
import { type StateName, troubleshootingStates } from './troubleshootingStates.ts';

const [folder = '.cache/troubleshooting', ...wanted] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
});
/** Looks that must be beautiful in the side bar and in an editor tab. */
const wide = new Set<StateName>([
  'broken',
  'neverRun',
  'guide',
  'live',
  'asked',
  'remembered',
  'suppressed',
  'past',
  'fixVerified',
  'fixTakenBack',
]);
/** Looks whose lists are shown open. */
const past = new Set<StateName>(['fixVerified', 'remembered', 'suppressed', 'past']);
const names = Object.keys(troubleshootingStates) as StateName[];
for (const name of names.filter((candidate) => wanted.length === 0 || wanted.includes(candidate))) {
  for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
    for (const width of wide.has(name) ? [300, 900] : [340]) {
      const state = troubleshootingStates[name];
      const kept = { open: past.has(name) ? ['applied', 'history', 'suppressed'] : [], draft: '' };
      const { page, complaints } = await openTroubleshootingPage(browser, { state, theme, width, kept });
      // A run shows its checks once it takes long.
      if ('running' in state) await page.waitForTimeout(600);
      await page.screenshot({ path: path.join(folder, `${name}-${theme}-${width}.png`), fullPage: true });
      for (const complaint of complaints) console.error(`${name} ${theme}: ${complaint}`);
      await page.close();
    }
  }
}
await browser.close();
