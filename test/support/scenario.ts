import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSystems } from '../../server/composeSystems.ts';
import { createDiagnosis } from '../../server/diagnosis/createDiagnosis.ts';
import type { DiagnosisReport, DiagnosisRequest } from '../../server/protocol/diagnosis.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { noteIncident } from './noteIncident.ts';

export interface RunOptions {
  env?: Record<string, string>;
  /** Output is appended to this file of the workspace. */
  log?: string;
  /** Folder to run in, relative to the workspace or absolute. */
  cwd?: string;
  uid?: number;
}

/** A workspace in a temporary folder in which real programs run and really fail. */
export interface Scenario {
  workspace: string;
  /** A folder beside the workspace, for what a developer would not keep in it. */
  outside: string;
  write(files: Record<string, string>): Promise<void>;
  /** Runs a program to its end (at most 10 s) and returns its exit code; 'killed' when it had to be stopped. */
  run(argv: readonly [string, ...string[]], options?: RunOptions): Promise<number | 'killed'>;
  /** Starts a program that stays; it ends with the scenario. */
  start(
    argv: readonly [string, ...string[]],
    options?: RunOptions,
  ): Promise<{ pid: number; stop(signal?: NodeJS.Signals): Promise<void> }>;
  /** Waits until a file of the workspace holds a text: a service's log, its mark. */
  until(file: string, text: string): Promise<void>;
  /** Diagnoses the workspace with the real systems. */
  diagnose(request?: Partial<DiagnosisRequest>, environment?: Record<string, string>): Promise<DiagnosisReport>;
  /** Called at the end, last first. */
  onDispose(dispose: () => Promise<void> | void): void;
  dispose(): Promise<void>;
}

export async function createScenario(): Promise<Scenario> {
  const base = await mkdtemp(path.join(tmpdir(), 'tektra-scenario-'));
  const workspace = path.join(base, 'workspace');
  const outside = path.join(base, 'outside');
  await mkdir(workspace);
  await mkdir(outside);
  const disposals: (() => Promise<void> | void)[] = [];

  const launch = async (argv: readonly [string, ...string[]], { env = {}, log, cwd = '', uid }: RunOptions) => {
    const [file, ...args] = argv;
    const logFile = path.resolve(workspace, log ?? '../output.log');
    await mkdir(path.dirname(logFile), { recursive: true });
    const output = await open(logFile, 'a');
    const child = spawn(file, args, {
      cwd: path.resolve(workspace, cwd),
      // A service gets its own environment, not the test runner's.
      env: { PATH: process.env.PATH, HOME: tmpdir(), LANG: 'C.UTF-8', ...env },
      stdio: ['ignore', output.fd, output.fd],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    const ended = new Promise<number | 'killed'>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 'killed'));
    });
    ended.finally(() => output.close()).catch(() => undefined);
    return { child, ended };
  };

  const scenario: Scenario = {
    workspace,
    outside,
    async write(files) {
      for (const [name, content] of Object.entries(files)) {
        const file = path.join(workspace, name);
        await mkdir(path.dirname(file), { recursive: true });
        await writeFile(file, content);
      }
    },
    async run(argv, options = {}) {
      const { child, ended } = await launch(argv, options);
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      return ended.finally(() => clearTimeout(timer));
    },
    async start(argv, options = {}) {
      const { child, ended } = await launch(argv, options);
      const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
        child.kill(signal);
        const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
        await ended.catch(() => undefined);
        clearTimeout(timer);
      };
      disposals.push(() => stop());
      return { pid: child.pid as number, stop };
    },
    async until(file, text) {
      const end = Date.now() + 15_000;
      while (!(await readFile(path.resolve(workspace, file), 'utf8').catch(() => '')).includes(text)) {
        if (Date.now() > end) throw new Error(`${file} never held "${text}"`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async diagnose(request = {}, environment = {}) {
      const report = await createDiagnosis({ systems: createSystems(), environment, clock: systemClock }).run(
        { workspace, ...request },
        { signal: new AbortController().signal },
      );
      noteIncident(report);
      return report;
    },
    onDispose: (dispose) => {
      disposals.push(dispose);
    },
    async dispose() {
      for (const dispose of disposals.reverse()) await dispose();
      await rm(base, { recursive: true, force: true });
    },
  };
  return scenario;
}

/** Waits until something listens on a loopback port. */
export async function untilListening(port: number, timeoutMs = 10_000, address = '127.0.0.1'): Promise<void> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const listening = await new Promise<boolean>((resolve) => {
      const socket = connect(port, address);
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (listening) return;
    if (Date.now() > end) throw new Error(`nothing listens on ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Log lines of normal work, `minutesAgo` … now, one every `stepSeconds`. */
export function quietLog(
  count: number,
  options: { minutesAgo: number; stepSeconds?: number; line?: (index: number) => string },
): string {
  const start = Date.now() - options.minutesAgo * 60_000;
  const step = (options.stepSeconds ?? (options.minutesAgo * 60) / (count + 1)) * 1000;
  return Array.from(
    { length: count },
    (_, index) =>
      `${new Date(start + index * step).toISOString()} INFO  ${options.line?.(index) ?? `GET /items/${index} 200 ${index % 40}ms`}\n`,
  ).join('');
}
