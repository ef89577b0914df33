import path from 'node:path';
import type { Change } from '../protocol/diagnosis.ts';
import { TektraError } from '../protocol/errors.ts';
import { runCommand } from '../runtime/runCommand.ts';
import { prepareFile, restoreFile, writeFileChange } from './fileChange.ts';
import type { Reversal } from './fixJournal.ts';

/** An installation of packages is the longest that a fix runs. */
const COMMAND_MS = 10 * 60_000;
const OUTPUT_CHARACTERS = 4_000;

/** Runs one statement on the database behind a target of the workspace. */
export type RunStatement = (
  target: string,
  statement: string,
  options: { database: string | undefined; signal: AbortSignal },
) => Promise<{ kind: 'done' } | { kind: 'failed'; because: string }>;

export interface ChangeContext {
  workspace: string;
  runStatement: RunStatement;
  signal: AbortSignal;
}

/** A change that is ready to be made, with how it is taken back. */
export interface ReadyChange {
  reversal: Reversal;
  /** @returns what it printed. @throws Error, with the reason for a person */
  make(): Promise<string>;
}

/** The one place that changes the machine. Each kind of change: what takes it back, then the change itself. */
export async function readyChange(change: Change, context: ChangeContext): Promise<ReadyChange> {
  switch (change.kind) {
    case 'edit':
    case 'create': {
      const prepared = await prepareFile(context.workspace, change);
      return {
        reversal: prepared.reversal,
        make: async () => {
          await writeFileChange(context.workspace, prepared);
          return '';
        },
      };
    }
    case 'command':
      return {
        reversal: change.undo ? { kind: 'command', argv: change.undo, cwd: change.cwd } : { kind: 'none' },
        make: () => runArgv(change.argv, change.cwd, context),
      };
    case 'container':
      return {
        reversal:
          change.action === 'restart'
            ? { kind: 'none' }
            : {
                kind: 'container',
                action: change.action === 'start' ? 'stop' : 'start',
                container: change.container,
              },
        make: () => runArgv(['docker', change.action, change.container], undefined, context),
      };
    case 'sql':
      return {
        reversal:
          change.undo === undefined
            ? { kind: 'none' }
            : { kind: 'sql', target: change.target, statement: change.undo, database: change.database },
        make: () => runSql(change.target, change.statement, change.database, context),
      };
  }
}

/** Takes one change back. @returns whether there was a way to. @throws Error, with the reason for a person */
export async function reverse(reversal: Reversal, context: ChangeContext): Promise<boolean> {
  switch (reversal.kind) {
    case 'file':
      await restoreFile(context.workspace, reversal);
      return true;
    case 'command':
      await runArgv(reversal.argv, reversal.cwd, context);
      return true;
    case 'container':
      await runArgv(['docker', reversal.action, reversal.container], undefined, context);
      return true;
    case 'sql':
      await runSql(reversal.target, reversal.statement, reversal.database, context);
      return true;
    case 'none':
      return false;
  }
}

async function runArgv(argv: readonly string[], cwd: string | undefined, { workspace, signal }: ChangeContext) {
  const [file, ...args] = argv;
  if (file === undefined) throw new TektraError('fix.refused', 'The fix names no program.', { audience: 'log' });
  const folder = path.resolve(workspace, cwd ?? '.');
  if (path.relative(workspace, folder).startsWith('..'))
    throw new TektraError('fix.refused', `${cwd} lies outside of the folder, so nothing is run there.`);
  const outcome = await runCommand([file, ...args], { timeoutMs: COMMAND_MS, signal, cwd: folder });
  if (outcome.kind === 'notInstalled') throw new Error(`${file} is not installed`);
  if (outcome.kind === 'timedOut') throw new Error(`${file} did not end within ${COMMAND_MS / 60_000} minutes`);
  const output = `${outcome.stdout}\n${outcome.stderr}`.trim().slice(-OUTPUT_CHARACTERS);
  if (outcome.exitCode !== 0)
    throw new Error(`${file} ended with exit code ${outcome.exitCode}${output === '' ? '' : `: ${lastLine(output)}`}`);
  return output;
}

async function runSql(
  target: string,
  statement: string,
  database: string | undefined,
  { runStatement, signal }: ChangeContext,
): Promise<string> {
  const outcome = await runStatement(target, statement, { database, signal });
  if (outcome.kind === 'failed') throw new Error(`${target} refused the statement: ${outcome.because}`);
  return '';
}

function lastLine(text: string): string {
  return text.slice(text.lastIndexOf('\n') + 1);
}
