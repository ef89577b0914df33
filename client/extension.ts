import * as vscode from 'vscode';
import { type Composition, compose } from './compose.ts';

let composition: Composition | undefined;

/** Composes the extension and reports how long that took. Nothing heavy starts here: no process, no file is read. */
export function activate(context: vscode.ExtensionContext): void {
  const startedAt = performance.now();
  const log = vscode.window.createOutputChannel('Tektra', { log: true });
  composition = compose(context, log);
  context.subscriptions.push(...composition.disposables, log);
  log.info(`activated in ${(performance.now() - startedAt).toFixed(1)} ms`);
}

/** The editor waits for this: the backend gets a goodbye, so that it knows that nobody crashed. */
export async function deactivate(): Promise<void> {
  await composition?.backend.dispose();
  composition = undefined;
}
