import type { Evidence } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { sizeText } from '../../diskText.ts';
import { logEvidence } from '../../evidence.ts';
import { bytesOf } from '../../modelMemory.ts';
import { type ModelDownload, modelDownloads } from '../../observers/modelDownloads.ts';

export const modelDiskInsufficient = defineCause({
  id: 'model.disk-insufficient',
  category: 'model',
  summary: 'The disk has less room than the model that is being downloaded',
  advice: {
    sure: "The size of the model is known, from its own header or the downloader's message, and the filesystem has less left.",
    first: 'Keep models on a larger disk, remove those that nobody uses, or take a smaller quantisation.',
    verify: 'The download comes to its end, and the file has its full size.',
  },
  needs: { downloads: modelDownloads },
  explains: [
    'disk.full',
    'disk.filling',
    'model.download-failed',
    'model.file-missing',
    'model.file-corrupt',
    'file.missing',
    'process.crash-loop',
    'service.down',
    'network.refused',
    'container.exited',
    'container.restarting',
  ],
  judge: ({ downloads }) => downloads.flatMap(judgeDownload),
});

const NO_SPACE = /ENOSPC|No space left|(?:not enough|insufficient) (?:free )?disk space|Errno 28/i;
/** What downloaders say that they need; groups: amount, unit. */
const NEEDED: readonly RegExp[] = [
  /expected file size is:? ([\d.]+) ?([KMGT]i?B)/i,
  /(?:needs?|requires?|required:?) ([\d.]+) ?([KMGT]i?B|bytes)/i,
];

function judgeDownload({ use, entry, partials, filesystem }: ModelDownload): Judgement[] {
  const complaint = use.complaints.findLast(({ record }) => NO_SPACE.test(record.text)) ?? entry;
  if (!complaint || !NO_SPACE.test(complaint.record.text) || !filesystem) return [];
  const target = use.state.service.name;
  const partial = partials.find(({ answer }) => answer.kind === 'truncated');
  const [, amount, unit = ''] =
    NEEDED.map((pattern) => pattern.exec(complaint.record.text)).find((match) => match !== null) ?? [];
  const total =
    partial?.answer.kind === 'truncated'
      ? partial.answer.neededBytes
      : amount === undefined
        ? undefined
        : bytesOf(Number(amount), unit);
  if (total === undefined) return [];
  const missing = total - (partial?.sizeBytes ?? 0);
  const { availableBytes, mountPoint } = filesystem;
  const evidence: Evidence[] = [
    logEvidence(complaint),
    ...(partial
      ? [
          {
            kind: 'file' as const,
            source: partial.shown,
            text: `${sizeText(partial.sizeBytes)} of ${sizeText(total)} have arrived`,
          },
        ]
      : []),
    {
      kind: 'filesystem',
      source: `statfs ${mountPoint}`,
      text: `${sizeText(availableBytes)} of ${sizeText(filesystem.totalBytes)} available at ${mountPoint}`,
    },
  ];
  if (missing <= availableBytes)
    return [
      refuted({
        target,
        because: `${sizeText(missing)} are still to come, and ${mountPoint} has ${sizeText(availableBytes)}`,
        evidence,
      }),
    ];
  return [
    proved({
      target,
      summary: `The model takes ${sizeText(total)}, of which ${sizeText(missing)} are still to come, and ${mountPoint} has ${sizeText(availableBytes)} left`,
      evidence,
    }),
  ];
}
