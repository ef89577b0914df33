import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { isFailing, logEvidence, variableEvidence } from '../../evidence.ts';
import { modelFiles } from '../../observers/modelFiles.ts';

export const modelFileMissing = defineCause({
  id: 'model.file-missing',
  category: 'model',
  summary: 'The model file that the service is configured with does not exist',
  advice: {
    sure: "The path is the service's own setting, and no file is there.",
    first: 'Download the model, or point the setting at a model that exists.',
    verify: 'The service starts and loads the model.',
  },
  needs: { models: modelFiles },
  explains: [
    'file.missing',
    'process.crash-loop',
    'service.down',
    'config.invalid',
    'network.refused',
    'container.exited',
    'container.restarting',
  ],
  judge: ({ models }) =>
    models.flatMap(({ state, written, variable, entry, answer }): Judgement[] => {
      const target = state.service.name;
      const evidence = [...(entry ? [logEvidence(entry)] : []), ...(variable ? [variableEvidence(variable)] : [])];
      if (answer.kind !== 'absent')
        return [
          refuted({
            target,
            because: `${written} is there`,
            evidence: [{ kind: 'filesystem', source: written, text: 'exists' }, ...evidence],
          }),
        ];
      return [
        proved({
          target,
          summary: `The model file ${written} does not exist`,
          confidence: isFailing(state) || entry !== undefined ? 'proved' : 'likely',
          evidence: [{ kind: 'filesystem', source: written, text: 'no such file' }, ...evidence],
        }),
      ];
    }),
});
