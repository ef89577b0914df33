// The janitor's own process; see createJanitor.ts. It reads one JSON object a line and acts when its input ends.
import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { cacheFolder, TEMPORARY_PREFIX } from './locations.ts';

/** How long a process may take to end by itself. Milliseconds. */
const GRACE_MS = 2_000;

const groups: number[] = [];
const folders: string[] = [];

// A terminal sends these to whole groups; this process is in its own, but a user may still press twice.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

for await (const line of createInterface({ input: process.stdin })) {
  const told = JSON.parse(line) as { group?: number; folder?: string };
  if (told.group !== undefined) groups.unshift(told.group);
  if (told.folder !== undefined) folders.unshift(told.folder);
}

for (const group of groups) signalGroup(group, 'SIGTERM');
const deadline = Date.now() + GRACE_MS;
while (groups.some(isAlive) && Date.now() < deadline) await delay(25);
for (const group of groups) signalGroup(group, 'SIGKILL');
while (groups.some(isAlive) && Date.now() < deadline + GRACE_MS) await delay(25);
for (const folder of folders) {
  if (isOurs(folder)) await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** A last look before something is removed: only temporary folders and parts of the cache that bear our names. */
function isOurs(folder: string): boolean {
  const parent = path.dirname(folder);
  const name = path.basename(folder);
  return (
    (parent === os.tmpdir() && name.startsWith(TEMPORARY_PREFIX)) ||
    (parent === cacheFolder() && name.includes('.part-'))
  );
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  if (process.platform === 'win32') {
    // Windows has no process groups; the tree below the process is the nearest thing.
    spawnSync('taskkill', ['/PID', String(group), '/T', '/F'], { stdio: 'ignore' });
    return;
  }
  try {
    process.kill(-group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function isAlive(group: number): boolean {
  try {
    process.kill(process.platform === 'win32' ? group : -group, 0);
    return true;
  } catch {
    return false;
  }
}
