import * as vscode from 'vscode';
import { fromResponseError } from '../../server/protocol/errors.ts';
import type { CommandId } from '../manifest/commands.ts';

const SHOW_LOG = 'Show Log';

/** The one place that shows an error to the user. A cancellation is none. */
export function showError(thrown: unknown): void {
  const error = fromResponseError(thrown);
  if (error.code === 'request.cancelled') return;
  const message =
    error.audience === 'user'
      ? [error.message, error.action].filter((part) => part !== undefined).join(' ')
      : 'Tektra ran into an internal problem; its log tells more.';
  void vscode.window.showErrorMessage(message, SHOW_LOG).then((choice) => {
    if (choice === SHOW_LOG) void vscode.commands.executeCommand('tektra.log.open' satisfies CommandId);
  });
}
