import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Backend, type BackendOptions } from '../../client/backend/backend.ts';
import { LockFile } from '../../server/protocol/handshake.ts';
import type { BackendState } from '../../server/protocol/health.ts';
import { buildProduct } from './buildProduct.ts';
import { productRoot, TEMPORARY_PREFIX } from './locations.ts';
import { openPlainTransport } from './openPlainTransport.ts';

/** The built backend. */
export const backendModule = path.join(productRoot, 'dist/server/main.mjs');

/** Processes of the fixture in place of the backend; each fails in one way. */
export function failingBackend(name: string): string {
  return path.join(productRoot, 'test/fixtures/backends', `${name}.mjs`);
}

export type OpenOptions = Partial<BackendOptions> & { lingerMs?: number };

/** A client as a window has it, and what it said meanwhile. */
export interface OpenedBackend {
  backend: Backend;
  /** Every phase in the order in which they came, repetitions left out. */
  phases: BackendState['phase'][];
  errors: string[];
}

/** A state folder of a test's own, and all that runs on it. */
export class BackendHome {
  readonly folder: string;
  readonly #backends: Backend[] = [];

  static async create(): Promise<BackendHome> {
    if (!existsSync(backendModule)) await buildProduct();
    return new BackendHome(await mkdtemp(path.join(os.tmpdir(), `${TEMPORARY_PREFIX}home-`)));
  }

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** One more window; nothing is started yet. By default its backend goes half a second after the last goodbye. */
  open({ lingerMs = 500, ...options }: OpenOptions = {}): OpenedBackend {
    const phases: BackendState['phase'][] = [];
    const errors: string[] = [];
    const backend = new Backend({
      serverModule: backendModule,
      nodePath: process.execPath,
      home: this.folder,
      clientName: 'test',
      clientVersion: '0.0.0',
      openTransport: openPlainTransport,
      log: { info: () => undefined, warn: () => undefined, error: (message) => void errors.push(message) },
      environment: { ...process.env, TEKTRA_LINGER_MS: String(lingerMs) },
      ...options,
    });
    backend.onDidChangeState(({ phase }) => phases.at(-1) !== phase && phases.push(phase));
    this.#backends.push(backend);
    return { backend, phases, errors };
  }

  get lockFile(): string {
    return path.join(this.folder, 'run/backend.json');
  }

  lock(): LockFile {
    return LockFile.parse(JSON.parse(readFileSync(this.lockFile, 'utf8')));
  }

  /** Every living process of this state folder, by its environment (Linux); zombies have none. */
  processes(): number[] {
    return processesOf(this.folder);
  }

  /** Says goodbye, ends what is left, removes the folder. */
  async dispose(): Promise<void> {
    await Promise.all(this.#backends.map((backend) => backend.dispose()));
    for (const pid of this.processes()) process.kill(pid, 'SIGKILL');
    await waitUntil(() => this.processes().length === 0, 2_000);
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

/** Every living process whose environment names this state folder. Linux. */
export function processesOf(folder: string): number[] {
  const wanted = `TEKTRA_HOME=${folder}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => environmentOf(pid).includes(wanted))
    .map(Number);
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    // It ended meanwhile.
    return [];
  }
}

/** Polls until it holds. @returns the milliseconds that it took. @throws Error after `withinMs` */
export async function waitUntil(holds: () => boolean | Promise<boolean>, withinMs: number): Promise<number> {
  const startedAt = performance.now();
  while (!(await holds())) {
    if (performance.now() - startedAt > withinMs) throw new Error(`Not within ${withinMs} ms: ${holds.toString()}`);
    await delay(10);
  }
  return performance.now() - startedAt;
}
