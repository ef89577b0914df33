import * as vscode from 'vscode';
import { showError } from '../editor/showError.ts';
import { type CommandId, commands } from '../manifest/commands.ts';

/** One handler for each command of the manifest; the arguments are those of `executeCommand`. */
export type CommandHandlers = Record<CommandId, (...args: unknown[]) => Promise<void> | void>;

/** The one place that registers commands. What a handler throws is shown to the user. */
export function registerCommands(handlers: CommandHandlers): vscode.Disposable {
  return vscode.Disposable.from(
    ...commands.map(({ id }) =>
      vscode.commands.registerCommand(id, async (...args: unknown[]) => {
        try {
          await handlers[id](...args);
        } catch (thrown) {
          showError(thrown);
        }
      }),
    ),
  );
}
