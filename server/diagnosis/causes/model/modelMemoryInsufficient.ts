import type { Evidence } from '../../../protocol/diagnosis.ts';
import type { HostFacts } from '../../../systems/host/host.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { sizeText } from '../../diskText.ts';
import { logEvidence } from '../../evidence.ts';
import { type MemoryNeed, memoryNeed } from '../../modelMemory.ts';
import { type ModelUse, modelHost, modelUses } from '../../observers/modelUses.ts';

export const modelMemoryInsufficient = defineCause({
  id: 'model.memory-insufficient',
  category: 'model',
  summary: 'The model needs more memory than the machine, or its container, has left',
  advice: {
    sure: "What the model file's tensors take, or what the runtime asked for, is more than is available now.",
    first: 'Use a smaller model or quantisation, or free the memory that others hold.',
    verify: 'The model loads, and memory is left beside it.',
  },
  needs: { uses: modelUses, host: modelHost },
  explains: [
    'model.context-too-large',
    'process.crash-loop',
    'service.down',
    'network.refused',
    'container.exited',
    'container.restarting',
    'container.oom-killed',
    'container.unhealthy',
    'memory.oom-kill',
    'memory.pressure',
  ],
  judge: ({ uses, host }) =>
    host === undefined
      ? []
      : uses.flatMap((use) => {
          const need = memoryNeed(use);
          return need ? judgeNeed(use, need, host) : [];
        }),
});

function judgeNeed({ state }: ModelUse, need: MemoryNeed, host: HostFacts): Judgement[] {
  const target = state.service.name;
  const limit = state.container?.memoryLimit;
  const available = Math.min(host.availableMemoryBytes, limit ?? Number.POSITIVE_INFINITY);
  const memory: Evidence = {
    kind: 'host',
    source: limit !== undefined && limit < host.availableMemoryBytes ? 'container limit' : 'available memory',
    text: `${sizeText(available)} available of ${sizeText(limit ?? host.totalMemoryBytes)}`,
  };
  const file: Evidence[] = need.model
    ? [{ kind: 'file', source: need.model.written, text: `its tensors take ${sizeText(need.weights ?? 0)}` }]
    : [];
  const evidence = [logEvidence(need.complaint), ...file, memory];
  const { weights, stage, asked } = need;
  if (weights !== undefined && weights > available)
    return [
      proved({
        target,
        summary: `${need.model?.written ?? 'The model'} needs ${sizeText(weights)} for its weights alone, and ${sizeText(available)} of memory are available`,
        evidence,
      }),
    ];
  // That the weights fit and the context does not is the other cause's.
  if (stage === 'context') return [];
  const needed = asked ?? weights;
  if (needed === undefined)
    return [
      unknown({
        target,
        because: 'the log does not say how much memory the model asked for, and no model file was found',
        next: `compare the size of the model with the ${sizeText(available)} that are available`,
      }),
    ];
  if (needed > available)
    return [
      proved({
        target,
        summary: `${target} asked for ${sizeText(needed)} to load its model, and ${sizeText(available)} of memory are available`,
        evidence,
      }),
    ];
  return [
    refuted({
      target,
      because: `it asked for ${sizeText(needed)}, and ${sizeText(available)} of memory are available now`,
      evidence,
    }),
  ];
}
