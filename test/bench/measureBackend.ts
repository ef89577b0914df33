import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { BACKEND_FLAGS } from '../../server/protocol/backendFlags.ts';
import { type HandshakeOptions, LockFile } from '../../server/protocol/handshake.ts';
import { PROTOCOL_VERSION } from '../../server/protocol/protocolVersion.ts';
import { createJanitor, type Janitor } from '../support/createJanitor.ts';
import { productRoot } from '../support/locations.ts';
import { type Measure, median } from './measure.ts';

const STARTS = 5;

/** After this time nothing of the start goes on any more. Milliseconds. */
const IDLE_AFTER_MS = 5_000;

/** From spawn to an answered handshake, and what the idle process holds in memory. */
export async function measureBackend(): Promise<Measure[]> {
  const ready: number[] = [];
  let residentBytes: number | undefined;
  for (let start = 0; start < STARTS; start += 1) {
    const last = start === STARTS - 1;
    const result = await startOnce(last ? IDLE_AFTER_MS : 0);
    ready.push(result.readyMs);
    if (last) residentBytes = result.residentBytes;
  }
  const remark = `median of ${STARTS}, highest ${Math.max(...ready).toFixed(0)}`;
  const idle = residentBytes === undefined ? undefined : residentBytes / 1e6;
  return [
    { title: 'backend ready after spawn', unit: 'ms', limit: 600, value: median(ready), remark },
    { title: 'backend idle, resident', unit: 'MB', limit: 120, value: idle, remark: `after ${IDLE_AFTER_MS / 1000} s` },
  ];
}

async function startOnce(idleMs: number): Promise<{ readyMs: number; residentBytes: number | undefined }> {
  const janitor = createJanitor();
  try {
    const { connection, pid, readyMs } = await startMeasuredBackend(janitor);
    await delay(idleMs);
    const residentBytes = await residentMemory(pid);
    connection.dispose();
    return { readyMs, residentBytes };
  } finally {
    await janitor.dispose();
  }
}

/** A backend of its own, with a window connected; it ends with the janitor. */
export async function startMeasuredBackend(
  janitor: Janitor,
): Promise<{ connection: MessageConnection; pid: number; readyMs: number }> {
  const home = await janitor.makeFolder('home');
  const started = performance.now();
  const child = spawn(process.execPath, [...BACKEND_FLAGS, path.join(productRoot, 'dist/server/main.mjs')], {
    env: { ...process.env, TEKTRA_HOME: home },
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await once(child, 'spawn');
  const pid = child.pid as number;
  janitor.endGroup(pid);
  const lock = await readLock(path.join(home, 'run/backend.json'), started + 10_000);
  const socket = connect(lock.socket);
  const connection = createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket));
  connection.onDispose(() => socket.destroy());
  connection.listen();
  const initializationOptions: HandshakeOptions = {
    protocolVersion: PROTOCOL_VERSION,
    nonce: lock.nonce,
    client: { name: 'bench', version: '0', pid: process.pid },
  };
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
    initializationOptions,
  });
  return { connection, pid, readyMs: performance.now() - started };
}

/** The lock file, as soon as it stands; it is written in one rename, so a file that can be read is whole. */
async function readLock(file: string, deadline: number): Promise<LockFile> {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return LockFile.parse(JSON.parse(text));
    if (performance.now() > deadline) throw new Error('the backend wrote no lock file in 10 s');
    await delay(5);
  }
}

/** Resident bytes of a process; undefined where there is no /proc. */
export async function residentMemory(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}
