import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc';
import { type DiagnosisProgress, getDiagnosis, runDiagnosis } from '../../server/protocol/diagnosis.ts';
import { getHealth } from '../../server/protocol/health.ts';
import { BackendHome, waitUntil } from '../support/backendHome.ts';

let home: BackendHome;
beforeEach(async () => {
  home = await BackendHome.create();
});
afterEach(() => home.dispose());

const pidOf = async ({ backend }: ReturnType<BackendHome['open']>): Promise<number> =>
  (await backend.request(getHealth, {})).pid;

describe('starting the backend', () => {
  it('starts with the first request, and only then', async () => {
    const window = home.open();
    expect(window.backend.state).toEqual({ phase: 'stopped' });
    expect(home.processes()).toEqual([]);
    const pid = await pidOf(window);
    expect(home.processes()).toEqual([pid]);
    expect(window.backend.state).toMatchObject({ phase: 'running', httpPort: home.lock().httpPort });
    expect(window.phases).toEqual(['starting', 'running']);
  });

  it('shares one start among simultaneous calls of a window', async () => {
    const window = home.open();
    const pids = await Promise.all([pidOf(window), window.backend.start(), pidOf(window), pidOf(window)]);
    expect(new Set(pids.filter((pid) => pid !== undefined)).size).toBe(1);
    expect(window.phases).toEqual(['starting', 'running']);
  });

  it('lets two windows share one process', async () => {
    const [first, second] = [home.open(), home.open()];
    expect(await pidOf(first)).toBe(await pidOf(second));
    await first.backend.dispose();
    expect(await pidOf(second)).toBe(home.lock().pid);
  });

  it('makes one leader out of ten simultaneous starts', async () => {
    const windows = Array.from({ length: 10 }, () => home.open());
    const pids = await Promise.all(windows.map(pidOf));
    expect(new Set(pids).size).toBe(1);
    // Those that lost the election end by themselves.
    await waitUntil(() => home.processes().length === 1, 5_000);
    expect(windows.flatMap(({ errors }) => errors)).toEqual([]);
  });

  it('takes a stale lock file and a stale socket for no backend', async () => {
    const first = home.open({ lingerMs: 60_000 });
    const pid = await pidOf(first);
    const { nonce } = home.lock();
    await first.backend.dispose();
    // Killed like this, it leaves both behind.
    process.kill(pid, 'SIGKILL');
    await waitUntil(() => home.processes().length === 0, 2_000);
    expect(existsSync(home.lock().socket)).toBe(true);
    const second = home.open();
    expect(await pidOf(second)).not.toBe(pid);
    expect(home.lock().nonce).not.toBe(nonce);
    expect(second.phases).toEqual(['starting', 'running']);
  });

  it('never kills the process whose number a stale lock file names', async () => {
    const window = home.open();
    await mkdir(path.join(home.folder, 'run'), { recursive: true });
    const stale = { pid: process.pid, startedAt: new Date(0).toISOString(), protocolVersion: 1, serverVersion: '0' };
    await writeFile(home.lockFile, JSON.stringify({ ...stale, socket: path.join(home.folder, 'gone'), nonce: 'x' }));
    await window.backend.restart();
    expect(await pidOf(window)).not.toBe(process.pid);
  });

  it.each(['', 'not JSON', '{"pid":1}'])('starts in spite of the lock file %j', async (content) => {
    await mkdir(path.join(home.folder, 'run'), { recursive: true });
    await writeFile(home.lockFile, content);
    expect(await pidOf(home.open())).toBe(home.lock().pid);
  });

  it('is not fooled by another program on the socket that the lock file names', async () => {
    const first = home.open({ lingerMs: 60_000 });
    const pid = await pidOf(first);
    const lock = home.lock();
    await first.backend.dispose();
    process.kill(pid, 'SIGKILL');
    await waitUntil(() => home.processes().length === 0, 2_000);
    await rm(lock.socket);
    const stranger = createServer((socket) => socket.resume().end());
    await new Promise<void>((resolve) => stranger.listen(lock.socket, resolve));
    try {
      expect(await pidOf(home.open())).not.toBe(pid);
    } finally {
      await new Promise((resolve) => stranger.close(resolve));
    }
  });

  it('brings answers, progress and errors of the real backend', async () => {
    const { backend } = home.open();
    const workspace = path.join(home.folder, 'workspace');
    await mkdir(workspace);
    const steps: DiagnosisProgress[] = [];
    backend.onProgress('mine', (step) => steps.push(step));
    backend.onProgress('other', () => expect.unreachable());
    expect(await backend.request(getDiagnosis, { workspace })).toBeNull();
    const report = await backend.request(runDiagnosis, { workspace, progressToken: 'mine' });
    expect(report.workspace).toBe(workspace);
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.at(-1)?.total).toBeGreaterThan(0);
    await expect(backend.request(runDiagnosis, { workspace: path.join(workspace, 'no') })).rejects.toMatchObject({
      name: 'TektraError',
      code: 'workspace.unreadable',
    });
  });

  it('stops waiting for a start when the request is cancelled', async () => {
    const { backend } = home.open();
    const cancellation = new CancellationTokenSource();
    const request = backend.request(getHealth, {}, cancellation.token);
    cancellation.cancel();
    await expect(request).rejects.toMatchObject({ code: 'request.cancelled' });
    await backend.start();
    expect(backend.state.phase).toBe('running');
  });

  it('refuses requests after the goodbye', async () => {
    const window = home.open();
    await window.backend.start();
    await window.backend.dispose();
    expect(window.backend.state).toEqual({ phase: 'stopped' });
    await expect(pidOf(window)).rejects.toMatchObject({ code: 'backend.unavailable' });
  });

  it('leaves nothing behind when the window closes while it starts', async () => {
    const window = home.open();
    const starting = window.backend.start();
    await waitUntil(() => home.processes().length === 1, 2_000);
    const closed = window.backend.dispose();
    await expect(starting).rejects.toMatchObject({ code: 'backend.unavailable' });
    await closed;
    await waitUntil(() => home.processes().length === 0, 3_000);
  });
});

describe('a Node that is too old', () => {
  const simulated = { version: '20.0.0', napi: '9' };
  const systemNode = '/usr/bin/node';
  const found = existsSync(systemNode)
    ? spawnSync(systemNode, ['-p', 'process.versions.napi'], { encoding: 'utf8' }).stdout.trim()
    : '';
  const old = found !== '' && Number(found) < 10;

  it(`gets a clear message, ${old ? 'from the real one' : 'simulated, as there is none here'}`, async () => {
    let nodePath = systemNode;
    if (!old) {
      const preload = `Object.defineProperty(process,'versions',{value:{...process.versions,napi:'${simulated.napi}',node:'${simulated.version}'}})`;
      nodePath = path.join(home.folder, 'oldNode');
      const url = `data:text/javascript,${encodeURIComponent(preload)}`;
      await writeFile(nodePath, `#!/bin/sh\nexec '${process.execPath}' --import "${url}" "$@"\n`, { mode: 0o755 });
    }
    const window = home.open({ nodePath });
    await expect(window.backend.start()).rejects.toMatchObject({
      code: 'backend.unavailable',
      message: expect.stringContaining('too old: it needs Node 22.14 or newer'),
      action: expect.stringContaining('Update the editor'),
    });
    expect(window.backend.state).toMatchObject({ phase: 'failed', message: expect.stringContaining('22.14') });
    expect(window.errors).toHaveLength(1);
    expect(await window.backend.tailLog()).toContain('is too old');
  });
});
