import type { Browser, Page } from 'playwright-core';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { connectWebview } from '../../client/panels/webviewConnection.ts';
import { webviewHtml } from '../../client/panels/webviewHtml.ts';
import { type TroubleshootingState, troubleshootingChanged } from '../../server/protocol/troubleshooting.ts';
import { builtFile } from './builtBundles.ts';
import { themes } from './themeVariables.ts';

const ORIGIN = 'http://webview.test';
const NONCE = 'test-nonce';

export interface TroubleshootingPage {
  page: Page;
  /** Every request of the page, in order. */
  requests: { method: string; params: unknown }[];
  /** What the content security policy refused, and errors of scripts. */
  complaints: string[];
  push(state: TroubleshootingState): Promise<void>;
}

interface PageOptions {
  state: TroubleshootingState;
  theme?: keyof typeof themes;
  width?: number;
  height?: number;
  /** What the page kept when it was last shown. */
  kept?: unknown;
}

/**
 * Opens the built troubleshooting page in a browser, under the real policy, with the client's own connection at the
 * other end. Only the editor's `acquireVsCodeApi` is replaced: its messages go through the browser's automation channel.
 */
export async function openTroubleshootingPage(browser: Browser, options: PageOptions): Promise<TroubleshootingPage> {
  const { bodyClass, variables } = themes[options.theme ?? 'dark'];
  const page = await browser.newPage({ viewport: { width: options.width ?? 340, height: options.height ?? 900 } });
  const complaints: string[] = [];
  const requests: TroubleshootingPage['requests'] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));

  const listeners = new Set<(message: unknown) => void>();
  const connection: MessageConnection = connectWebview(
    {
      postMessage: async (message: unknown) => {
        await page.evaluate((data) => window.postMessage(data, '*'), message);
        return true;
      },
      onDidReceiveMessage: (listener: (message: unknown) => void) => {
        listeners.add(listener);
        return { dispose: () => listeners.delete(listener) };
      },
    },
    {
      info: () => undefined,
      warn: (message) => complaints.push(message),
      error: (message) => complaints.push(message),
    },
  );
  connection.onRequest((method, params) => {
    requests.push({ method, params });
    if (method === 'tektra/troubleshooting/get') return options.state;
    return method === 'tektra/evidence/open' ? { opened: true } : null;
  });
  connection.listen();

  await page.exposeFunction('tektraPost', (message: unknown) => {
    for (const listener of listeners) listener(message);
  });
  await page.addInitScript(
    ({ variables, bodyClass, kept }) => {
      let memory: unknown = kept;
      Object.assign(window, {
        acquireVsCodeApi: () => ({
          postMessage: (message: unknown) => Reflect.get(window, 'tektraPost')(message),
          getState: () => memory,
          setState: (state: unknown) => {
            memory = state;
          },
        }),
      });
      document.addEventListener('DOMContentLoaded', () => {
        for (const [name, value] of Object.entries(variables)) {
          document.documentElement.style.setProperty(`--vscode-${name}`, value);
        }
        const { style, classList } = document.body;
        classList.add(bodyClass);
        style.background = variables['sideBar-background'] ?? '';
      });
    },
    { variables: { ...variables }, bodyClass, kept: options.kept },
  );
  await page.route(`${ORIGIN}/**`, async (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    if (name === '') return route.fulfill({ contentType: 'text/html', body: pageHtml() });
    if (name === 'favicon.ico') return route.fulfill({ status: 204 });
    const contentType = name.endsWith('.css') ? 'text/css' : 'text/javascript';
    return route.fulfill({ contentType, body: await builtFile('webviews', name) });
  });
  await page.goto(`${ORIGIN}/`);
  await page.locator('header, .guide, .empty h2:not(:text("Loading…"))').first().waitFor();
  return {
    page,
    requests,
    complaints,
    push: (state) => connection.sendNotification(troubleshootingChanged.type, state),
  };
}

function pageHtml(): string {
  return webviewHtml({
    title: 'Tektra troubleshooting',
    cspSource: ORIGIN,
    scriptUri: `${ORIGIN}/troubleshooting.js`,
    styleUri: `${ORIGIN}/troubleshooting.css`,
    nonce: NONCE,
    styleNonce: `${NONCE}-style`,
  });
}
