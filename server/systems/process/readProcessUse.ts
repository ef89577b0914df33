import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseProcStatus } from './parseProc.ts';
import { parseOpenFilesLimit, parseSchedstat, parseStatUse, writePosition } from './parseProcUse.ts';
import type { CpuTime, ProcessUse } from './processUse.ts';
import { readCgroup } from './readCgroup.ts';

/** Descriptors whose file is looked at; a program that holds more holds mostly sockets. */
const MAX_FILES = 256;
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
  return {
    pid,
    at: performance.now(),
    state: stat.state,
    cpuSeconds: stat.seconds,
    mainSeconds: scheduled?.ran,
    waitedSeconds: scheduled?.waited,
    threads: stat.threads,
    rssBytes: parseProcStatus(readOrEmpty(`${folder}/status`)).rssBytes,
    openFiles: descriptors?.length,
    openFilesLimit: parseOpenFilesLimit(readOrEmpty(`${folder}/limits`)),
    cgroup: readCgroup(pid, root),
    writing: (descriptors ?? []).slice(0, MAX_FILES).flatMap((name) => writtenFile(folder, name)),
  };
}

/** CPU seconds of every process so far; those that end meanwhile are left out. @throws the signal's reason when cancelled */
export async function readCpuTimes(root: string, signal: AbortSignal): Promise<CpuTime[]> {
  const times: CpuTime[] = [];
  for (const [index, name] of (namesIn(path.join(root, 'proc')) ?? []).entries()) {
    if (!/^\d+$/.test(name)) continue;
    if (index % BATCH === BATCH - 1) await nextTurn();
    signal.throwIfAborted();
    const stat = parseStatUse(readOrEmpty(path.join(root, 'proc', name, 'stat')));
    if (stat) times.push({ pid: Number(name), name: stat.name, seconds: stat.seconds });
  }
  return times;
}

/** The position tells as much as the size, and unlike it never waits for a dead file server. */
function writtenFile(folder: string, name: string): { path: string; position: number }[] {
  try {
    const target = readlinkSync(`${folder}/fd/${name}`);
    if (!target.startsWith('/') || NOT_ON_DISK.test(target)) return [];
    const position = writePosition(readFileSync(`${folder}/fdinfo/${name}`, 'utf8'));
    return position === undefined ? [] : [{ path: target.replace(/ \(deleted\)$/, ''), position }];
  } catch {
    return []; // closed meanwhile
  }
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
