import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Janitor } from './createJanitor.ts';

export interface ToolResult {
  /** Null when a signal ended it. */
  exitCode: number | null;
  /** Standard output and error as they came, at most the last 64,000 characters. */
  output: string;
}

export interface ToolOptions {
  cwd: string;
  env?: NodeJS.ProcessEnv;
  /** Shows the tool's output as it comes instead of keeping it; `output` is then empty. */
  show?: boolean;
  /** Sees to it that the tool and all that it started end when this program does. */
  janitor?: Janitor;
}

const KEPT_CHARACTERS = 64_000;

/** Runs a program to its end, without a shell and with no standard input. Rejects only when it cannot be started. */
export function runTool(argv: readonly [string, ...string[]], options: ToolOptions): Promise<ToolResult> {
  const [file, ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: options.show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      detached: options.janitor !== undefined,
    });
    if (child.pid !== undefined) options.janitor?.endGroup(child.pid);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-KEPT_CHARACTERS);
      });
    }
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, output }));
  });
}

/** The argv that runs npm under the running Node: npm's own script when npm started us, else the `npm` of PATH. */
export function npmCommand(...args: string[]): [string, ...string[]] {
  const script = process.env.npm_execpath;
  return script === undefined ? ['npm', ...args] : [process.execPath, script, ...args];
}

/**
 * The environment for programs that belong to another folder than the checkout: what npm tells its scripts about *this* package
 * is taken out, what an editor's terminal tells about its editor too, and the running Node comes first on PATH.
 */
export function foreignEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_package_|npm_lifecycle_|npm_config_(local_prefix|dir)$|INIT_CWD$|VSCODE_|CODE_SERVER_|ELECTRON_)/.test(
        name,
      ),
  );
  const searched = `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH ?? ''}`;
  return { ...Object.fromEntries(kept), PATH: searched, ...extra };
}
