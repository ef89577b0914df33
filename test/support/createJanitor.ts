import { spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { TEMPORARY_PREFIX } from './locations.ts';

/** Ends what a program started and removes what it made, even when the program itself is killed. */
export interface Janitor {
  /** Makes a folder `tektra-<name>-XXXXXX` below the temporary folder; it goes when the janitor does its work. */
  makeFolder(name: string): Promise<string>;
  /** Registers a half-made folder of the cache (`….part-N`) that must not outlive the program. */
  removePart(folder: string): void;
  /** Registers a process that was spawned with `detached: true`: it ends together with all that it started. */
  endGroup(pid: number): void;
  /** Does the work now; resolves when no registered process and no folder is left. */
  dispose(): Promise<void>;
}

/**
 * Starts the janitor: a process of its own session that holds the reading end of our pipe. When the pipe closes, which the
 * kernel sees to however we end (Ctrl-C, a closed terminal, SIGKILL), it ends the processes and then removes the folders.
 * The orderly way out takes the same path, so that it is tried at every run.
 */
export function createJanitor(): Janitor {
  const script = path.join(path.dirname(fileURLToPath(import.meta.url)), 'janitorProcess.ts');
  const child = spawn(process.execPath, [script], { detached: true, stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.unref();
  child.stdin.on('error', () => undefined); // A janitor that somebody killed must not take the program along.
  const tell = (line: object): void => void child.stdin.write(`${JSON.stringify(line)}\n`);

  return {
    async makeFolder(name) {
      const folder = await mkdtemp(path.join(os.tmpdir(), `${TEMPORARY_PREFIX}${name}-`));
      tell({ folder });
      return folder;
    },
    removePart: (folder) => tell({ folder }),
    endGroup: (pid) => tell({ group: pid }),
    async dispose() {
      child.ref();
      child.stdin.end();
      await ended;
    },
  };
}
