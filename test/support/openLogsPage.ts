import path from 'node:path';
import { build } from 'esbuild';
import type { Browser, JSHandle, Page } from 'playwright-core';
import { webviewHtml } from '../../client/panels/webviewHtml.ts';
import { builtFile } from './builtBundles.ts';
import type { GeneratedHost } from './generatedHost.ts';
import { productRoot } from './locations.ts';
import { themes } from './themeVariables.ts';

const ORIGIN = 'http://webview.test';
const NONCE = 'test-nonce';

export interface LogsPageOptions {
  /** Default: 10 million. */
  records?: number;
  state?: 'reading' | 'following' | 'complete' | 'failed';
  theme?: keyof typeof themes;
  width?: number;
  height?: number;
  /** What the page kept when it was last shown. */
  kept?: unknown;
  /** Nothing stands out. */
  quiet?: boolean;
  openError?: string;
}

export interface OpenedLogsPage {
  page: Page;
  /** What the content security policy refused, and errors of scripts. */
  complaints: string[];
  /** The stand-in host, in the browser. */
  host: JSHandle<GeneratedHost>;
}

let hostScript: Promise<string> | undefined;

/** The host that stands behind the page, as one script. */
function builtHost(): Promise<string> {
  hostScript ??= build({
    entryPoints: [path.join(productRoot, 'test/support/generatedHost.ts')],
    bundle: true,
    format: 'iife',
    platform: 'browser',
    write: false,
  }).then(({ outputFiles }) => outputFiles[0]?.text ?? '');
  return hostScript;
}

/** Opens the built log page in a browser, under the real policy, over a generated log. */
export async function openLogsPage(browser: Browser, options: LogsPageOptions = {}): Promise<OpenedLogsPage> {
  const { bodyClass, variables } = themes[options.theme ?? 'dark'];
  const page = await browser.newPage({ viewport: { width: options.width ?? 1280, height: options.height ?? 800 } });
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  const { records = 10_000_000, state = 'complete', kept, quiet, openError } = options;
  const hostOptions = JSON.stringify({ records, state, kept, quiet, openError });
  await page.addInitScript({ content: `window.tektraOptions=${hostOptions};${await builtHost()}` });
  await page.addInitScript(
    ({ variables, bodyClass }) => {
      document.addEventListener('DOMContentLoaded', () => {
        for (const [name, value] of Object.entries(variables))
          document.documentElement.style.setProperty(`--vscode-${name}`, value);
        document.body.classList.add(bodyClass);
      });
    },
    { variables: { ...variables }, bodyClass },
  );
  await page.route(`${ORIGIN}/**`, async (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    if (name === '') return route.fulfill({ contentType: 'text/html', body: pageHtml() });
    if (name === 'favicon.ico') return route.fulfill({ status: 204 });
    const contentType = name.endsWith('.css') ? 'text/css' : 'text/javascript';
    return route.fulfill({ contentType, body: await builtFile('webviews', name) });
  });
  await page.goto(`${ORIGIN}/`);
  await page
    .locator(openError === undefined ? '.layer .row' : '.opening h1')
    .first()
    .waitFor();
  return {
    page,
    complaints,
    host: await page.evaluateHandle(() => Reflect.get(window, 'tektraHost') as GeneratedHost),
  };
}

function pageHtml(): string {
  return webviewHtml({
    title: 'Tektra log',
    cspSource: ORIGIN,
    scriptUri: `${ORIGIN}/logs.js`,
    styleUri: `${ORIGIN}/logs.css`,
    nonce: NONCE,
    styleNonce: `${NONCE}-style`,
  });
}
