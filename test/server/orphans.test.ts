import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BackendHome, backendModule, processesOf } from '../support/backendHome.ts';
import { productRoot } from '../support/locations.ts';
import { requireSystem } from '../support/requireSystem.ts';

const ROUNDS = 50;
/** Rounds at the same time; more would measure the machine. */
const AT_ONCE = 4;
/** The parent dies within this time after it began to start the backend. Milliseconds. */
const LATEST_KILL_MS = 1_500;
/** Then nothing of ours may be left. Milliseconds. */
const GONE_MS = 3_000;

interface Round {
  killedAfterMs: number;
  /** Whether the window was connected when it was killed. */
  connected: boolean;
  /** Processes of its state folder at the kill, the parent aside, and 3 s later. */
  before: number;
  left: string[];
}

/** Starts the backend from a process that is then killed. @param editor what that process says of its editor */
async function killParent(killedAfterMs: number, editor: 'self' | 'alive'): Promise<Round> {
  const home = await BackendHome.create();
  try {
    const script = path.join(productRoot, 'test/support/backendParent.ts');
    const workspace = path.join(productRoot, 'test/fixtures/demo');
    const editorPid = editor === 'self' ? editor : String(process.pid);
    const parent = spawn(process.execPath, [script, home.folder, backendModule, workspace, editorPid], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(parent, 'exit');
    const lines = createInterface({ input: parent.stdout });
    let connected = false;
    const starting = Promise.withResolvers<void>();
    lines.on('line', (line) => {
      if (line === 'starting') starting.resolve();
      connected ||= line === 'running';
    });
    await Promise.race([starting.promise, exited]);
    await delay(killedAfterMs);
    const before = processesOf(home.folder).length;
    const round = { killedAfterMs, connected, before };
    parent.kill('SIGKILL');
    // Not sooner than that: a process between fork and exec does not bear its environment yet and would be overlooked.
    await Promise.all([exited, delay(GONE_MS)]);
    return { ...round, left: processesOf(home.folder).map(String) };
  } finally {
    await home.dispose();
  }
}

describe.skipIf(!requireSystem('linux').available)('a window that is killed while it starts the backend', () => {
  it(`leaves no process behind, ${ROUNDS} of ${ROUNDS} times`, { timeout: 300_000 }, async () => {
    const rounds: Round[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      for (let index = next++; index < ROUNDS; index = next++) {
        // Random within its own fiftieth of the time, so that no stretch of the start is left out.
        const killedAfterMs = ((index + Math.random()) / ROUNDS) * LATEST_KILL_MS;
        rounds.push(await killParent(killedAfterMs, index % 2 === 0 ? 'alive' : 'self'));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    expect(rounds).toHaveLength(ROUNDS);
    expect(rounds.filter(({ left }) => left.length > 0)).toEqual([]);
    // The kills fell on both sides of the connection, and mostly on a backend that was there.
    expect(rounds.filter(({ before }) => before > 0).length).toBeGreaterThan(ROUNDS / 2);
    expect(rounds.filter(({ connected }) => !connected).length).toBeGreaterThan(2);
    expect(rounds.filter(({ connected }) => connected).length).toBeGreaterThan(2);
  });
});
