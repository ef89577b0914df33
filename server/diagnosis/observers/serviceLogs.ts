import path from 'node:path';
import { type LogKind, logKindOf } from '../../logs/present/logKind.ts';
import { parseRecords } from '../../logs/present/parseRecords.ts';
import type { LogRecord } from '../../logs/present/record.ts';
import { splitByService } from '../../logs/present/splitByService.ts';
import { stackFramesOf } from '../../logs/present/stackFrames.ts';
import { defineObserver } from '../observer.ts';
import { readCommand } from '../targets/commandLine.ts';
import type { ServiceTarget } from '../targets/target.ts';
import { containerLogs } from './containerLogs.ts';
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
/** Logs of tools and of other times: what they say is not the state of a service. */
const NOT_A_SERVICE_LOG =
  /(?:^|\/)(?:docs?|examples?|samples?|fixtures?|tests?|__tests__|specs?|archived?|old|backups?)\/|(?:^|\/)(?:npm-debug|yarn-error|yarn-debug|lerna-debug|pnpm-debug|pip|install|build|compile|test|tests|pytest|jest|coverage|lint|deploy|backup|bench|playwright|chromedriver|geckodriver|hs_err)[\w.-]*$/i;
const MAX_LOGS = 40;
const MAX_RECORDS_BYTES = 384 * 1024;
/** How many records at the end are looked through for the name of who wrote them. */
const NAMED_SAMPLE = 200;

/** The workspace's logs, each given to the service that wrote it. */
export const serviceLogs = defineObserver<ServiceLogs>({
  id: 'workspace.logs',
  label: 'logs',
  timeoutMs: 12_000,
  observe: async ({ systems, workspace, extraLogs, signal, use }) => {
    const [{ files }, list, fromContainers] = await Promise.all([
      use(listing),
      use(services),
      // Without the engine the logs in files are still worth reading.
      use(containerLogs).catch(() => new Map<string, WorkspaceLog[]>()),
    ]);
    const candidates = [
      ...new Set([
        ...extraLogs,
        ...files
          .filter((file) => LOG_FILE.test(file) && !isOthers(file, list))
          .map((file) => path.join(workspace, file)),
      ]),
    ].slice(0, MAX_LOGS);
    const byService = new Map<string, WorkspaceLog[]>(list.map((service) => [service.name, []]));
    const unowned: { log: WorkspaceLog; named: boolean }[] = [];
    const unreadable: ServiceLogs['unreadable'] = [];
    await Promise.all(
      candidates.map(async (absolute) => {
        const file = relativeTo(workspace, absolute);
        const result = await systems.files.tail(absolute, { signal, maxBytes: MAX_RECORDS_BYTES });
        if (result.kind === 'text') {
          const { lines, firstLine, modifiedAt } = result.tail;
          const log = { file, modifiedAt, numbered: firstLine !== undefined };
          const parts = splitByService(lines, firstLine ?? 1, (name) => serviceNamed(name, list)?.name);
          for (const part of parts ?? [])
            byService.get(part.service)?.push({ ...log, kind: 'application', records: part.records });
          if (!parts)
            unowned.push({
              log: { ...log, kind: logKindOf(lines), records: parseRecords(lines, firstLine ?? 1) },
              named: extraLogs.includes(absolute),
            });
        } else if (result.kind === 'binary') unreadable.push({ file, because: 'it is binary, not text' });
        else if (result.kind === 'unreadable') unreadable.push({ file, because: result.because });
        else if (extraLogs.includes(absolute)) unreadable.push({ file, because: 'there is no such file' });
      }),
    );
    unowned.sort((a, b) => (a.log.file < b.log.file ? -1 : 1));
    const ownerless: typeof unowned = [];
    const others: WorkspaceLog[] = [];
    for (const [name, logs] of fromContainers) {
      const owner = list.find((service) => service.compose?.name === name);
      if (owner) byService.get(owner.name)?.push(...logs);
      else others.push(...logs);
    }
    for (const { log, named } of unowned) {
      if (log.kind !== 'application') others.push(log);
      else {
        const owner = ownerOf(log, list, named);
        if (owner) byService.get(owner.name)?.push(log);
        else ownerless.push({ log, named });
      }
    }
    for (const { log } of ownerless) {
      // A log that nothing gives away belongs to the one service that has none yet; with several, nobody can tell.
      const without = list.filter((service) => byService.get(service.name)?.length === 0);
      if (without.length === 1 && without[0]) byService.get(without[0].name)?.push(log);
      else others.push(log);
    }
    for (const logs of byService.values()) logs.sort((a, b) => (a.file < b.file ? -1 : 1));
    return { byService, others, unreadable: unreadable.sort((a, b) => (a.file < b.file ? -1 : 1)) };
  },
});

function relativeTo(workspace: string, absolute: string): string {
  const relative = path.relative(workspace, absolute);
  return relative.startsWith('..') || path.isAbsolute(relative) ? absolute : relative.split(path.sep).join('/');
}

function isOthers(file: string, list: readonly ServiceTarget[]): boolean {
  return NOT_A_SERVICE_LOG.test(file) && serviceNamed(stemOf(file), list) === undefined;
}

function serviceNamed(name: string, list: readonly ServiceTarget[]): ServiceTarget | undefined {
  const wanted = name.toLowerCase();
  return (
    list.find((service) => service.name.toLowerCase() === wanted) ??
    list.find((service) => service.aliases.some((alias) => alias.toLowerCase() === wanted))
  );
}

/** `logs/app-2026-11-23.err.log` → `app`. */
function stemOf(file: string): string {
  return path.posix
    .basename(file)
    .replace(/(?:[._-](?:stdout|stderr|output|error|errors|out|err|log|txt|jsonl?|ndjson|current|\d[\d._-]*))+$/gi, '')
    .toLowerCase();
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
  const stem = stemOf(log.file);
  const tokens = new Set(stem.split(/[^a-z0-9]+/).filter((token) => token.length > 1));
  const command = readCommand(service.command?.text ?? '');
  const names = [service.name, ...service.aliases, command.entry ?? ''].map((name) => name.toLowerCase());
  let score = 0;
  if (names.includes(stem)) score += 10;
  if (names.some((name) => name.split(/[^a-z0-9]+/).some((token) => token.length > 2 && tokens.has(token)))) score += 5;
  if (service.folder !== '' && log.file.startsWith(`${service.folder}/`)) score += 6;
  const crash = log.records.findLast((record) => record.crash);
  if (crash) {
    const frames = stackFramesOf(crash.text).map((frame) => frame.path);
    if (service.folder !== '' && frames.some((frame) => frame.includes(`/${service.folder}/`))) score += 4;
    // The entry of the program stands in its own traces: `worker/main.py` for `python3 -m worker.main`.
    const entry = command.entry?.replace(/:.*$/, '');
    const written = entry !== undefined && !/\.\w{1,4}$/.test(entry) ? entry.replaceAll('.', '/') : entry;
    if (
      written &&
      frames.some((frame) => frame.endsWith(`/${written}`) || frame.includes(`/${written}.`) || frame === written)
    )
      score += 7;
  }
  const marks = new RegExp(String.raw`(?:\[|=|"|\s)${escapePattern(service.name)}(?:\]|"|\s|[.:])`, 'i');
  const sample = log.records.slice(-NAMED_SAMPLE);
  if (sample.length > 0 && sample.filter(({ text }) => marks.test(text.slice(0, 300))).length * 3 >= sample.length)
    score += 4;
  return score;
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
