import * as vscode from 'vscode';
import { type CommandId, commands } from '../manifest/commands.ts';

/** One handler for each command of the manifest; the arguments are those of `executeCommand`. */
export type CommandHandlers = Record<CommandId, (...args: unknown[]) => Promise<void> | void>;

/** Runs a command of the manifest; shows what goes wrong and never rejects. */
export type RunCommand = (id: CommandId, args: unknown[]) => Promise<void>;

/** The one place that registers commands. What runs them is loaded with the first one that is used. */
export function registerCommands(load: () => Promise<RunCommand>): vscode.Disposable {
  return vscode.Disposable.from(
    ...commands.map(({ id }) =>
      vscode.commands.registerCommand(id, async (...args: unknown[]) => {
        const run = await load();
        await run(id, args);
      }),
    ),
  );
}
