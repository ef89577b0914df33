import path from 'node:path';
import { parseRecords } from '../../logs/present/parseRecords.ts';
import type { LogRecord } from '../../logs/present/record.ts';
import type { ProcessFacts } from '../../systems/process/processes.ts';
import type { Observation } from '../observer.ts';
import type { ProxyTarget } from '../targets/target.ts';
import { prefixOf } from './proxyProcess.ts';
import { serviceLogs, type WorkspaceLog } from './serviceLogs.ts';
import { type LogEntry, serviceStates } from './serviceStates.ts';

/** A busy proxy writes gigabytes: only the end is read. */
const LOG_BYTES = 256 * 1024;
/** Where the usual builds write when the configuration names no error log. */
const DEFAULT_LOGS = ['logs/error.log', '/var/log/nginx/error.log'];

export interface ProxyLogs {
  /** Warnings and errors, oldest first in each file. */
  errors: LogEntry[];
  accesses: LogRecord[];
}

/** What one proxy wrote: the files that its configuration names, what stands in the workspace, and its container's output. */
export async function proxyLogs(
  { config }: ProxyTarget,
  process: ProcessFacts | undefined,
  run: Observation,
): Promise<ProxyLogs> {
  const [logs, states] = await Promise.all([run.use(serviceLogs), run.use(serviceStates)]);
  const prefix = process && prefixOf(process);
  const bases = [
    ...(prefix === undefined ? [] : [prefix]),
    path.join(run.workspace, path.dirname(config.file)),
    run.workspace,
  ];
  const written = (kind: 'error' | 'access'): string[] =>
    config.logs.filter((log) => log.kind === kind).map((log) => log.path);
  const named = written('error');
  const [errors, accesses] = await Promise.all([
    readAll(named.length > 0 || !process ? named : DEFAULT_LOGS, bases, run),
    readAll(written('access'), bases, run),
  ]);
  const known = new Set([...errors, ...accesses].map(({ file }) => file));
  const others = logs.others.filter(({ kind, file }) => (kind === 'nginx' || kind === 'access') && !known.has(file));
  // One that a Procfile starts writes into the log of that service.
  const ofServices = states
    .flatMap(({ logs: own }) => own.map(({ log }) => log))
    .filter(({ file }) => !known.has(file));
  return {
    errors: [...errors, ...others, ...ofServices].flatMap((log) =>
      log.records
        .filter(({ level }) => level === 'error' || level === 'fatal' || level === 'warn')
        .map((record) => ({ log, record })),
    ),
    accesses: [...accesses, ...others].flatMap(({ records }) => records),
  };
}

/** Relative ones against the prefix that it runs with, its own folder, or the workspace: the first that is there. */
async function readAll(
  written: readonly string[],
  bases: readonly string[],
  { systems, workspace, signal }: Observation,
): Promise<WorkspaceLog[]> {
  const found: WorkspaceLog[] = [];
  for (const name of new Set(written)) {
    if (/^(?:std(?:err|out)$|syslog:|memory:|off$|\/dev\/)|\$/.test(name)) continue;
    for (const absolute of new Set(bases.map((base) => path.resolve(base, name)))) {
      const answer = await systems.files.tail(absolute, { signal, maxBytes: LOG_BYTES });
      if (answer.kind !== 'text') continue;
      const { lines, firstLine, modifiedAt } = answer.tail;
      const relative = path.relative(workspace, absolute);
      const file = relative.startsWith('..') ? absolute : relative.split(path.sep).join('/');
      if (!found.some((log) => log.file === file))
        found.push({
          file,
          kind: 'nginx',
          records: parseRecords(lines, firstLine ?? 1),
          modifiedAt,
          numbered: firstLine !== undefined,
        });
      break;
    }
  }
  return found;
}
