import path from 'node:path';
import type { LogRecord } from '../../logs/present/record.ts';
import { withDeadline } from '../../runtime/deadline.ts';
import type { Filesystem } from '../../systems/host/host.ts';
import { defineObserver, type Observation } from '../observer.ts';
import { isLoopback } from '../targets/loopback.ts';
import type { Variable } from '../targets/target.ts';
import { type EndpointProbe, endpointProbes } from './endpointProbes.ts';
import { serviceLogs } from './serviceLogs.ts';
import { type LogEntry, type ServiceState, serviceStates } from './serviceStates.ts';
import { services } from './targets.ts';

/** A filesystem that services of the workspace use, with what led to it. */
export interface UsedFilesystem {
  filesystem: Filesystem;
  /** Absolute paths on it that the workspace, a variable or an error names; empty when only the search for a full one led to it. */
  paths: string[];
  /** Variables that name them. */
  variables: Variable[];
}

/** An error that says that nothing can be written. */
export interface SpaceComplaint {
  entry: LogEntry;
  /** The service that wrote it; undefined for a server's log (PostgreSQL, Redis, nginx). */
  service: string | undefined;
  /** Absolute paths that it names, as far as it does. */
  paths: string[];
  /** It describes the present; false: older trouble, kept only to rule it out. */
  present: boolean;
}

export interface DiskFacts {
  used: UsedFilesystem[];
  complaints: SpaceComplaint[];
}

/** What runtimes and servers print for ENOSPC: Node, Python, Go, Java, sqlite, PostgreSQL, Redis, shells. */
const NO_SPACE =
  /ENOSPC|no space left on device|\[Errno 28\]|\bos error 28\b|StorageFull|database or disk is full|disk (?:is )?full|SQLITE_FULL|Disk quota exceeded|EDQUOT|MISCONF Redis is configured to save/i;
/** Redis writes no more since it could not save: it names no path, and the disk is the server's, not the service's. */
const CACHE_CANNOT_SAVE = /\bMISCONF (?:Redis|Valkey|Errors)/;
/** The kernel says ENOSPC also when its table of file watchers is full; the disk has nothing to do with it. */
const WATCHERS = /file watchers|inotify|max_user_watches|\bwatch\b[^\n]*ENOSPC|ENOSPC[^\n]*\bwatch\b/i;
const NO_SPACE_PATH: readonly RegExp[] = [
  /(?:ENOSPC|EDQUOT)[^\n]*'([^']+)'/,
  /\[Errno (?:28|122)\][^\n]*['"]([^'"]+)['"]/,
  /\b(?:write|open|mkdir|create|sync) ([^\s:]+): no space left on device/i,
  /(\/[\w./-]+)["']?:? [^\n]*No space left on device/i,
  /(?:FileNotFoundException|IOException|FileSystemException): (\/[^\s(:]+)[^\n]*No space left/,
];
/** Values that are a place on a disk; relative ones only under a name that says so. */
const PATH_VARIABLE =
  /(?:DIR|PATH|FOLDER|ROOT|HOME|STORAGE|STORE|UPLOADS?|VOLUME|FILE|TMP|TEMP|CACHE|SPOOL|DATA|OUTBOX|INBOX|ARCHIVE|BACKUPS?|MEDIA|LOGS?|DB|DATABASE|SQLITE|OUT(?:PUT)?|QUEUE)$/;
const MAX_PATHS = 40;
const MAX_MOUNTS = 60;
/** A server's own log: how many of its last records describe the present. */
const SERVER_RECORDS = 60;
/** How far back older trouble is worth ruling out. */
const OLD_RECORDS = 1_500;
/** What an error says it says in its first lines. */
const MAX_TEXT = 4_000;
const STATFS_MS = 800;

/** The workspace's own filesystem, mounts below it, the temporary folder, those that variables and errors point at; when errors say that a disk is full and none of these is, any full one. */
export const diskFacts = defineObserver<DiskFacts>({
  id: 'host.filesystems',
  label: 'disks',
  timeoutMs: 5_500,
  observe: async (run) => {
    const { systems, workspace, environment, signal, use } = run;
    const [list, complaints, mounts] = await Promise.all([
      use(services),
      findComplaints(run),
      systems.host.mountsBelow(workspace, signal),
    ]);
    const variables = list.flatMap((service) =>
      service.environment.flatMap((variable) => {
        const place = placeIn(variable);
        return place === undefined ? [] : [{ variable, place: path.resolve(workspace, service.folder, place) }];
      }),
    );
    const places = [
      workspace,
      ...mounts,
      ...complaints.flatMap(({ paths }) => paths),
      ...variables.map(({ place }) => place),
      environment.TMPDIR ?? '/tmp',
    ];
    const used = await filesystemsOf([...new Set(places)].slice(0, MAX_PATHS), run);
    for (const each of used)
      each.variables = variables.filter(({ place }) => each.paths.includes(place)).map(({ variable }) => variable);
    // What names its place is about that place.
    const isAboutAny = complaints.some(({ present, paths }) => present && paths.length === 0);
    if (isAboutAny && !used.some(({ filesystem }) => isExhausted(filesystem))) {
      const everywhere = await systems.host.mountsBelow('/', signal);
      const others = await filesystemsOf(everywhere.slice(0, MAX_MOUNTS), run);
      used.push(...others.filter(({ filesystem }) => isExhausted(filesystem)).map((each) => ({ ...each, paths: [] })));
    }
    used.sort((a, b) => (a.filesystem.mountPoint < b.filesystem.mountPoint ? -1 : 1));
    return { used, complaints };
  },
});

/** Kinds of filesystems that hold no one's data, or that are full by their nature. */
const NOT_WRITTEN =
  /^(?:squashfs|iso9660|udf|erofs|proc|sysfs|cgroup2?|devtmpfs|devpts|mqueue|efivarfs|securityfs|debugfs|tracefs|configfs|pstore|bpf|nsfs|autofs|binfmt_misc|rpc_pipefs|hugetlbfs|fusectl|ramfs|selinuxfs)$/;

export function isWritable(filesystem: Filesystem): boolean {
  return !filesystem.readOnly && isWritten(filesystem);
}

/** Its kind can be written, however it is mounted. */
export function isWritten({ totalBytes, type }: Filesystem): boolean {
  return totalBytes > 0 && !NOT_WRITTEN.test(type);
}

/** Below this many bytes an ordinary write (a log line's block, a temporary file) fails or soon will; never more than 2 % of a small disk. */
export function hasNoSpace({ availableBytes, totalBytes }: Filesystem): boolean {
  return availableBytes === 0 || availableBytes < Math.min(1 << 20, totalBytes * 0.02);
}

export function hasNoInodes({ totalInodes, freeInodes }: Filesystem): boolean {
  return totalInodes > 0 && freeInodes === 0;
}

function isExhausted(filesystem: Filesystem): boolean {
  return isWritable(filesystem) && (hasNoSpace(filesystem) || hasNoInodes(filesystem));
}

function placeIn({ name, value }: Variable): string | undefined {
  const text = value.trim().replace(/^(?:file|sqlite3?):(?:\/\/(?=\/))?/, '');
  if (text.includes('://') || !/^[./~\w-]*\/?[\w./@ -]+$/.test(text)) return undefined;
  if (/^\/[\w.-]+/.test(text)) return text;
  return PATH_VARIABLE.test(name) && !/^[\d.]+$/.test(text) ? text : undefined;
}

async function filesystemsOf(places: readonly string[], { systems, signal }: Observation): Promise<UsedFilesystem[]> {
  const byMount = new Map<string, UsedFilesystem>();
  await Promise.all(
    places.map(async (place) => {
      // A network filesystem whose server is gone never answers; the others must not wait for it.
      const filesystem = await withDeadline(
        (limit) => systems.host.filesystemOf(place, limit),
        STATFS_MS,
        signal,
      ).catch(() => undefined);
      if (!filesystem) return;
      const known = byMount.get(filesystem.mountPoint);
      if (known) known.paths.push(place);
      else byMount.set(filesystem.mountPoint, { filesystem, paths: [place], variables: [] });
    }),
  );
  return [...byMount.values()];
}

async function findComplaints(run: Observation): Promise<SpaceComplaint[]> {
  const { workspace, use } = run;
  const [states, logs] = await Promise.all([
    use(serviceStates).catch((): ServiceState[] => []),
    use(serviceLogs).catch(() => undefined),
  ]);
  const cannotSave = states.some(({ errors }) => errors.some(({ record }) => CACHE_CANNOT_SAVE.test(record.text)));
  const folders = cannotSave ? await foldersOfCaches(run) : [];
  const cacheFolders = folders.filter((folder) => folder !== '');
  // Its folder is gone altogether: then it is not for want of space that it cannot save.
  const isWithoutFolder = folders.length > 0 && cacheFolders.length === 0;
  const isAboutSpace = (record: LogRecord): boolean =>
    saysNoSpace(record) && !(isWithoutFolder && CACHE_CANNOT_SAVE.test(record.text));
  const fromServices = states.flatMap((state) => {
    const toComplaint = (entry: LogEntry, present: boolean): SpaceComplaint => {
      const isCaches = CACHE_CANNOT_SAVE.test(entry.record.text);
      const folder = path.join(workspace, state.service.folder);
      return {
        entry,
        present,
        service: isCaches ? undefined : state.service.name,
        paths: isCaches ? cacheFolders : pathsIn(entry.record.text, folder),
      };
    };
    const present = state.errors.filter(({ record }) => isAboutSpace(record));
    const known = new Set(present.map(({ record }) => record));
    const old = state.logs.flatMap(({ log }) =>
      log.records
        .slice(-OLD_RECORDS)
        .filter((record) => isAboutSpace(record) && !known.has(record))
        .slice(-1)
        .map((record) => ({ log, record })),
    );
    return [...old.map((entry) => toComplaint(entry, false)), ...present.map((entry) => toComplaint(entry, true))];
  });
  const fromServers = (logs?.others ?? []).flatMap((log) =>
    log.records
      .slice(-SERVER_RECORDS)
      .filter(saysNoSpace)
      .slice(-1)
      .map((record): SpaceComplaint => ({ entry: { log, record }, present: true, service: undefined, paths: [] })),
  );
  return [...fromServices, ...fromServers];
}

/** Where the Redis servers of this machine that failed to save would do so; '' where that folder no longer exists. */
async function foldersOfCaches({ use }: Observation): Promise<string[]> {
  const probes = await use(endpointProbes).catch((): EndpointProbe[] => []);
  return probes.flatMap(({ redis, connection, endpoint }) => {
    const facts = redis?.kind === 'pong' ? redis.facts : undefined;
    const isHere = isLoopback(connection?.address ?? '') && !endpoint.compose;
    return isHere && (facts?.lastSave === 'err' || facts?.lastAppend === 'err') ? (facts.settings.folder ?? []) : [];
  });
}

function saysNoSpace({ text, level }: LogRecord): boolean {
  if (level === 'info' || level === 'debug') return false;
  const beginning = text.slice(0, MAX_TEXT);
  return NO_SPACE.test(beginning) && !WATCHERS.test(beginning);
}

function pathsIn(text: string, folder: string): string[] {
  const found = text
    .slice(0, MAX_TEXT)
    .split('\n')
    .flatMap(
      (line) => NO_SPACE_PATH.map((pattern) => pattern.exec(line)?.[1]).find((place) => place !== undefined) ?? [],
    );
  return [...new Set(found)].map((written) => path.resolve(folder, written));
}
