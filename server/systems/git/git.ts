import { listTracked } from './listTracked.ts';

export type TrackedAnswer =
  /** Paths relative to the folder that was asked, with '/'. */
  | { kind: 'tracked'; files: string[] }
  | { kind: 'notInstalled' | 'noRepository' }
  | { kind: 'refused' | 'timedOut'; because: string };

/** The repository that a folder lies in, read-only; nothing that its configuration names is run. */
export interface Git {
  /** What the index of the repository holds below the folder. */
  trackedFiles(folder: string, options: { timeoutMs: number; signal: AbortSignal }): Promise<TrackedAnswer>;
}

export function createGit(): Git {
  return { trackedFiles: listTracked };
}
