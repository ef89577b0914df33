import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runDiagnosis } from '../../server/protocol/diagnosis.ts';
import { getHealth } from '../../server/protocol/health.ts';
import { setSettings } from '../../server/protocol/settings.ts';
import { BackendHome, failingBackend, type OpenedBackend, waitUntil } from '../support/backendHome.ts';

/** From the kill to the next answer. Milliseconds. */
const USABLE_AGAIN_MS = 1_500;
/** What of it is not the start itself: noticing, the delay before the first attempt, the handshake; and some air. */
const BESIDES_START_MS = 900;

let home: BackendHome;
beforeEach(async () => {
  home = await BackendHome.create();
});
afterEach(() => home.dispose());

const pidOf = async ({ backend }: OpenedBackend): Promise<number> => (await backend.request(getHealth, {})).pid;
const running = ({ backend }: OpenedBackend): boolean => backend.state.phase === 'running';

/** Node with so small a heap that a test can fill it. */
async function smallHeapNode(): Promise<string> {
  const file = path.join(home.folder, 'smallHeapNode');
  await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' --max-old-space-size=24 "$@"\n`, { mode: 0o755 });
  return file;
}

/** Kills the process and waits until the windows have noticed. */
async function kill(pid: number, ...windows: OpenedBackend[]): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await waitUntil(() => !windows.some(running), 1_000);
}

describe('a backend that is killed', () => {
  it('is usable again within 1.5 s, with no request needed to start it', async () => {
    const window = home.open();
    const startedAt = performance.now();
    const pid = await pidOf(window);
    const startMs = performance.now() - startedAt;
    const killedAt = performance.now();
    await kill(pid, window);
    await waitUntil(() => running(window), 5_000);
    const next = await pidOf(window);
    // A machine that is busy with other things takes longer for any start, this one's first included.
    expect(performance.now() - killedAt).toBeLessThan(Math.max(USABLE_AGAIN_MS, startMs + BESIDES_START_MS));
    expect(next).not.toBe(pid);
    expect(window.phases).toEqual(['starting', 'running', 'starting', 'running']);
    expect(window.errors).toEqual([]);
  });

  it('comes back once for all windows, whoever started it', async () => {
    const windows = [home.open(), home.open(), home.open()];
    for (const window of windows) await window.backend.start();
    await kill(home.lock().pid, ...windows);
    const pids = await Promise.all(windows.map(pidOf));
    expect(new Set(pids).size).toBe(1);
    for (const { phases } of windows) expect(phases).toEqual(['starting', 'running', 'starting', 'running']);
    await waitUntil(() => home.processes().length === 1, 5_000);
  });

  it('comes back for the window that did not start it, when the starter is closed', async () => {
    const [starter, other] = [home.open(), home.open()];
    const pid = await pidOf(starter);
    await other.backend.start();
    await starter.backend.dispose();
    await kill(pid, other);
    expect(await pidOf(other)).not.toBe(pid);
  });

  it('rejects what waited for its answer, as worth another try', async () => {
    const window = home.open();
    const pid = await pidOf(window);
    // Frozen, so that the request is certainly unanswered when the kill comes.
    process.kill(pid, 'SIGSTOP');
    const request = window.backend.request(runDiagnosis, { workspace: home.folder });
    const rejected = expect(request).rejects.toMatchObject({ code: 'backend.unavailable', retryable: true });
    await delay(50);
    process.kill(pid, 'SIGKILL');
    await rejected;
  });

  it('hears first what is sent at the change of its state, ahead of requests that wait', async () => {
    const { backend } = home.open();
    const order: string[] = [];
    const sent = Promise.withResolvers<void>();
    backend.onDidChangeState(({ phase }) => {
      if (phase !== 'running') return;
      void backend.request(setSettings, { diagnosis: { timeoutSeconds: 7 } }).then(() => {
        order.push('settings');
        sent.resolve();
      });
    });
    await backend.request(getHealth, {}).then(() => order.push('request'));
    await sent.promise;
    expect(order).toEqual(['settings', 'request']);
  });
});

describe('a restart', () => {
  it('replaces the process, also for the other windows', async () => {
    const [window, other] = [home.open(), home.open()];
    const pid = await pidOf(window);
    await other.backend.start();
    await Promise.all([window.backend.restart(), window.backend.restart()]);
    const next = await pidOf(window);
    expect(next).not.toBe(pid);
    expect(await pidOf(other)).toBe(next);
    expect(window.phases).toEqual(['starting', 'running', 'starting', 'running']);
    // Both windows started one; the process that lost the election ends by itself.
    await waitUntil(() => home.processes().length === 1, 5_000);
    expect(home.processes()).toEqual([next]);
  });

  it('ends a backend that hangs and that this window never reached', async () => {
    const starter = home.open();
    const pid = await pidOf(starter);
    process.kill(pid, 'SIGSTOP');
    const window = home.open();
    await window.backend.restart();
    expect(await pidOf(window)).not.toBe(pid);
    expect(home.processes()).not.toContain(pid);
  });

  it('is one whole start when the backend does not run', async () => {
    const window = home.open();
    await window.backend.restart();
    expect(running(window)).toBe(true);
    expect(window.phases).toEqual(['starting', 'running']);
  });
});

describe('a backend that cannot stay alive', () => {
  it.each([
    ['throws', 'the frobnicator is not a function', 'Show Log'],
    ['outOfMemory', 'ran out of memory', 'Close programs'],
    ['illegalInstruction', 'processor instruction', 'platform'],
    ['missingFile', 'A file of Tektra', 'Reinstall'],
  ])('%s: stops at the second crash, with one message that names the cause', async (name, cause, step) => {
    const window = home.open({ serverModule: failingBackend(name), nodePath: await smallHeapNode() });
    const starts = [window.backend.start(), window.backend.start(), window.backend.request(getHealth, {})];
    for (const result of await Promise.allSettled(starts))
      expect(result).toMatchObject({
        status: 'rejected',
        reason: {
          code: 'backend.unavailable',
          message: expect.stringContaining(cause),
          action: expect.stringContaining(step),
        },
      });
    expect(window.errors).toHaveLength(1);
    expect(window.backend.state).toMatchObject({ phase: 'failed', message: expect.stringContaining(cause) });
    expect(window.phases).toEqual(['starting', 'failed']);
    await delay(1_000);
    expect(window.backend.state.phase).toBe('failed');
    expect(home.processes()).toEqual([]);
  });

  it('is given one more attempt, not a new budget, when it is asked again', async () => {
    const window = home.open({ serverModule: failingBackend('throws') });
    await expect(window.backend.start()).rejects.toThrow('frobnicator');
    const startedAt = performance.now();
    await expect(pidOf(window)).rejects.toThrow('frobnicator');
    // Without a delay between crashes there was but one start.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(window.errors).toHaveLength(2);
    expect((await window.backend.tailLog()).match(/TypeError: the frobnicator/g)).toHaveLength(3);
  });

  it('is usable after one crash at its start', async () => {
    const window = home.open({ serverModule: failingBackend('flaky') });
    expect(await pidOf(window)).toBe(home.lock().pid);
    expect(window.phases).toEqual(['starting', 'running']);
    expect(window.errors).toEqual([]);
  });

  it('comes back with a restart by the user once its trouble is over', async () => {
    const environment = { ...process.env, TEKTRA_LINGER_MS: '500', TEST_CRASHES: '2' };
    const window = home.open({ serverModule: failingBackend('flaky'), environment });
    await expect(window.backend.start()).rejects.toThrow('not yet');
    await window.backend.restart();
    expect(await pidOf(window)).toBe(home.lock().pid);
    expect(window.phases).toEqual(['starting', 'failed', 'starting', 'running']);
  });

  it('names a program that cannot be started', async () => {
    const window = home.open({ nodePath: path.join(home.folder, 'noNode') });
    await expect(window.backend.start()).rejects.toThrow(/could not be started: .*ENOENT/);
  });

  it('names a state folder that cannot be used', async () => {
    const occupied = path.join(home.folder, 'file');
    await writeFile(occupied, 'not a folder');
    const window = home.open({ home: occupied });
    await expect(window.backend.start()).rejects.toThrow('state folder cannot be written');
    expect(await window.backend.tailLog()).toBe('');
  });
});
