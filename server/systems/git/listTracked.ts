import { stat } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../../runtime/runCommand.ts';
import type { TrackedAnswer } from './git.ts';

/** 100 000 paths of 80 signs. */
const MAX_OUTPUT = 8 << 20;

/** `git ls-files`. @throws the signal's reason when cancelled */
export async function listTracked(
  folder: string,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<TrackedAnswer> {
  if (!(await liesInRepository(folder))) return { kind: 'noRepository' };
  // A repository's own configuration may name programs to run (fsmonitor, hooks): none of them is.
  const safe = ['--no-optional-locks', '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null'];
  const outcome = await runCommand(['git', ...safe, '-C', folder, 'ls-files', '-z', '--cached'], {
    ...options,
    maxOutput: MAX_OUTPUT,
  });
  if (outcome.kind === 'notInstalled') return { kind: 'notInstalled' };
  if (outcome.kind === 'timedOut') return { kind: 'timedOut', because: 'git did not answer in time' };
  if (outcome.exitCode !== 0 && !outcome.truncated) {
    const because = outcome.stderr.split('\n')[0]?.slice(0, 200) ?? '';
    return /not a git repository/.test(because) ? { kind: 'noRepository' } : { kind: 'refused', because };
  }
  return { kind: 'tracked', files: outcome.stdout.split('\0').filter((file) => file !== '') };
}

/** Spares a process where there is no repository; a worktree has a file of that name. */
async function liesInRepository(folder: string): Promise<boolean> {
  for (let current = folder; ; current = path.dirname(current)) {
    const found = await stat(path.join(current, '.git')).catch(() => undefined);
    if (found) return true;
    if (path.dirname(current) === current) return false;
  }
}
