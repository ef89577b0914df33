import type { Evidence } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { sizeText } from '../../diskText.ts';
import { logEvidence, variableEvidence } from '../../evidence.ts';
import { type ModelDownload, modelDownloads, type PartialFile } from '../../observers/modelDownloads.ts';

/** A file that grew within this time is still being written. */
const AT_WORK_MS = 20_000;

export const modelDownloadFailed = defineCause({
  id: 'model.download-failed',
  category: 'model',
  summary: 'The download of the model did not come to its end',
  advice: {
    sure: 'The model is not there whole, and what its download left behind, or its error, says why.',
    first:
      'Repair what stopped the download (name, access, network), then download it again; most tools go on where they stopped.',
    verify: 'The file has its full size, or its checksum is the published one, and the service loads it.',
  },
  needs: { downloads: modelDownloads },
  explains: [
    'model.file-missing',
    'model.file-corrupt',
    'file.missing',
    'process.crash-loop',
    'service.down',
    'config.invalid',
    'network.refused',
    'container.exited',
    'container.restarting',
  ],
  judge: ({ downloads }) => downloads.flatMap(judgeDownload),
});

const NO_SPACE = /ENOSPC|No space left|free disk space|Errno 28|disk (?:is )?full/i;
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/\b401\b|GatedRepoError|Invalid (?:user )?token/i, 'the server asks for a token'],
  [/\b403\b|gated/i, 'the server denies access to it'],
  [
    /\b404\b|RepositoryNotFound|EntryNotFound|not found|does not exist|file does not exist/i,
    'the server has no such file',
  ],
  [/\b429\b/, 'the server refuses so many requests'],
  [/\b5\d\d\b (?:Server|Internal|Bad|Service|Gateway)|HTTP (?:Error )?5\d\d/i, 'the server failed'],
  [/checksum|sha256|digest|Consistency check/i, 'what arrived has another checksum'],
  [
    /IncompleteRead|transfer closed|connection (?:was )?(?:reset|closed|broken)|ECONNRESET|terminated/i,
    'the connection broke off',
  ],
  [/time[d]? ?out|ETIMEDOUT/i, 'the server did not answer in time'],
  [/ENOTFOUND|EAI_AGAIN|resolve|name resolution/i, 'the name of the server could not be resolved'],
];

function judgeDownload({ use, entry, partials }: ModelDownload): Judgement[] {
  const target = use.state.service.name;
  const text = entry?.record.text ?? '';
  // That there is no room for it is another cause's.
  if (NO_SPACE.test(text) || use.complaints.some(({ record }) => NO_SPACE.test(record.text))) return [];
  const broken = use.models.filter(({ answer }) => answer.kind !== 'complete');
  const whole = use.models.find(({ answer }) => answer.kind === 'complete');
  const [partial] = partials;
  if (entry && whole && broken.length === 0 && !partial)
    return [
      refuted({
        target,
        because: `${whole.written} is there, whole`,
        evidence: [{ kind: 'file', source: whole.written, text: 'whole by its tensor table' }, logEvidence(entry)],
      }),
    ];
  if (!entry && !partial) return [];
  if (partial && Date.now() - partial.modifiedAt.getTime() < AT_WORK_MS && !entry)
    return [
      unknown({
        target,
        because: `${partial.shown} is still being written`,
        next: 'wait until the download has ended',
      }),
    ];
  const [model] = broken;
  const reason = REASONS.find(([pattern]) => pattern.test(text))?.[1];
  const evidence: Evidence[] = [
    ...(entry ? [logEvidence(entry)] : []),
    ...partials.slice(0, 2).map(partialEvidence),
    ...(model
      ? [
          {
            kind: 'file' as const,
            source: model.written,
            text: model.answer.kind === 'absent' ? 'no such file' : 'not whole',
          },
        ]
      : []),
    ...(model?.variable ? [variableEvidence(model.variable)] : []),
  ];
  const what = model?.written ?? partial?.shown ?? 'the model';
  const how = partial ? `stopped at ${progressText(partial)}` : 'failed';
  return [
    proved({
      target,
      summary: `The download of ${what} ${how}${reason === undefined ? '' : `: ${reason}`}`,
      confidence: partial || model ? 'proved' : 'likely',
      evidence,
    }),
  ];
}

function partialEvidence(partial: PartialFile): Evidence {
  return {
    kind: 'file',
    source: partial.shown,
    text: `${progressText(partial)}, last written ${partial.modifiedAt.toISOString()}`,
  };
}

function progressText({ sizeBytes, answer }: PartialFile): string {
  return answer.kind === 'truncated'
    ? `${sizeText(sizeBytes)} of ${sizeText(answer.neededBytes)}`
    : sizeText(sizeBytes);
}
