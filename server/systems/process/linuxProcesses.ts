import { closeSync, openSync, read, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseBootTime, parseCmdline, parseEnvironNames, parseProcStat, parseProcStatus } from './parseProc.ts';
import type { ProcessFacts } from './processes.ts';

/** Processes read before the event loop gets its turn: about 3 ms of work. */
const BATCH = 50;

/** Longer command lines are cut; Java's class paths come near to it. */
const CMDLINE_BYTES = 16 * 1024;

/**
 * All processes in /proc by rising pid. Those that end meanwhile are left out.
 * `stat`, `status` and `cwd` come from the kernel's own memory and are read synchronously (20 times faster than through the thread
 * pool); `cmdline` reads the memory of the process, which can block on a stuck one, so that one read is asynchronous.
 * @throws the signal's reason when cancelled
 */
export async function listLinuxProcesses(signal: AbortSignal): Promise<ProcessFacts[]> {
  const bootTime = parseBootTime(readOrUndefined('/proc/stat') ?? '');
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const pending: Promise<ProcessFacts | undefined>[] = [];
  for (const [i, pid] of pids.entries()) {
    if (i % BATCH === BATCH - 1) await nextTurn();
    signal.throwIfAborted();
    pending.push(readProcess(pid, bootTime));
  }
  const found = await Promise.all(pending);
  signal.throwIfAborted();
  return found.filter((facts) => facts !== undefined).sort((a, b) => a.pid - b.pid);
}

/** Names of the variables a process was started with; undefined when it is gone or another user's. */
export async function readLinuxEnvironmentNames(pid: number, signal: AbortSignal): Promise<Set<string> | undefined> {
  try {
    return parseEnvironNames(await readFile(`/proc/${pid}/environ`, { encoding: 'utf8', signal }));
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

async function readProcess(pid: string, bootTime: Date | undefined): Promise<ProcessFacts | undefined> {
  const stat = parseProcStat(readOrUndefined(`/proc/${pid}/stat`) ?? '');
  if (stat === undefined) return undefined;
  const { uid, rssBytes } = parseProcStatus(readOrUndefined(`/proc/${pid}/status`) ?? '');
  const isKernelThread = rssBytes === undefined && stat.state !== 'Z';
  const argv = isKernelThread ? [] : parseCmdline(await readCmdline(pid));
  return {
    pid: stat.pid,
    ppid: stat.ppid,
    name: programName(stat.name, argv),
    argv,
    cwd: isKernelThread ? undefined : readCwd(pid),
    uid,
    startedAt: bootTime === undefined ? undefined : new Date(bootTime.getTime() + stat.startSeconds * 1000),
    rssBytes,
    state: stat.state,
  };
}

/** Node.js 24 names its main thread "MainThread", which /proc then tells of the process; its program is what a person knows. */
function programName(name: string, [program]: readonly string[]): string {
  return name === 'MainThread' && program !== undefined ? path.basename(program) : name;
}

/** One read without FileHandle or stat: a fifth of the time of `readFile`, and there are hundreds of them. */
function readCmdline(pid: string): Promise<string> {
  return new Promise((resolve) => {
    let descriptor: number;
    try {
      descriptor = openSync(`/proc/${pid}/cmdline`, 'r');
    } catch {
      resolve(''); // the process ended
      return;
    }
    read(descriptor, Buffer.allocUnsafe(CMDLINE_BYTES), 0, CMDLINE_BYTES, 0, (error, length, bytes) => {
      closeSync(descriptor);
      resolve(error ? '' : bytes.toString('utf8', 0, length));
    });
  });
}

function readOrUndefined(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // the process ended, or /proc hides it
  }
}

function readCwd(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined; // another user's process, or a zombie
  }
}
