import * as vscode from 'vscode';
import { registerCommands } from './commands/registerCommands.ts';
import type { Composition } from './compose.ts';
import { StatusBar } from './editor/statusBar.ts';
import { WorkspaceFolders } from './editor/workspaceFolders.ts';
import { registerLogPages } from './panels/logs/registerLogPages.ts';
import { registerTroubleshootingView } from './panels/troubleshooting/registerTroubleshootingView.ts';

/** The window is still opening when we are activated; what nobody asked for yet is loaded after this. */
const LOAD_DELAY_MS = 500;

let composition: Promise<Composition> | undefined;
let channel: vscode.LogOutputChannel | undefined;

/**
 * Shows the status bar item and registers what the user can ask for, and reports how long that took. Everything else, the
 * protocol and the way to the backend included, is loaded with the first use or a moment later; no process starts here.
 */
export function activate(context: vscode.ExtensionContext): void {
  const startedAt = performance.now();
  const log = vscode.window.createOutputChannel('Tektra', { log: true });
  channel = log;
  const folders = new WorkspaceFolders();
  const statusBar = new StatusBar(folders);
  const load = (): Promise<Composition> => {
    composition ??= import('./compose.ts').then(({ compose }) => {
      const composed = compose(context, { log, folders, statusBar });
      context.subscriptions.push(...composed.disposables);
      return composed;
    });
    return composition;
  };
  const later = setTimeout(() => void load(), LOAD_DELAY_MS);
  context.subscriptions.push(
    new vscode.Disposable(() => clearTimeout(later)),
    registerCommands(async () => (await load()).runCommand),
    registerTroubleshootingView(async () => (await load()).pages),
    registerLogPages(async () => (await load()).logPages),
    statusBar,
    folders,
  );
  log.info(`activated in ${(performance.now() - startedAt).toFixed(1)} ms`);
}

/** The editor waits for this: the backend gets a goodbye, so that it knows that nobody crashed. */
export async function deactivate(): Promise<void> {
  const composed = await composition;
  await composed?.backend.dispose();
  composition = undefined;
  // Not a subscription: those end before the goodbye does, which may still have something to log.
  channel?.dispose();
}
