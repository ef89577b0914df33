import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { BACKEND_FLAGS } from '../../server/protocol/backendFlags.ts';
import type { StatePaths } from '../../server/protocol/statePaths.ts';
import type { BackendExit } from './crashCause.ts';
import { backendEnvironment, type Environment } from './environment.ts';
import { readTail } from './readTail.ts';

export interface LaunchOptions {
  /** Absolute path of the built server/main.mjs. */
  serverModule: string;
  /** The program that runs it: Node, or an Electron that ELECTRON_RUN_AS_NODE turns into one. */
  nodePath: string;
  paths: StatePaths;
  environment: Environment;
}

export interface LaunchedBackend {
  /** Undefined when the process could not be started. */
  readonly pid: number | undefined;
  /** `performance.now()` of the start. */
  readonly startedAt: number;
  /** Resolves when the backend says that it listens; never rejects, and never resolves when it dies before. */
  readonly ready: Promise<void>;
  /** Resolves when the process is gone, however it went. Never rejects. */
  readonly exited: Promise<BackendExit>;
  /** Undefined while it runs. */
  readonly exit: BackendExit | undefined;
  /** Closes the life line: a backend that has no client ends at once, any other takes it for a hint. */
  release(): void;
}

/** Standard error keeps this much from earlier starts; more is cut off. Bytes. */
const MAX_ERROR_OUTPUT = 256 << 10;
/** How often a running backend's standard error is held to that bound. Milliseconds. */
const BOUND_EVERY_MS = 60_000;
/** Of what it wrote to standard error, the end names the cause. Bytes. */
const CAUSE_BYTES = 16 << 10;

/**
 * Starts the backend's process: the one place of the client that starts one. It outlives this window (other windows may
 * use it), but holds the reading end of a pipe of ours, so it knows when we are gone.
 * Never throws: a process that cannot be started has an `exit` that says why.
 */
export function launchBackend({ serverModule, nodePath, paths, environment }: LaunchOptions): LaunchedBackend {
  const startedAt = performance.now();
  let child: ChildProcessByStdio<Writable, Readable, null>;
  let before: number;
  try {
    const output = openErrorOutput(paths);
    before = output.size;
    try {
      // An own group and no shared terminal: Ctrl-C in the terminal that started the editor must not end it.
      child = spawn(nodePath, [...BACKEND_FLAGS, serverModule], {
        detached: true,
        windowsHide: true,
        cwd: paths.home,
        env: backendEnvironment(environment, paths.home),
        stdio: ['pipe', 'pipe', output.fd],
      }) as ChildProcessByStdio<Writable, Readable, null>;
    } finally {
      closeSync(output.fd);
    }
  } catch (error) {
    return neverStarted(startedAt, error instanceof Error ? error.message : String(error));
  }
  const bound = setInterval(() => boundErrorOutput(paths), BOUND_EVERY_MS).unref();
  const readiness = Promise.withResolvers<void>();
  const ending = Promise.withResolvers<BackendExit>();
  let exit: BackendExit | undefined;
  const end = async (how: Omit<BackendExit, 'errorOutput'>): Promise<void> => {
    clearInterval(bound);
    const errorOutput = await readTail(paths.errorOutput, CAUSE_BYTES, before).catch(String);
    exit ??= { ...how, errorOutput };
    ending.resolve(exit);
  };
  child.once('error', (error) => void end({ exitCode: null, signal: null, startError: error.message }));
  child.once('exit', (exitCode, signal) => void end({ exitCode, signal }));
  // Whole lines do not matter: it says one word, once.
  child.stdout.once('data', () => readiness.resolve());
  // A backend that died leaves a broken pipe; its exit says everything.
  for (const stream of [child.stdin, child.stdout]) stream.on('error', () => undefined);
  // None of this may hold up the end of the extension host.
  child.unref();
  // Node's pipes are sockets, which its types do not tell.
  for (const stream of [child.stdin, child.stdout]) (stream as unknown as { unref(): void }).unref();
  return {
    pid: child.pid,
    startedAt,
    ready: readiness.promise,
    exited: ending.promise,
    get exit() {
      return exit;
    },
    release: () => child.stdin.end(),
  };
}

/** Appends, since several windows may start one at the same time, and one of these becomes the backend. */
function openErrorOutput(paths: StatePaths): { fd: number; size: number } {
  mkdirSync(paths.run, { recursive: true, mode: 0o700 });
  const fd = openSync(paths.errorOutput, 'a', 0o600);
  if (fstatSync(fd).size > MAX_ERROR_OUTPUT) ftruncateSync(fd, 0);
  return { fd, size: fstatSync(fd).size };
}

function boundErrorOutput(paths: StatePaths): void {
  try {
    closeSync(openErrorOutput(paths).fd);
  } catch {
    // A full disk or a folder that was removed: the backend's own checks tell of it.
  }
}

function neverStarted(startedAt: number, startError: string): LaunchedBackend {
  const exit: BackendExit = { exitCode: null, signal: null, startError, errorOutput: '' };
  const never = new Promise<void>(() => undefined);
  return {
    pid: undefined,
    startedAt,
    ready: never,
    exited: Promise.resolve(exit),
    exit,
    release: () => undefined,
  };
}
