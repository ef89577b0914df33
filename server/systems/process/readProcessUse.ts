import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseProcStatus } from './parseProc.ts';
import {
  parseAllowedCores,
  parseOpenFilesLimit,
  parseProcIo,
  parseSchedstat,
  parseStatUse,
  writePosition,
} from './parseProcUse.ts';
import type { CpuTime, ProcessUse, ThreadUse, Transfer } from './processUse.ts';
import { readCgroup } from './readCgroup.ts';

/** Descriptors whose file is looked at; a program that holds more holds mostly sockets. */
const MAX_FILES = 256;
/** Threads that are looked at. */
const MAX_THREADS = 128;
/** Processes read before the event loop gets its turn. */
const BATCH = 100;
/** Files on these are no disk's. */
const NOT_ON_DISK = /^\/(?:proc|sys|dev)\//;

/** One reading of a process of Linux, from /proc below `root`; undefined when it is gone. */
export function readProcessUse(pid: number, root: string): ProcessUse | undefined {
  const folder = path.join(root, `proc/${pid}`);
  const stat = parseStatUse(readOrEmpty(`${folder}/stat`));
  if (stat === undefined) return undefined;
  const scheduled = parseSchedstat(readOrEmpty(`${folder}/task/${pid}/schedstat`));
  const descriptors = namesIn(`${folder}/fd`);
  const links = (descriptors ?? []).slice(0, MAX_FILES).flatMap((name) => linkOf(folder, name));
  const status = readOrEmpty(`${folder}/status`);
  const limits = parseOpenFilesLimit(readOrEmpty(`${folder}/limits`));
  return {
    pid,
    at: performance.now(),
    state: stat.state,
    cpuSeconds: stat.seconds,
    mainSeconds: scheduled?.ran,
    waitedSeconds: scheduled?.waited,
    threads: stat.threads,
    majorFaults: stat.majorFaults,
    allowedCores: parseAllowedCores(status),
    rssBytes: parseProcStatus(status).rssBytes,
    writtenBytes: parseProcIo(readOrEmpty(`${folder}/io`))?.writtenBytes,
    openFiles: descriptors?.length,
    openFilesLimit: limits.soft,
    openFilesHardLimit: limits.hard,
    cgroup: readCgroup(pid, root),
    socketShare: links.length === 0 ? undefined : links.filter(isSocket).length / links.length,
    writing: links.flatMap((link) => writtenFile(folder, link)),
  };
}

/** CPU seconds of every process so far; those that end meanwhile are left out. @throws the signal's reason when cancelled */
export function readCpuTimes(root: string, signal: AbortSignal): Promise<CpuTime[]> {
  return ofEveryProcess(root, signal, (pid, folder) => {
    const stat = parseStatUse(readOrEmpty(`${folder}/stat`));
    return stat ? { pid, name: stat.name, seconds: stat.seconds, core: stat.core } : undefined;
  });
}

/** What every process had read and written so far; other users' are hidden from all but root. @throws the signal's reason when cancelled */
export function readTransfers(root: string, signal: AbortSignal): Promise<Transfer[]> {
  return ofEveryProcess(root, signal, (pid, folder) => {
    const io = parseProcIo(readOrEmpty(`${folder}/io`));
    const stat = io && parseStatUse(readOrEmpty(`${folder}/stat`));
    return io && stat ? { pid, name: stat.name, ...io } : undefined;
  });
}

/** The threads of a process of Linux; empty when it is gone. */
export function readThreads(pid: number, root: string): ThreadUse[] {
  const tasks = path.join(root, `proc/${pid}/task`);
  return (namesIn(tasks) ?? []).slice(0, MAX_THREADS).flatMap((name) => {
    const state = parseStatUse(readOrEmpty(`${tasks}/${name}/stat`))?.state;
    const scheduled = parseSchedstat(readOrEmpty(`${tasks}/${name}/schedstat`));
    if (state === undefined || scheduled === undefined) return [];
    return [{ tid: Number(name), state, ranSeconds: scheduled.ran, waitedSeconds: scheduled.waited }];
  });
}

async function ofEveryProcess<T>(
  root: string,
  signal: AbortSignal,
  look: (pid: number, folder: string) => T | undefined,
): Promise<T[]> {
  const found: T[] = [];
  for (const [index, name] of (namesIn(path.join(root, 'proc')) ?? []).entries()) {
    if (!/^\d+$/.test(name)) continue;
    if (index % BATCH === BATCH - 1) await nextTurn();
    signal.throwIfAborted();
    const one = look(Number(name), path.join(root, 'proc', name));
    if (one !== undefined) found.push(one);
  }
  return found;
}

interface Descriptor {
  name: string;
  target: string;
}

function linkOf(folder: string, name: string): Descriptor[] {
  try {
    return [{ name, target: readlinkSync(`${folder}/fd/${name}`) }];
  } catch {
    return []; // closed meanwhile
  }
}

function isSocket({ target }: Descriptor): boolean {
  return target.startsWith('socket:');
}

/** The position tells as much as the size, and unlike it never waits for a dead file server. */
function writtenFile(folder: string, { name, target }: Descriptor): { path: string; position: number }[] {
  if (!target.startsWith('/') || NOT_ON_DISK.test(target)) return [];
  const position = writePosition(readOrEmpty(`${folder}/fdinfo/${name}`));
  return position === undefined ? [] : [{ path: target.replace(/ \(deleted\)$/, ''), position }];
}

function namesIn(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined; // another user's process, or it ended
  }
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it ended, or /proc hides it
  }
}
