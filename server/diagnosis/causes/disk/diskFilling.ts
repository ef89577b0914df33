import { setTimeout as pause } from 'node:timers/promises';
import type { Evidence } from '../../../protocol/diagnosis.ts';
import type { Filesystem } from '../../../systems/host/host.ts';
import type { ProcessUse } from '../../../systems/process/processUse.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { sizeText } from '../../diskText.ts';
import { defineObserver, type Observation } from '../../observer.ts';
import { type DiskFacts, diskFacts, hasNoSpace, isWritable, type UsedFilesystem } from '../../observers/filesystems.ts';
import { pidsOf, type ResourceSample, resourceSample } from '../../observers/resourceSample.ts';
import { serviceStates } from '../../observers/serviceStates.ts';

/** Fuller than this, growth is worth a look. */
const NEARLY_FULL_SHARE = 0.1;
/** Full within this time, if it goes on. */
const SOON_SECONDS = 3_600;
/** Two windows one after the other: a single write is no growth. */
const WINDOW_MS = 600;
/** So much of what the filesystem loses must be the service's own writing. */
const OWN_SHARE = 0.5;

/** A nearly full filesystem, seen three times while a service writes. */
interface Growth {
  place: UsedFilesystem;
  service: string;
  seconds: number;
  /** Bytes available at the three moments. */
  available: [number, number, number];
  /** What the service wrote meanwhile, to any file. */
  written: number;
  /** Files that it holds open and that grew, biggest growth first. */
  files: { path: string; bytes: number }[];
}

/** Only where a first sample shows that a service writes enough to fill the rest within an hour. */
const growths = defineObserver<Growth[]>({
  id: 'disk-filling.growths',
  label: 'growth of nearly full disks',
  timeoutMs: 13_000,
  observe: async (run) => {
    const { use } = run;
    const [disks, sample, states] = await Promise.all([
      use(diskFacts).catch((): DiskFacts => ({ used: [], complaints: [] })),
      use(resourceSample),
      use(serviceStates),
    ]);
    const tight = disks.used.filter(({ filesystem, paths }) => isTight(filesystem) && paths.length > 0);
    if (!sample || tight.length === 0) return [];
    const writers = states.flatMap((state) => {
      const pids = pidsOf(state);
      const rate = writtenIn(sample, pids) / sample.seconds;
      return rate > 0 ? [{ service: state.service.name, pids, rate }] : [];
    });
    const suspects = tight.flatMap((place) =>
      writers
        .filter(({ rate }) => place.filesystem.availableBytes / rate < SOON_SECONDS)
        .map((writer) => ({ place, ...writer })),
    );
    return Promise.all(suspects.map((suspect) => watch(suspect, run)));
  },
});

export const diskFilling = defineCause({
  id: 'disk.filling',
  category: 'disk',
  summary: 'A nearly full filesystem loses its last space quickly',
  breaksNothing: true,
  advice: {
    sure: 'The free space fell in two windows one after the other, by about what the service wrote meanwhile.',
    first: 'See which file grows; lower the log level, rotate it, or move the data before the disk is full.',
    verify: 'df shows the same free space a minute later.',
  },
  needs: { found: growths },
  explains: [],
  judge: ({ found }) => found.map(judgeGrowth),
});

function judgeGrowth({ place, service, seconds, available, written, files }: Growth): Judgement {
  const { mountPoint, totalBytes } = place.filesystem;
  const [start, middle, end] = available;
  const lost = start - end;
  const within = `within ${seconds.toFixed(1)} s`;
  const evidence: Evidence[] = [
    {
      kind: 'filesystem',
      source: `statfs ${mountPoint}`,
      text: `${sizeText(end)} of ${sizeText(totalBytes)} available at ${mountPoint}; ${lost > 0 ? `${sizeText(lost)} less` : 'no less'} than ${seconds.toFixed(1)} s before`,
    },
    { kind: 'process', source: '/proc/PID/io', text: `${service} wrote ${sizeText(written)} ${within}` },
    ...files
      .slice(0, 3)
      .map(
        ({ path, bytes }): Evidence => ({ kind: 'file', source: path, text: `grew by ${sizeText(bytes)} ${within}` }),
      ),
  ];
  // The slower of the two windows: what stopped in between does not go on.
  const rate = (Math.min(start - middle, middle - end) * 2) / seconds;
  const left = end / rate;
  if (rate <= 0 || written < lost * OWN_SHARE || left > SOON_SECONDS)
    return refuted({
      target: service,
      because: `${mountPoint} has ${sizeText(end)} available, and does not fill steadily`,
      evidence,
    });
  return proved({
    target: service,
    confidence: 'likely',
    summary: `The filesystem at ${mountPoint} has ${sizeText(end)} of ${sizeText(totalBytes)} left and loses ${sizeText(rate)} a second to ${service}: it is full in about ${timeText(left)}`,
    evidence,
    advice: {
      first: `See which file grows (du -x -h -d 2 ${mountPoint}); lower the log level, rotate it, or move the data before the disk is full.`,
      verify: `df ${mountPoint} shows the same free space a minute later.`,
    },
  });
}

async function watch(
  { place, service, pids }: { place: UsedFilesystem; service: string; pids: number[] },
  { systems, signal }: Observation,
): Promise<Growth> {
  const { mountPoint } = place.filesystem;
  const look = async (): Promise<{ at: number; available: number; uses: ProcessUse[] }> => {
    const uses = await Promise.all(pids.map((pid) => systems.processes.use(pid, signal)));
    const { availableBytes } = await systems.host.filesystemOf(mountPoint, signal);
    return { at: performance.now(), available: availableBytes, uses: uses.flatMap((use) => use ?? []) };
  };
  const first = await look();
  await pause(WINDOW_MS, undefined, { signal });
  const second = await look();
  await pause(WINDOW_MS, undefined, { signal });
  const third = await look();
  const before = new Map(first.uses.map((use) => [use.pid, use]));
  const written = third.uses.reduce(
    (sum, { pid, writtenBytes = 0 }) => sum + writtenBytes - (before.get(pid)?.writtenBytes ?? writtenBytes),
    0,
  );
  const files = third.uses
    .flatMap(({ pid, writing }) =>
      writing.map(({ path, position }) => ({
        path,
        bytes: position - (before.get(pid)?.writing.find((file) => file.path === path)?.position ?? position),
      })),
    )
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes);
  return {
    place,
    service,
    seconds: (third.at - first.at) / 1000,
    available: [first.available, second.available, third.available],
    written,
    files,
  };
}

function writtenIn({ processes }: ResourceSample, pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const span = processes.get(pid);
    return sum + Math.max(0, (span?.after.writtenBytes ?? 0) - (span?.before.writtenBytes ?? 0));
  }, 0);
}

function isTight(filesystem: Filesystem): boolean {
  const { availableBytes, totalBytes } = filesystem;
  return isWritable(filesystem) && !hasNoSpace(filesystem) && availableBytes < totalBytes * NEARLY_FULL_SHARE;
}

function timeText(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} minutes`;
}
