import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Janitor } from './createJanitor.ts';
import { demoHistory } from './demoHistory.ts';
import { freePort } from './freePort.ts';
import { productRoot } from './locations.ts';

export interface Demo {
  /** Absolute path of the service's folder, `…/shop-api`: what the user opens. */
  workspace: string;
  /** The port that shop-api wants. */
  port: number;
  /** The process that listens on it: the forgotten preview, or shop-api itself when it is well. */
  holderPid: number;
}

/**
 * Makes a real broken service in a temporary folder: shop-api cannot bind its port since the preview server of another folder
 * holds it. Its crash is produced by starting it, twice. Its log also holds an older, louder trouble that is over: the inventory
 * service was down yesterday, and answers today. Throws when the fault does not show as meant.
 */
export async function createDemoIncident(janitor: Janitor): Promise<Demo> {
  const { root, workspace, port, log } = await prepare(janitor);
  const holderPid = await startServer(janitor, port, path.join(root, 'old-preview'), ['preview.js', String(port)]);
  for (let run = 0; run < 2; run += 1) {
    const exitCode = await startShop(workspace, log).exited;
    if (exitCode === 0) throw new Error('shop-api should have crashed, but ended with exit code 0');
  }
  const text = await readFile(log, 'utf8');
  if (!text.includes(`EADDRINUSE: address already in use 127.0.0.1:${port}`)) {
    throw new Error(`shop-api crashed, but not over its port:\n${text.slice(-2_000)}`);
  }
  return { workspace, port, holderPid };
}

/** The same service with its port free, started and serving. */
export async function createHealthyDemo(janitor: Janitor): Promise<Demo> {
  const { workspace, port, log } = await prepare(janitor);
  const shop = startShop(workspace, log);
  janitor.endGroup(shop.pid);
  await waitForPort(port);
  return { workspace, port, holderPid: shop.pid };
}

/** Copies the folders, chooses the ports, starts the inventory service and writes the log's past. */
async function prepare(janitor: Janitor): Promise<{ root: string; workspace: string; port: number; log: string }> {
  const root = await janitor.makeFolder('demo');
  await cp(path.join(productRoot, 'test/fixtures/demo'), root, { recursive: true });
  const workspace = path.join(root, 'shop-api');
  const log = path.join(workspace, 'logs/shop-api.log');
  const port = await freePort();
  const inventoryPort = await freePort();
  const inventoryUrl = `http://127.0.0.1:${inventoryPort}`;
  await startServer(janitor, inventoryPort, path.join(root, 'inventory'), ['inventory.js', String(inventoryPort)]);
  await writeFile(path.join(workspace, '.env'), `PORT=${port}\nINVENTORY_URL=${inventoryUrl}\n`);
  await mkdir(path.dirname(log), { recursive: true });
  await writeFile(log, demoHistory({ now: new Date(), inventoryUrl }));
  return { root, workspace, port, log };
}

/** Starts a server of the fixtures in its own process group and waits until it listens. Returns its pid. */
async function startServer(janitor: Janitor, port: number, cwd: string, argv: string[]): Promise<number> {
  const child = spawn('node', argv, { cwd, env: serviceEnvironment(), detached: true, stdio: 'ignore' });
  await once(child, 'spawn');
  const pid = child.pid as number;
  janitor.endGroup(pid);
  child.unref();
  await waitForPort(port);
  return pid;
}

/** Runs what `npm start` of shop-api runs, with its output appended to its log. `exited` gives the exit code. */
function startShop(workspace: string, log: string): { pid: number; exited: Promise<number | null> } {
  const output = openSync(log, 'a');
  const child = spawn('node', ['--env-file=.env', 'src/server.js'], {
    cwd: workspace,
    env: serviceEnvironment(),
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  return { pid: child.pid as number, exited: once(child, 'close').then(([code]) => code as number | null) };
}

/** Nothing of ours reaches the demo's services but the way to the Node that runs them. */
function serviceEnvironment(): NodeJS.ProcessEnv {
  const folder = path.dirname(process.execPath);
  return { PATH: `${folder}${path.delimiter}${process.env.PATH ?? ''}` };
}

async function waitForPort(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await accepts(port)) return;
    await delay(50);
  }
  throw new Error(`nothing listens on 127.0.0.1:${port} after 10 s`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(socket.destroy() !== undefined));
    socket.once('error', () => resolve(false));
  });
}
