import type { Readable } from 'node:stream';
import { execa } from 'execa';

export type CommandOutcome =
  /** `truncated`: it wrote more than it may; it was ended, and what it had written is kept. */
  | { kind: 'exited'; exitCode: number; stdout: string; stderr: string; durationMs: number; truncated?: boolean }
  | { kind: 'notInstalled' }
  | { kind: 'timedOut'; durationMs: number };

/**
 * The one place that starts a child process in the backend: fixed argv, no shell, no stdin, bounded output (1 MiB, or `maxOutput` characters), killed on abort or timeout.
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
