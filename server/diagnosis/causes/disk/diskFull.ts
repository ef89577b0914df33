import type { Evidence } from '../../../protocol/diagnosis.ts';
import { defineCause, HOST_TARGET, type Judgement, proved, refuted } from '../../cause.ts';
import { complaintAbout, placeEvidence, sizeText, sufferer } from '../../diskText.ts';
import { logEvidence } from '../../evidence.ts';
import {
  diskFacts,
  hasNoInodes,
  hasNoSpace,
  isWritable,
  type SpaceComplaint,
  type UsedFilesystem,
} from '../../observers/filesystems.ts';

/** With an error of this kind in a log, a disk with less than this share left counts as full: the write that failed was larger. */
const TIGHT_SHARE = 0.02;
/** What a program removes after a failed write may be this much. */
const CLEANED_SHARE = 0.1;

export const diskFull = defineCause({
  id: 'disk.full',
  category: 'disk',
  summary: 'A filesystem that the service writes to has no space left',
  advice: {
    sure: "The filesystem itself reports no space, and the service's error is about a write on it.",
    first: 'Find what takes the space; remove what nobody needs, or enlarge the disk.',
    verify: 'df shows free space, and the service writes again.',
  },
  needs: { disks: diskFacts },
  explains: [
    'process.crash-loop',
    'service.down',
    'database.unreachable',
    'database.starting',
    'cache.unreachable',
    'cache.read-only',
    'file.missing',
    'network.refused',
    'container.exited',
    'container.unhealthy',
    'database.read-only',
    'model.download-failed',
  ],
  judge: ({ disks: { used, complaints } }) => {
    const writable = used.filter(({ filesystem }) => isWritable(filesystem));
    const exhausted = writable.some(({ filesystem }) => hasNoSpace(filesystem) || hasNoInodes(filesystem));
    return writable.flatMap((place) => judgeFilesystem(place, complaints, exhausted));
  },
});

/** @param exhausted a filesystem with nothing left at all is among those in use: a complaint that names no place means that one */
function judgeFilesystem(
  place: UsedFilesystem,
  complaints: readonly SpaceComplaint[],
  exhausted: boolean,
): Judgement[] {
  const { filesystem } = place;
  const { mountPoint, availableBytes, totalBytes, source, type } = filesystem;
  const present = complaints.filter((complaint) => complaint.present);
  const complaint = complaintAbout(place, present);
  const named = complaint !== undefined && complaint.paths.length > 0;
  const share = availableBytes / totalBytes;
  const evidence: Evidence[] = [
    {
      kind: 'filesystem',
      source: `statfs ${mountPoint}`,
      text: `${sizeText(availableBytes)} of ${sizeText(totalBytes)} available at ${mountPoint} (${type}, ${source.replace(/^statfs /, '')})`,
    },
  ];
  const blamesSpace = complaint !== undefined && (named || !exhausted) && !hasNoInodes(filesystem);
  const full = hasNoSpace(filesystem) || (blamesSpace && share < TIGHT_SHARE);
  if (full || (blamesSpace && named && share < CLEANED_SHARE)) {
    const who = complaint?.service;
    return [
      proved({
        target: complaint ? sufferer(present) : HOST_TARGET,
        summary: `The filesystem at ${mountPoint} is full: ${sizeText(availableBytes)} of ${sizeText(totalBytes)} available${who === undefined ? '' : `, and ${who} cannot write there`}`,
        confidence: full ? 'proved' : 'likely',
        evidence: [...evidence, ...placeEvidence(place, complaint)],
        advice: {
          first: `See what takes the space: du -x -h -d 2 ${mountPoint}. Remove what nobody needs, or enlarge the disk.`,
          verify: `df ${mountPoint} shows free space, and the service writes again.`,
        },
      }),
    ];
  }
  const spoken = complaintAbout(place, complaints);
  return spoken
    ? [
        refuted({
          target: HOST_TARGET,
          because: `${mountPoint} has ${sizeText(availableBytes)} available`,
          evidence: [...evidence, logEvidence(spoken.entry)],
        }),
      ]
    : [];
}
