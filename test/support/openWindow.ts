import { type Browser, chromium, type FrameLocator, type Locator, type Page } from 'playwright-core';
import { createJanitor, type Janitor } from './createJanitor.ts';
import { findOnPath } from './findOnPath.ts';
import { freePort } from './freePort.ts';
import { findWorkbench } from './installWorkbench.ts';
import { stageExtension } from './stageExtension.ts';
import { startWorkbench, type Workbench } from './startWorkbench.ts';

/** What keeps Chromium from asking for a display, a GPU, or the network. */
const CHROMIUM_ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A real editor window in a real browser, with the extension as it is shipped. */
export interface Window {
  page: Page;
  workbench: Workbench;
  /** Tektra's state folder for this window alone: no backend of the user is met. */
  home: string;
  janitor: Janitor;
  /** What the page reported against a content security policy. */
  policyViolations: string[];
  /** Tektra's item in the status bar. */
  statusBar: Locator;
  /** The page inside the troubleshooting webview. */
  troubleshooting: FrameLocator;
  /** Runs a command of the palette by its full title. */
  runCommand(title: string): Promise<void>;
  /** Chooses an entry of the list that a command has opened. */
  choose(entry: string): Promise<void>;
  /** Ends browser, workbench and all that they started. */
  dispose(): Promise<void>;
}

/**
 * Opens a folder in a workbench of its own. `make` creates the folder with the window's janitor, so that whatever it starts
 * ends with the window. Throws when the workbench is not installed or Chromium is missing; see requireSystem.
 */
export async function openWindow(make: (janitor: Janitor) => Promise<{ workspace: string }>): Promise<Window> {
  const entry = findWorkbench();
  const chromiumPath = await findOnPath('chromium');
  if (entry === undefined || chromiumPath === undefined)
    throw new Error('the web workbench or chromium is not installed');
  const janitor = createJanitor();
  let browser: Browser | undefined;
  const dispose = async (): Promise<void> => {
    await browser?.close();
    await janitor.dispose();
  };
  try {
    const { workspace } = await make(janitor);
    const extension = await janitor.makeFolder('extension');
    await stageExtension(extension);
    const home = await janitor.makeFolder('home');
    const dataFolder = await janitor.makeFolder('workbench');
    const port = await freePort();
    const env = { TEKTRA_HOME: home };
    const workbench = await startWorkbench({ janitor, entry, extension, dataFolder, port, env });
    browser = await chromium.launch({ executablePath: chromiumPath, args: CHROMIUM_ARGS });
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: 'en-US' });
    page.setDefaultTimeout(60_000);
    const policyViolations: string[] = [];
    page.on('console', (message) => {
      if (/content security policy/i.test(message.text())) policyViolations.push(message.text());
    });
    await page.goto(workbench.urlOf(workspace));
    const statusBar = page.locator('.statusbar-item[id*="tektra.status"]');
    await statusBar.waitFor();
    return {
      page,
      workbench,
      home,
      janitor,
      policyViolations,
      statusBar,
      troubleshooting: page.frameLocator('iframe.webview.ready').frameLocator('#active-frame'),
      runCommand: (title) => runCommand(page, title),
      choose: (entry) => choose(page, entry),
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function runCommand(page: Page, title: string): Promise<void> {
  // A command may show a list of its own in the same widget; the label tells the palette from it.
  const input = page.locator('.quick-input-widget input.input[aria-label^="Type the name of a command"]');
  // A key that comes while the window moves its focus is lost; a person would press it again, too.
  for (let press = 0; !(await input.isVisible()); press += 1) {
    if (press === 20) throw new Error('the command palette does not open');
    await page.keyboard.press('F1');
    await input.waitFor({ timeout: 1_000 }).catch(() => undefined);
  }
  await input.fill(`>${title}`);
  // The best match need not be the command of exactly this title.
  const rows = page.locator('.quick-input-list .monaco-list-row');
  const label = page.getByText(title, { exact: true });
  await rows.filter({ has: label }).first().click();
  await input.waitFor({ state: 'hidden' });
}

async function choose(page: Page, entry: string): Promise<void> {
  const input = page.locator('.quick-input-widget input.input');
  await input.fill(entry);
  const rows = page.locator('.quick-input-list .monaco-list-row');
  await rows
    .filter({ has: page.getByText(entry, { exact: true }) })
    .first()
    .click();
  await input.waitFor({ state: 'hidden' });
}
