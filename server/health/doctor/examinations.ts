import { constants } from 'node:fs';
import { access, mkdir, readFile } from 'node:fs/promises';
import type { Systems } from '../../diagnosis/systems.ts';
import { LockFile } from '../../protocol/handshake.ts';
import type { StatePaths } from '../../protocol/statePaths.ts';
import { runCommand } from '../../runtime/runCommand.ts';
import { watchProcess } from '../../runtime/watchedProcess.ts';
import type { DoctorExamination } from './doctor.ts';

export interface ExaminationParts {
  paths: StatePaths;
  systems: Systems;
  environment: Readonly<Record<string, string | undefined>>;
  /** Opens the state database read-only and returns what SQLite's quick_check says; undefined when there is none yet. */
  checkDatabase(): Promise<{ version: string; result: string } | undefined>;
  httpPort: number;
}

const REQUIRED_NODE_API = 10;
const LOW_DISK_BYTES = 200 << 20;
/** Below this the database cannot grow, and the backend does not start. */
const NO_DISK_BYTES = 1 << 20;
const WAIT_MS = 3_000;

/** Everything that `tektra doctor` looks at, in the order in which it is shown. What is optional and not there is `absent`. */
export function examinations(parts: ExaminationParts): DoctorExamination[] {
  const { paths, systems } = parts;
  return [
    {
      name: 'node',
      title: 'Node.js',
      timeoutMs: WAIT_MS,
      run: async () => {
        const api = Number(process.versions.napi ?? 0);
        const detail = `${process.versions.node}, Node-API ${api}`;
        return api >= REQUIRED_NODE_API
          ? { status: 'pass', detail }
          : { status: 'fail', detail, action: 'Use Node.js 22.14 or newer.' };
      },
    },
    {
      name: 'state',
      title: 'State folder',
      timeoutMs: WAIT_MS,
      run: async (signal) => {
        await mkdir(paths.home, { recursive: true, mode: 0o700 });
        await access(paths.home, constants.W_OK);
        const { availableBytes } = await systems.host.filesystemOf(paths.home, signal);
        const free = `${(availableBytes / 2 ** 30).toFixed(1)} GiB free`;
        return availableBytes < LOW_DISK_BYTES
          ? {
              status: availableBytes < NO_DISK_BYTES ? 'fail' : 'warn',
              detail: `${paths.home}, ${free}`,
              action: 'Free some space on this disk.',
            }
          : { status: 'pass', detail: `${paths.home}, writable, ${free}` };
      },
    },
    {
      name: 'database',
      title: 'Database',
      timeoutMs: WAIT_MS,
      run: async () => {
        const answer = await parts.checkDatabase();
        if (!answer) return { status: 'pass', detail: 'none yet; the first start makes it' };
        return answer.result === 'ok'
          ? { status: 'pass', detail: `SQLite ${answer.version}, checked` }
          : {
              status: 'fail',
              detail: answer.result,
              action: 'Restart the backend: it sets a corrupt database aside and begins a new one.',
            };
      },
    },
    { name: 'backend', title: 'Backend', timeoutMs: WAIT_MS, run: async () => describeBackend(paths) },
    {
      name: 'port',
      title: `HTTP port ${parts.httpPort}`,
      timeoutMs: WAIT_MS,
      run: (signal) => examinePort(parts, signal),
    },
    { name: 'docker', title: 'Docker', timeoutMs: WAIT_MS, run: (signal) => examineDocker(parts, signal) },
    { name: 'gpu', title: 'GPU', timeoutMs: WAIT_MS, run: examineGpu },
    {
      name: 'model',
      title: 'Language model',
      timeoutMs: WAIT_MS,
      run: async () => ({
        status: 'absent',
        detail: 'this version brings no model runtime; every finding and fix works without one',
      }),
    },
  ];
}

async function readLockFile(paths: StatePaths): Promise<LockFile | undefined> {
  try {
    return LockFile.safeParse(JSON.parse(await readFile(paths.lockFile, 'utf8'))).data;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function describeBackend(
  paths: StatePaths,
): Promise<{ status: 'pass' | 'warn'; detail: string; action?: string }> {
  const lock = await readLockFile(paths);
  if (!lock) return { status: 'pass', detail: 'not running; it starts when something needs it' };
  if (!watchProcess(lock.pid).isAlive())
    return {
      status: 'pass',
      detail: `not running; the last one (pid ${lock.pid}) left its lock file, and the next start takes it over`,
    };
  const other = lock.serverVersion === TEKTRA_VERSION ? '' : `, version ${lock.serverVersion}`;
  return {
    status: other === '' ? 'pass' : 'warn',
    detail: `runs as pid ${lock.pid}${lock.httpPort === undefined ? '' : `, HTTP on ${lock.httpPort}`}${other}`,
    ...(other === '' ? {} : { action: 'Reload the editor windows so that all use one version.' }),
  };
}

async function examinePort(
  { systems, httpPort, paths }: ExaminationParts,
  signal: AbortSignal,
): Promise<{ status: 'pass' | 'warn'; detail: string; action?: string }> {
  const [sockets, lock] = await Promise.all([systems.network.listeners(signal), readLockFile(paths)]);
  const holder = sockets.find((socket) => socket.port === httpPort);
  if (!holder) return { status: 'pass', detail: 'free' };
  if (lock && holder.pid === lock.pid) return { status: 'pass', detail: `held by Tektra's backend (pid ${lock.pid})` };
  const owner =
    holder.pid === undefined
      ? undefined
      : (await systems.processes.list(signal)).find((candidate) => candidate.pid === holder.pid);
  return {
    status: 'warn',
    detail: `held by ${owner ? `${owner.name} (pid ${owner.pid})` : 'another process'}; the backend takes the next free port`,
    action: 'Nothing to do, unless something expects Tektra on this port.',
  };
}

async function examineDocker(
  { environment }: ExaminationParts,
  signal: AbortSignal,
): Promise<{ status: 'pass' | 'warn' | 'absent'; detail: string; action?: string }> {
  const closed = 'the sandbox stays closed until it is there, and nothing runs on the host instead';
  const outcome = await runCommand(['docker', 'version', '--format', '{{.Server.Version}}'], {
    timeoutMs: WAIT_MS - 500,
    signal,
  });
  if (outcome.kind === 'notInstalled') return { status: 'absent', detail: `not installed; ${closed}` };
  if (outcome.kind === 'exited' && outcome.exitCode === 0)
    return { status: 'pass', detail: `engine ${outcome.stdout.trim()}` };
  const text = outcome.kind === 'exited' ? outcome.stderr : 'no answer';
  if (/permission denied/i.test(text))
    return {
      status: 'warn',
      detail: `the engine's socket may not be used by this user; ${closed}`,
      action: 'Add your user to the docker group, or use rootless Docker.',
    };
  return {
    status: 'absent',
    detail: `no engine answers${environment.DOCKER_HOST === undefined ? '' : ' at DOCKER_HOST'}; ${closed}`,
  };
}

async function examineGpu(signal: AbortSignal): Promise<{ status: 'pass' | 'warn' | 'absent'; detail: string }> {
  const outcome = await runCommand(
    ['nvidia-smi', '--query-gpu=name,memory.total,driver_version', '--format=csv,noheader'],
    { timeoutMs: WAIT_MS - 500, signal },
  );
  if (outcome.kind === 'notInstalled')
    return { status: 'absent', detail: 'no NVIDIA driver; nothing in this version needs one' };
  if (outcome.kind === 'exited' && outcome.exitCode === 0)
    return { status: 'pass', detail: outcome.stdout.trim().split('\n').join('; ') };
  return {
    status: 'warn',
    detail:
      outcome.kind === 'exited' ? (outcome.stdout + outcome.stderr).trim().slice(0, 200) : 'nvidia-smi does not answer',
  };
}
