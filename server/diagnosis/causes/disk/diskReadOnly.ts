import path from 'node:path';
import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import type { Filesystem } from '../../../systems/host/host.ts';
import type { KernelFilesystemError, KernelLogAnswer } from '../../../systems/host/kernelLog.ts';
import { defineCause, HOST_TARGET, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { clip, logEvidence } from '../../evidence.ts';
import { defineObserver, type Observation } from '../../observer.ts';
import { diskFacts, isWritten } from '../../observers/filesystems.ts';
import { kernelLog } from '../../observers/kernelLog.ts';
import { serviceLogs, type WorkspaceLog } from '../../observers/serviceLogs.ts';
import { type LogEntry, serviceStates } from '../../observers/serviceStates.ts';

/** A write that was refused because nothing may be written there, with the filesystem that it was about. */
interface Refusal {
  entry: LogEntry;
  /** Undefined for a server's log. */
  service: string | undefined;
  place: string;
  filesystem: Filesystem;
  /** Its words name the place; else it is one of those that the service uses. */
  named: boolean;
}

const READ_ONLY = /EROFS|[Rr]ead-only file ?system|\[Errno 30\]|\bos error 30\b|ReadOnlyFileSystemException/;
const PLACES: readonly RegExp[] = [
  /EROFS[^\n]{0,200}?'([^'\n]{1,1000})'/,
  /\[Errno 30\][^\n'"]{0,200}['"]([^'"\n]{1,1000})['"]/,
  /\b(?:open|write|mkdir|create|rename|remove|unlink|chmod|mkstemp) ([^\s:]{1,1000}): read-only file ?system/i,
  /["']?(\/[^\s"':(]{1,1000})["']?(?:: | \()[Rr]ead-only file ?system/,
];
const MAX_TEXT = 4_000;
const SERVER_RECORDS = 60;

const refusals = defineObserver<Refusal[]>({
  id: 'disk-read-only.refusals',
  label: 'writes that were refused',
  timeoutMs: 6_000,
  observe: async (run) => {
    const { workspace, use } = run;
    const [states, logs] = await Promise.all([
      use(serviceStates),
      use(serviceLogs).catch((): { others: WorkspaceLog[] } => ({ others: [] })),
    ]);
    const fromServices = states.map(async ({ service, errors, crashes, container, processes }) => {
      // A warning is no failure: it goes on without what is read-only on purpose.
      const entry = [...errors, ...crashes].findLast(isRefusal);
      if (!entry) return undefined;
      const place = placeIn(entry);
      // Inside a container the place is one of the container's; what it mounts from here is known.
      const inside = processes.length === 0 ? container : undefined;
      const mount = inside?.mounts.find(({ destination }) => place && isBelow(place, destination));
      if (inside && (!mount?.writable || place === undefined)) return undefined;
      const here =
        mount && place
          ? path.join(mount.hostPath, path.relative(mount.destination, place))
          : place && path.resolve(workspace, service.folder, place);
      return locate(run, { entry, service: service.name, place: here });
    });
    const fromServers = logs.others.map(async (log) => {
      const record = log.records.slice(-SERVER_RECORDS).findLast((each) => isRefusal({ log, record: each }));
      const place = record && placeIn({ log, record });
      return record && place?.startsWith('/')
        ? locate(run, { entry: { log, record }, service: undefined, place })
        : undefined;
    });
    return (await Promise.all([...fromServices, ...fromServers])).flatMap((each) => each ?? []);
  },
});

/** The place that the words name, else the one filesystem in use that cannot be written. */
async function locate(
  { systems, signal, use }: Observation,
  { entry, service, place }: { entry: LogEntry; service: string | undefined; place: string | undefined },
): Promise<Refusal | undefined> {
  if (place !== undefined)
    return { entry, service, place, named: true, filesystem: await systems.host.filesystemOf(place, signal) };
  const { used } = await use(diskFacts);
  const found = used.find(({ filesystem, paths }) => filesystem.readOnly && isWritten(filesystem) && paths.length > 0);
  const shown = found ?? used[0];
  return shown
    ? {
        entry,
        service,
        place: shown.paths[0] ?? shown.filesystem.mountPoint,
        named: false,
        filesystem: shown.filesystem,
      }
    : undefined;
}

export const diskReadOnly = defineCause({
  id: 'disk.read-only',
  category: 'disk',
  summary: 'The filesystem that the service writes to may only be read',
  advice: {
    sure: 'The mount is read-only now, and the error of the service is about a write on it.',
    first:
      'See in the kernel log whether the filesystem found an error in itself: then check it (fsck) before it is written again.',
    verify: 'The mount shows rw, and the service writes again.',
  },
  needs: { found: refusals, kernel: kernelLog },
  explains: [
    'process.crash-loop',
    'service.down',
    'file.permission',
    'volume.permission',
    'database.read-only',
    'database.unreachable',
    'cache.read-only',
    'cache.unreachable',
    'container.exited',
    'container.unhealthy',
    'network.refused',
    'proxy.upstream-down',
    'model.download-failed',
  ],
  judge: ({ found, kernel }) => {
    const places = new Map(found.map((refusal) => [`${refusal.filesystem.mountPoint} ${refusal.service}`, refusal]));
    return [...places.values()].map((refusal) => judgeRefusal(refusal, kernel));
  },
});

function judgeRefusal(refusal: Refusal, kernel: KernelLogAnswer | undefined): Judgement {
  const { entry, service, place, filesystem, named } = refusal;
  const { mountPoint, type, device, readOnly, broken } = filesystem;
  const target = service ?? HOST_TARGET;
  const mount: Evidence = {
    kind: 'filesystem',
    source: '/proc/self/mountinfo',
    text: `${mountPoint} (${type}, ${device}) is mounted ${readOnly ? 'read-only' : 'read-write'}${broken ? ' since it found an error in itself' : ''}`,
  };
  const evidence = [mount, logEvidence(entry)];
  if (device === '')
    return unknown({
      target,
      because: `a write to ${place} was refused, and this platform does not tell how ${mountPoint} is mounted`,
      next: `mount, and look at the line of ${mountPoint}`,
    });
  if (!readOnly)
    return refuted({ target, because: `${mountPoint}, where ${place} lies, is mounted read-write`, evidence });
  const log = kernel?.kind === 'read' ? kernel.log : undefined;
  const errors = (log?.filesystemErrors ?? []).filter((error) => device === `/dev/${error.device}`);
  const ill = broken || errors.length > 0;
  const why = ill ? ' since the kernel found an error on it' : '';
  return proved({
    target,
    confidence: named ? 'proved' : 'likely',
    summary: `The filesystem at ${mountPoint} is read-only${why}${service === undefined ? '' : `: ${service} cannot write ${named ? place : 'there'}`}`,
    evidence: [...evidence, ...errors.slice(-3).map((error) => kernelEvidence(error, log?.source ?? 'dmesg'))],
    // One that is ill must be checked first; and where the kernel's log is closed, nobody knows whether it is.
    fixes: !ill && log !== undefined && isWritten(filesystem) ? [remountFix(mountPoint, target)] : [],
    ...(ill
      ? {
          advice: {
            first: `Save what is on ${mountPoint}, unmount it, and check it: fsck ${device}; look at the disk itself, too.`,
          },
        }
      : {}),
  });
}

function kernelEvidence({ text, at }: KernelFilesystemError, source: string): Evidence {
  return { kind: 'host', source, text: clip(text), time: at.toISOString() };
}

function remountFix(mountPoint: string, target: string): Fix {
  return {
    title: `Mount ${mountPoint} read-write again`,
    risk: 'admin',
    changes: [
      {
        kind: 'command',
        argv: ['mount', '-o', 'remount,rw', mountPoint],
        undo: ['mount', '-o', 'remount,ro', mountPoint],
      },
    ],
    undo: true,
    verify: `${target} writes there without an error.`,
  };
}

function isRefusal({ record }: LogEntry): boolean {
  const harmless = record.level === 'info' || record.level === 'debug' || record.level === 'warn';
  return !harmless && READ_ONLY.test(record.text.slice(0, MAX_TEXT));
}

function placeIn({ record }: LogEntry): string | undefined {
  const lines = record.text.slice(0, MAX_TEXT).split('\n');
  return lines.flatMap((line) => PLACES.map((pattern) => pattern.exec(line)?.[1]).find(Boolean) ?? [])[0];
}

function isBelow(place: string, folder: string): boolean {
  return place === folder || place.startsWith(`${folder}/`);
}
