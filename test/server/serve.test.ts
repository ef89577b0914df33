import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runDiagnosis } from '../../server/protocol/diagnosis.ts';
import { freePort } from '../support/freePort.ts';
import { productRoot, tektraCli } from '../support/locations.ts';
import { openRpcWindow } from '../support/openRpcWindow.ts';

const KILLED_WINDOWS = 10;

/** The built backend, in the foreground, among windows that behave badly. */
describe('the running backend', () => {
  let folder: string;
  let home: string;
  let port: number;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    if (!existsSync(tektraCli)) throw new Error('dist is missing: run npm run build');
    folder = await mkdtemp(path.join(await realpath(tmpdir()), 'tektra-serve-'));
    home = path.join(folder, 'state');
    port = await freePort();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  });

  /** Starts a program and waits for the first thing that it says. */
  const start = async (argv: string[]): Promise<ChildProcess> => {
    const child = spawn(process.execPath, argv, {
      env: { ...process.env, TEKTRA_HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    let errors = '';
    child.stderr?.on('data', (chunk) => (errors += chunk));
    const died = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`it ended with ${code ?? signal} before it said anything: ${errors}`);
    });
    died.catch(() => undefined);
    await Promise.race([new Promise((resolve) => child.stdout?.once('data', resolve)), died]);
    return child;
  };
  const serve = (): Promise<ChildProcess> => start([tektraCli, 'serve', '--port', String(port)]);

  it(`goes on for the other windows when ${KILLED_WINDOWS} are killed in the middle of a diagnosis`, async () => {
    await writeFile(path.join(folder, 'package.json'), '{ "scripts": { "start": "node server.js" } }');
    const backend = await serve();
    const steady = await openRpcWindow(home);
    const busyWindow = path.join(productRoot, 'test/support/busyWindow.ts');
    for (let round = 0; round < KILLED_WINDOWS; round++) {
      const window = await start([busyWindow, home, folder]);
      await delay(Math.random() * 40);
      window.kill('SIGKILL');
      await once(window, 'exit');
    }
    await delay(200);
    expect([backend.exitCode, backend.signalCode]).toEqual([null, null]);
    const report = await steady.sendRequest(runDiagnosis.method, { workspace: folder });
    expect(report).toMatchObject({ workspace: folder });
    steady.dispose();
  });

  it('ends within a second on SIGTERM while a window is connected, and leaves neither socket nor lock file', async () => {
    const backend = await serve();
    const window = await openRpcWindow(home);
    const begin = performance.now();
    backend.kill('SIGTERM');
    const [code] = await once(backend, 'exit');
    expect(performance.now() - begin).toBeLessThan(1_000);
    expect(code).toBe(0);
    expect(await readdir(path.join(home, 'run'))).toEqual(['backend.lock']);
    window.dispose();
  });

  it('starts over a corrupt database, keeps the old one, and says so in its health', async () => {
    const first = await serve();
    first.kill('SIGTERM');
    await once(first, 'exit');
    await writeFile(path.join(home, 'state.db'), 'no longer a database '.repeat(400));
    await serve();
    const answer = await fetch(`http://127.0.0.1:${port}/health/storage`);
    expect(await answer.json()).toMatchObject({ component: 'storage', status: 'warn' });
    expect((await readdir(home)).filter((name) => name.startsWith('state.db.corrupt-'))).toHaveLength(1);
  });
});
