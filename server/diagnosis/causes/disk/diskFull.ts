import { defineCause, HOST_TARGET, type Judgement, proved, refuted } from '../../cause.ts';
import { logEvidence } from '../../evidence.ts';
import { NO_SPACE, type UsedFilesystem, usedFilesystems, WATCHERS } from '../../observers/filesystems.ts';
import { type ServiceState, serviceStates } from '../../observers/serviceStates.ts';

/** Below this many bytes an ordinary write (a log line's block, a temporary file) fails or soon will. */
const EMPTY_BYTES = 1 << 20;
/** With errors of this kind in a log a little more may be left: the write that failed was larger. */
const TIGHT_SHARE = 0.02;

export const diskFull = defineCause({
  id: 'disk.full',
  category: 'disk',
  summary: 'A filesystem that the service writes to has no space left',
  needs: { used: usedFilesystems, states: serviceStates },
  explains: [
    'process.crash-loop',
    'service.down',
    'database.unreachable',
    'cache.unreachable',
    'file.missing',
    'network.refused',
    'container.exited',
    'container.unhealthy',
    'database.read-only',
    'model.download-failed',
  ],
  judge: ({ used, states }) => used.flatMap((place) => judgeFilesystem(place, states)),
});

function judgeFilesystem({ filesystem, paths }: UsedFilesystem, states: readonly ServiceState[]): Judgement[] {
  const { mountPoint, availableBytes, totalBytes, readOnly, type } = filesystem;
  if (totalBytes === 0 || readOnly || /^(?:squashfs|iso9660|proc|sysfs|cgroup)/.test(type)) return [];
  const entries = states.flatMap((state) =>
    state.errors.filter(({ record }) => NO_SPACE.test(record.text) && !WATCHERS.test(record.text)),
  );
  const exhaustedInodes = filesystem.totalInodes > 0 && filesystem.freeInodes === 0;
  const complaint =
    entries.find(({ record }) =>
      paths.some((place) => record.text.includes(place) || record.text.includes(place.slice(paths[0]?.length ?? 0))),
    ) ?? entries.at(-1);
  const evidence = [
    {
      kind: 'filesystem' as const,
      source: `statfs ${mountPoint}`,
      text: `${sizeText(availableBytes)} of ${sizeText(totalBytes)} available on ${filesystem.source} (${type}) at ${mountPoint}`,
    },
  ];
  const empty = availableBytes < Math.min(EMPTY_BYTES, totalBytes * TIGHT_SHARE) || availableBytes === 0;
  const tight = complaint !== undefined && !exhaustedInodes && availableBytes / totalBytes < TIGHT_SHARE;
  if (!empty && !tight) {
    return complaint
      ? [
          refuted({
            target: HOST_TARGET,
            because: `${mountPoint} has ${sizeText(availableBytes)} available`,
            evidence: [...evidence, logEvidence(complaint)],
          }),
        ]
      : [];
  }
  return [
    proved({
      target: HOST_TARGET,
      summary: `The filesystem at ${mountPoint} is full: ${sizeText(availableBytes)} of ${sizeText(totalBytes)} available`,
      evidence: [
        ...evidence,
        ...(complaint ? [logEvidence(complaint)] : []),
        ...paths
          .filter((place) => place !== mountPoint)
          .slice(0, 2)
          .map((place) => ({ kind: 'config' as const, source: place, text: `lies on ${mountPoint}` })),
      ],
      fixes: [
        {
          title: 'Show what takes the space',
          risk: 'read',
          changes: [
            { kind: 'command', argv: ['du', '--one-file-system', '--max-depth=2', '--human-readable', mountPoint] },
          ],
          undo: false,
          verify: `df ${mountPoint} shows free space, and the service writes again.`,
        },
      ],
    }),
  ];
}

function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${value >= 10 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
