import type { Evidence } from '../../../protocol/diagnosis.ts';
import { defineCause, HOST_TARGET, type Judgement, proved, refuted } from '../../cause.ts';
import { complaintAbout, placeEvidence, sufferer } from '../../diskText.ts';
import {
  diskFacts,
  hasNoInodes,
  isWritable,
  type SpaceComplaint,
  type UsedFilesystem,
} from '../../observers/filesystems.ts';

/** With an error of this kind in a log, so few left mean that the program cleaned up after itself. */
const FEW_INODES = 4;

export const inodesExhausted = defineCause({
  id: 'disk.inodes-exhausted',
  category: 'disk',
  summary: 'A filesystem has space left but no inodes: no new file can be created',
  advice: {
    sure: 'The filesystem itself reports no free inode, though it has space.',
    first: 'Find the folder with very many small files and remove those that nobody needs.',
    verify: 'df -i shows free inodes, and the service creates files again.',
  },
  needs: { disks: diskFacts },
  explains: [
    'process.crash-loop',
    'service.down',
    'database.unreachable',
    'database.starting',
    'cache.unreachable',
    'file.missing',
    'network.refused',
    'container.exited',
    'container.unhealthy',
    'disk.full',
  ],
  judge: ({ disks: { used, complaints } }) =>
    used
      .filter(({ filesystem }) => isWritable(filesystem) && filesystem.totalInodes > 0)
      .flatMap((place) => judgeFilesystem(place, complaints)),
});

function judgeFilesystem(place: UsedFilesystem, complaints: readonly SpaceComplaint[]): Judgement[] {
  const { filesystem } = place;
  const { mountPoint, totalInodes, freeInodes } = filesystem;
  const present = complaints.filter((complaint) => complaint.present);
  const complaint = complaintAbout(place, present);
  const evidence: Evidence[] = [
    {
      kind: 'filesystem',
      source: `statfs ${mountPoint}`,
      text: `${freeInodes} of ${totalInodes} inodes free at ${mountPoint}`,
    },
  ];
  if (hasNoInodes(filesystem) || (complaint && freeInodes < FEW_INODES)) {
    const who = complaint?.service;
    return [
      proved({
        target: complaint ? sufferer(present) : HOST_TARGET,
        summary: `The filesystem at ${mountPoint} has no inodes left: all ${totalInodes} are used, so ${who === undefined ? 'no file can be created there' : `${who} can create no file there`}`,
        evidence: [...evidence, ...placeEvidence(place, complaint)],
        advice: {
          first: `See which folders hold the most files: du -x --inodes -d 2 ${mountPoint}. Remove those that nobody needs.`,
          verify: `df -i ${mountPoint} shows free inodes, and the service creates files again.`,
        },
      }),
    ];
  }
  return complaintAbout(place, complaints)
    ? [refuted({ target: HOST_TARGET, because: `${mountPoint} has ${freeInodes} free inodes`, evidence })]
    : [];
}
