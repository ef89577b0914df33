import type { Evidence } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { isFailing, logEvidence, variableEvidence } from '../../evidence.ts';
import { type ModelFile, modelFiles } from '../../observers/modelFiles.ts';

export const modelFileCorrupt = defineCause({
  id: 'model.file-corrupt',
  category: 'model',
  summary: 'The model file is not whole, or is no model at all',
  advice: {
    sure: "The file's own tensor table says how long it must be, and it is not, or its header is no GGUF header.",
    first: "Download the file again and compare its size or checksum with the publisher's.",
    verify: 'The file is as long as its tensor table says, and the service loads it.',
  },
  needs: { models: modelFiles },
  explains: [
    'process.crash-loop',
    'service.down',
    'config.invalid',
    'network.refused',
    'container.exited',
    'container.restarting',
    'file.missing',
  ],
  judge: ({ models }) => models.flatMap(judgeModel),
});

function judgeModel({ state, written, variable, entry, answer }: ModelFile): Judgement[] {
  const target = state.service.name;
  const named: Evidence[] = [...(entry ? [logEvidence(entry)] : []), ...(variable ? [variableEvidence(variable)] : [])];
  if (answer.kind === 'absent' || answer.kind === 'unreadable' || answer.kind === 'otherVersion') return [];
  if (answer.kind === 'complete') {
    const what = `${answer.architecture ?? 'a model'}, ${answer.tensors} tensors, whole at ${sizeText(answer.sizeBytes)}`;
    return [
      refuted({
        target,
        because: `${written} is ${what}`,
        evidence: [{ kind: 'file', source: written, text: what }, ...named],
      }),
    ];
  }
  const what = {
    truncated: () =>
      `it stops in the middle of its tensors: ${sizeText(answer.sizeBytes)} of ${answer.kind === 'truncated' ? sizeText(answer.neededBytes) : ''} are there`,
    damaged: () => (answer.kind === 'damaged' ? answer.because : ''),
    notGguf: () => (answer.kind === 'notGguf' ? answer.because : ''),
  }[answer.kind]();
  return [
    proved({
      target,
      summary: `The model file ${written} is ${answer.kind === 'notGguf' ? 'no GGUF model' : 'corrupt'}: ${what}`,
      confidence: isFailing(state) || entry !== undefined ? 'proved' : 'likely',
      evidence: [
        {
          kind: 'file',
          source: written,
          text:
            answer.kind === 'truncated'
              ? `${answer.sizeBytes} bytes; its tensor table needs ${answer.neededBytes}`
              : `${answer.sizeBytes} bytes; ${what}`,
        },
        ...named,
      ],
    }),
  ];
}

function sizeText(bytes: number): string {
  return bytes >= 1 << 30
    ? `${(bytes / (1 << 30)).toFixed(1)} GiB`
    : bytes >= 1 << 20
      ? `${(bytes / (1 << 20)).toFixed(1)} MiB`
      : `${Math.ceil(bytes / 1024)} KiB`;
}
