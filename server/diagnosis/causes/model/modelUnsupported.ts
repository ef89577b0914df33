import type { Evidence } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { logEvidence } from '../../evidence.ts';
import type { ModelFile } from '../../observers/modelFiles.ts';
import { type ModelUse, modelUses } from '../../observers/modelUses.ts';
import type { LogEntry } from '../../observers/serviceStates.ts';

export const modelUnsupported = defineCause({
  id: 'model.unsupported',
  category: 'model',
  summary: 'The runtime does not know the architecture, the format version or the quantisation of the model',
  advice: {
    sure: "The model file's own header names what it is, and the runtime says that it does not know that.",
    first: 'Update the runtime to a version that knows the model, or take the model in a form that this one knows.',
    verify: 'The runtime names the architecture when it loads, and the service starts.',
  },
  needs: { uses: modelUses },
  explains: [
    'process.crash-loop',
    'service.down',
    'config.invalid',
    'network.refused',
    'container.exited',
    'container.restarting',
    'container.unhealthy',
  ],
  judge: ({ uses }) => uses.flatMap(judgeUse),
});

/** Group 1 names what is not known. */
const UNKNOWN_ARCHITECTURE: readonly RegExp[] = [
  // llama.cpp and what embeds it
  /unknown (?:model )?architecture: ['"]?([\w.-]{1,60})/i,
  /unsupported model architecture:? ['"]?([\w.-]{1,60})/i,
  // transformers
  /has model type [`'"]([\w.-]{1,60})[`'"] but Transformers does not recognize/i,
  // vLLM
  /Model architectures \[['"]([\w.-]{1,60})['"]\] (?:are|is) not supported/i,
];
const UNKNOWN_FORMAT =
  /invalid ggml type|unknown (?:ggml )?(?:tensor )?type \d|unsupported (?:quanti[sz]ation|ggml type|tensor type)|GGUF version \d+ is not supported|GGUFv\d+ is no longer supported|unsupported GGUF version|bad GGUF version|Invalid type or block size|Unknown quantization method|failed to read (?:header|tensor info)|unknown file version|invalid GGUF type/i;

function judgeUse({ state, models, complaints }: ModelUse): Judgement[] {
  const target = state.service.name;
  const named = complaints
    .map((entry) => ({ entry, architecture: architectureIn(entry) }))
    .findLast(({ architecture }) => architecture !== undefined);
  const format = complaints.findLast(({ record }) => UNKNOWN_FORMAT.test(record.text));
  const judgements: Judgement[] = [];
  for (const model of models) {
    const reason = whyUnknown(model, named?.architecture);
    const entry = named?.entry ?? format;
    if (reason === undefined) {
      if (entry && model.answer.kind === 'complete' && model.answer.architecture !== undefined)
        judgements.push(
          refuted({
            target,
            because: `${model.written} is a ${model.answer.architecture} model of known types`,
            evidence: [{ kind: 'file', source: model.written, text: describe(model) }, logEvidence(entry)],
          }),
        );
      continue;
    }
    // Its error is of something else: that the model could not be loaded either is not what happened.
    if (!entry && !model.entry) continue;
    const facts: Evidence = { kind: 'file', source: model.written, text: describe(model) };
    judgements.push(
      proved({
        target,
        summary: `The runtime of ${target} cannot load ${model.written}: ${reason}`,
        confidence: entry ? 'proved' : 'likely',
        evidence: [...(entry ? [logEvidence(entry)] : []), facts],
      }),
    );
  }
  if (judgements.length === 0 && named)
    judgements.push(
      proved({
        target,
        summary: `The runtime of ${target} does not know the model architecture ${named.architecture}`,
        confidence: 'likely',
        evidence: [logEvidence(named.entry)],
      }),
    );
  return judgements;
}

function architectureIn({ record }: LogEntry): string | undefined {
  return UNKNOWN_ARCHITECTURE.map((pattern) => pattern.exec(record.text)?.[1]).find((name) => name !== undefined);
}

/** @param named the architecture that the runtime's own error names */
function whyUnknown({ answer }: ModelFile, named: string | undefined): string | undefined {
  if (answer.kind === 'otherVersion')
    return answer.bigEndian
      ? 'it was written for machines of the other byte order'
      : `it has version ${answer.version} of the GGUF format, and runtimes read 2 and 3`;
  if (answer.kind !== 'complete') return undefined;
  if (named !== undefined && answer.architecture === named && answer.projector)
    return 'it is the projector of a model that sees or hears, no model by itself';
  if (named !== undefined && answer.architecture === named)
    return answer.loadable
      ? `it is a ${named} model, and this runtime is older than that architecture`
      : `it is a ${named} model, which llama.cpp does not know`;
  if (answer.loadable === false && !answer.projector)
    return `it is a ${answer.architecture} model, which llama.cpp does not know`;
  if (answer.unknownTypes.length > 0)
    return `it holds tensors of type ${answer.unknownTypes.join(', ')}, which ggml does not know`;
  return undefined;
}

function describe({ answer }: ModelFile): string {
  if (answer.kind === 'otherVersion') return `GGUF version ${answer.version}${answer.bigEndian ? ', big-endian' : ''}`;
  if (answer.kind !== 'complete') return answer.kind;
  const types =
    answer.unknownTypes.length > 0 ? `, tensor types unknown to ggml: ${answer.unknownTypes.join(', ')}` : '';
  return `architecture ${answer.architecture ?? 'not named'}, ${answer.tensors} tensors${types}`;
}
