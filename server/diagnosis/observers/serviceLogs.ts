import path from 'node:path';
import { type LogKind, logKindOf } from '../../logs/logKind.ts';
import { parseRecords } from '../../logs/parseRecords.ts';
import type { LogRecord } from '../../logs/record.ts';
import { stackFramesOf } from '../../logs/stackFrames.ts';
import { defineObserver } from '../observer.ts';
import { readCommand } from '../targets/commandLine.ts';
import type { ServiceTarget } from '../targets/target.ts';
import { services } from './targets.ts';
import { listing } from './workspaceFiles.ts';

/** The end of one log file, as records. */
export interface WorkspaceLog {
  /** Relative to the workspace when inside it, else absolute. */
  file: string;
  kind: LogKind;
  records: LogRecord[];
  modifiedAt: Date;
  /** Line numbers are those of the file; false when the file is too large to count its lines. */
  numbered: boolean;
}

export interface ServiceLogs {
  /** By service name. */
  byService: Map<string, WorkspaceLog[]>;
  /** Logs of databases, caches and proxies. */
  others: WorkspaceLog[];
  /** Logs that could not be read as text, with the reason. */
  unreadable: { file: string; because: string }[];
}

const LOG_FILE = /(?:\.log|\.out|\.err|(?:^|\/)logs?\/[^/]+\.(?:txt|jsonl?|ndjson))$/i;
const MAX_LOGS = 40;
const MAX_RECORDS_BYTES = 384 * 1024;

/** The workspace's logs, each given to the service that wrote it. */
export const serviceLogs = defineObserver<ServiceLogs>({
  id: 'workspace.logs',
  label: 'logs',
  timeoutMs: 4_000,
  observe: async ({ systems, workspace, extraLogs, signal, use }) => {
    const [{ files }, list] = await Promise.all([use(listing), use(services)]);
    const candidates = [
      ...new Set([
        ...extraLogs,
        ...files.filter((file) => LOG_FILE.test(file)).map((file) => path.join(workspace, file)),
      ]),
    ].slice(0, MAX_LOGS);
    const logs: WorkspaceLog[] = [];
    const unreadable: ServiceLogs['unreadable'] = [];
    await Promise.all(
      candidates.map(async (absolute) => {
        const file = relativeTo(workspace, absolute);
        const result = await systems.files.tail(absolute, { signal, maxBytes: MAX_RECORDS_BYTES });
        if (result.kind === 'text') {
          const { lines, firstLine, modifiedAt } = result.tail;
          logs.push({
            file,
            kind: logKindOf(lines),
            records: parseRecords(lines, firstLine ?? 1),
            modifiedAt,
            numbered: firstLine !== undefined,
          });
        } else if (result.kind === 'binary') unreadable.push({ file, because: 'it is binary, not text' });
        else if (result.kind === 'unreadable') unreadable.push({ file, because: result.because });
        else if (extraLogs.includes(absolute)) unreadable.push({ file, because: 'there is no such file' });
      }),
    );
    logs.sort((a, b) => (a.file < b.file ? -1 : 1));
    const byService = new Map<string, WorkspaceLog[]>(list.map((service) => [service.name, []]));
    const others: WorkspaceLog[] = [];
    for (const log of logs) {
      const owner =
        log.kind === 'application'
          ? ownerOf(log, list, extraLogs.includes(path.resolve(workspace, log.file)))
          : undefined;
      if (owner) byService.get(owner.name)?.push(log);
      else others.push(log);
    }
    return { byService, others, unreadable };
  },
});

function relativeTo(workspace: string, absolute: string): string {
  const relative = path.relative(workspace, absolute);
  return relative.startsWith('..') || path.isAbsolute(relative) ? absolute : relative.split(path.sep).join('/');
}

/** The service whose name, folder, entry or stack frames the log shows; the only service takes what no other claims. */
function ownerOf(log: WorkspaceLog, list: readonly ServiceTarget[], named: boolean): ServiceTarget | undefined {
  const scored = list.map((service) => ({ service, score: scoreOf(log, service) })).sort((a, b) => b.score - a.score);
  const best = scored[0];
  if (!best) return undefined;
  const unambiguous = best.score > 0 && best.score > (scored[1]?.score ?? 0);
  if (unambiguous) return best.service;
  const inFolder = list.filter((service) => service.folder !== '' && log.file.startsWith(`${service.folder}/`));
  if (inFolder.length === 1) return inFolder[0];
  if (list.length === 1) return best.service;
  return named || best.score > 0 ? best.service : undefined;
}

function scoreOf(log: WorkspaceLog, service: ServiceTarget): number {
  const stem = path.posix
    .basename(log.file)
    .replace(/\.(?:log|out|err|txt|jsonl?|ndjson)$/gi, '')
    .toLowerCase();
  const tokens = new Set(stem.split(/[^a-z0-9]+/).filter((token) => token.length > 1));
  const names = [service.name, ...service.aliases, readCommand(service.command?.text ?? '').entry ?? ''].map((name) =>
    name.toLowerCase(),
  );
  let score = 0;
  if (names.includes(stem)) score += 10;
  if (names.some((name) => name.split(/[^a-z0-9]+/).some((token) => token.length > 2 && tokens.has(token)))) score += 5;
  if (service.folder !== '' && log.file.startsWith(`${service.folder}/`)) score += 6;
  const crash = log.records.findLast((record) => record.crash);
  if (
    crash &&
    service.folder !== '' &&
    stackFramesOf(crash.text).some((frame) => frame.path.includes(`/${service.folder}/`))
  )
    score += 4;
  return score;
}
