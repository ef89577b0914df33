import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { execa } from 'execa';
import { environment } from './environment.ts';

export type CommandOutcome =
  /** `truncated`: it wrote more than it may; it was ended, and what it had written is kept. */
  | { kind: 'exited'; exitCode: number; stdout: string; stderr: string; durationMs: number; truncated?: boolean }
  | { kind: 'notInstalled' }
  | { kind: 'timedOut'; durationMs: number };

/**
 * This file is the one place that starts child processes in the backend. Runs one to its end: fixed argv, no shell, no stdin, bounded output (1 MiB, or `maxOutput` characters), killed on abort or timeout.
 * @throws the signal's reason when cancelled
 */
export async function runCommand(
  argv: readonly [string, ...string[]],
  options: { timeoutMs: number; signal: AbortSignal; cwd?: string; maxOutput?: number },
): Promise<CommandOutcome> {
  const [file, ...args] = argv;
  const running = execa(file, args, {
    reject: false,
    stdin: 'ignore',
    timeout: options.timeoutMs,
    cancelSignal: options.signal,
    forceKillAfterDelay: 200,
    maxBuffer: options.maxOutput ?? 1 << 20,
    env: { LC_ALL: 'C' },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const release = releasePipes(running, options);
  const result = await running.finally(release);
  if (result.isCanceled) throw options.signal.reason;
  if (result.timedOut) return { kind: 'timedOut', durationMs: result.durationMs };
  if (result.code === 'ENOENT') return { kind: 'notInstalled' };
  return {
    kind: 'exited',
    exitCode: result.exitCode ?? -1,
    stdout: result.stdout,
    stderr: result.stderr,
    durationMs: result.durationMs,
    ...(result.isMaxBuffer ? { truncated: true } : {}),
  };
}

/** How long after its end a program's output is still waited for. */
const LAST_OUTPUT_MS = 500;

/** A program that it started in turn (a login plugin, say) may outlive it and hold its pipes: they are let go of. */
function releasePipes(
  { stdout, stderr }: { stdout: Readable; stderr: Readable },
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): () => void {
  const letGo = (): void => {
    stdout.destroy();
    stderr.destroy();
  };
  const timers = [setTimeout(letGo, timeoutMs + LAST_OUTPUT_MS)];
  const onAbort = (): void => {
    timers.push(setTimeout(letGo, LAST_OUTPUT_MS));
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return () => {
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  };
}

export type StreamEnd = { kind: 'exited'; exitCode: number } | { kind: 'notInstalled' } | { kind: 'cancelled' };

/** A program that runs for as long as it likes and is read while it does. */
export interface StreamedCommand {
  /** Both must be read to their ends, or the program waits. */
  stdout: Readable;
  stderr: Readable;
  /** Never rejects; settles when the program is gone. */
  ended: Promise<StreamEnd>;
}

/**
 * Starts a program whose output is read as it comes, of any size: fixed argv, no shell, no stdin. It is ended on abort,
 * and with this process; on Linux also when this process, or the thread that called, dies without a word.
 */
export function streamCommand(argv: readonly [string, ...string[]], options: { signal: AbortSignal }): StreamedCommand {
  const tie = tieToThread();
  const program = tie.length === 0 ? argv[0] : findProgram(argv[0]);
  if (program === undefined) {
    return { stdout: Readable.from([]), stderr: Readable.from([]), ended: Promise.resolve({ kind: 'notInstalled' }) };
  }
  const [file, ...args] = [...tie, program, ...argv.slice(1)] as [string, ...string[]];
  const running = execa(file, args, {
    reject: false,
    stdin: 'ignore',
    buffer: false,
    cancelSignal: options.signal,
    forceKillAfterDelay: 200,
    env: { LC_ALL: 'C' },
  });
  const letGo = (): void => {
    running.stdout.destroy();
    running.stderr.destroy();
  };
  options.signal.addEventListener('abort', letGo, { once: true });
  const ended = running.then((result): StreamEnd => {
    options.signal.removeEventListener('abort', letGo);
    if (result.isCanceled) return { kind: 'cancelled' };
    if (result.code === 'ENOENT') return { kind: 'notInstalled' };
    return { kind: 'exited', exitCode: result.exitCode ?? -1 };
  });
  return { stdout: running.stdout, stderr: running.stderr, ended };
}

/** The kernel ends a program when the thread that started it dies: `setpriv --pdeathsig` of util-linux, where that is. */
function tieToThread(): string[] {
  const setpriv = process.platform === 'linux' ? findProgram('setpriv') : undefined;
  // BusyBox has a setpriv of that name, but not of that option.
  if (setpriv === undefined || path.basename(realpathSync(setpriv)) !== 'setpriv') return [];
  return [setpriv, '--pdeathsig', 'KILL', '--'];
}

function findProgram(name: string): string | undefined {
  return (environment.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return statSync(file).isFile();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === undefined) throw error;
        return false;
      }
    });
}
