import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import type { HostFacts } from '../../../systems/host/host.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { sizeText } from '../../diskText.ts';
import { logEvidence } from '../../evidence.ts';
import { contextOf, loadedModel, type MemoryNeed, memoryNeed } from '../../modelMemory.ts';
import { type ModelUse, modelHost, modelUses } from '../../observers/modelUses.ts';
import { envFiles } from '../../observers/workspaceFiles.ts';
import type { EnvFiles } from '../../targets/serviceEnvironment.ts';

export const modelContextTooLarge = defineCause({
  id: 'model.context-too-large',
  category: 'model',
  summary: 'The context that is asked for is larger than the memory, or the model, allows',
  advice: {
    sure: 'The cache of keys and values for that many tokens, or the limit that the runtime names, is smaller than what is asked for.',
    first: 'Ask for a smaller context; halve it until it fits, or keep the cache in 8 bits.',
    verify: 'The model loads with the smaller context, and the log names no allocation that failed.',
  },
  needs: { uses: modelUses, host: modelHost, files: envFiles },
  explains: [
    'process.crash-loop',
    'service.down',
    'network.refused',
    'container.exited',
    'container.restarting',
    'container.oom-killed',
    'container.unhealthy',
    'memory.oom-kill',
    'memory.pressure',
    'gpu.memory-exhausted',
  ],
  judge: ({ uses, host, files }) =>
    uses.flatMap((use): Judgement[] => {
      const limited = judgeLimit(use, files);
      if (limited) return [limited];
      const need = host && memoryNeed(use);
      return host && need ? judgeMemory(use, need, host, files) : [];
    }),
});

/** The runtime itself names what was asked for and what it allows: groups 1 and 2. */
const LIMITS: readonly RegExp[] = [
  // vLLM
  /max seq len \((\d+)\) is larger than the maximum number of tokens that can be stored in KV cache \((\d+)\)/,
  /max_model_len \((\d+)\) is greater than the derived max_model_len \([^)]{0,80}?(\d+)\b/,
  /max seq len \((\d+)\)[^\n]{0,300}estimated maximum model length is (\d+)/,
  // llama-server
  /request \((\d+) tokens\) exceeds the available context size \((\d+) tokens\)/,
  // llama-cpp-python, transformers
  /Requested tokens \((\d+)\) exceed context window of (\d+)/,
];

function judgeLimit(use: ModelUse, files: EnvFiles): Judgement | undefined {
  const { state, complaints } = use;
  const target = state.service.name;
  for (const entry of complaints.toReversed()) {
    const [text, asked, allowed] =
      LIMITS.map((pattern) => pattern.exec(entry.record.text)).find((match) => match !== null) ?? [];
    if (text === undefined) continue;
    const context = contextOf(use);
    const setting = context?.setting;
    const request = /request|Requested/.test(text);
    // What is configured now is not what the runtime complained of: it has been changed since.
    if (setting && context && context.tokens !== Number(request ? allowed : asked))
      return request
        ? undefined
        : refuted({
            target,
            because: `${setting.name} is ${context.tokens} now`,
            evidence: [setting.evidence, logEvidence(entry)],
          });
    return proved({
      target,
      summary: request
        ? `A request of ${asked} tokens exceeds the context of ${allowed} tokens that ${target} was started with`
        : `${target} asks for a context of ${asked} tokens, and only ${allowed} fit`,
      confidence: setting ? 'proved' : 'likely',
      evidence: [logEvidence(entry), ...(setting ? [setting.evidence] : [])],
      fixes: request || !context ? [] : shrinkFix(context, Number(allowed), target, files),
      ...(request
        ? { advice: { first: 'Send less in one request, or start the service with a larger context.' } }
        : {}),
    });
  }
  return undefined;
}

function judgeMemory(use: ModelUse, need: MemoryNeed, host: HostFacts, files: EnvFiles): Judgement[] {
  const { state } = use;
  const target = state.service.name;
  const available = Math.min(host.availableMemoryBytes, state.container?.memoryLimit ?? Number.POSITIVE_INFINITY);
  const { weights, cache, context, asked, model, complaint } = need;
  // Weights that do not fit by themselves are the other cause's.
  if (weights !== undefined && weights > available) return [];
  const needed = cache === undefined ? undefined : (weights ?? 0) + cache;
  const evidence: Evidence[] = [
    logEvidence(complaint),
    ...(context?.setting ? [context.setting.evidence] : []),
    ...(model && cache !== undefined && context
      ? [
          {
            kind: 'file' as const,
            source: model.written,
            text: `${sizeText(weights ?? 0)} of weights; ${model.answer.kvBytesPerToken} bytes of cache a token make ${sizeText(cache)} for ${context.tokens} tokens`,
          },
        ]
      : []),
    { kind: 'host', source: 'available memory', text: `${sizeText(available)} available` },
  ];
  if (needed !== undefined && context && needed > available) {
    const fits = Math.floor((available * 0.8 - (weights ?? 0)) / (model?.answer.kvBytesPerToken ?? 1));
    return [
      proved({
        target,
        summary: `A context of ${context.tokens} tokens takes ${sizeText(cache ?? 0)}${weights === undefined ? '' : ` beside ${sizeText(weights)} of weights`}, and ${sizeText(available)} of memory are available`,
        evidence,
        fixes: shrinkFix(context, Math.min(fits, model?.answer.contextLength ?? fits), target, files),
      }),
    ];
  }
  if (need.stage !== 'context') return [];
  if (needed !== undefined)
    return [
      refuted({
        target,
        because: `weights and cache take ${sizeText(needed)}, and ${sizeText(available)} are available`,
        evidence,
      }),
    ];
  if (asked !== undefined && asked > available)
    return [
      proved({
        target,
        summary: `${target} asked for ${sizeText(asked)} for its context${context ? ` of ${context.tokens} tokens` : ''}, and ${sizeText(available)} of memory are available`,
        confidence: context || loadedModel(use) ? 'proved' : 'likely',
        evidence,
      }),
    ];
  return asked === undefined
    ? []
    : [
        refuted({
          target,
          because: `it asked for ${sizeText(asked)}, and ${sizeText(available)} are available now`,
          evidence,
        }),
      ];
}

const MIN_CONTEXT = 512;

/** The largest power of two that fits, where an env file sets the context. */
function shrinkFix(context: NonNullable<MemoryNeed['context']>, fits: number, target: string, files: EnvFiles): Fix[] {
  const { variable } = context.setting ?? {};
  const before = variable && files.get(variable.at.file)?.lines[variable.at.line - 1];
  if (!variable || before === undefined || fits < MIN_CONTEXT || !before.includes(String(context.tokens))) return [];
  const size = 2 ** Math.floor(Math.log2(fits));
  return [
    {
      title: `Ask for a context of ${size} tokens`,
      risk: 'write',
      changes: [
        {
          kind: 'edit',
          file: variable.at.file,
          line: variable.at.line,
          before,
          after: before.replace(String(context.tokens), String(size)),
        },
      ],
      undo: true,
      verify: `Start ${target}: it loads its model with ${size} tokens of context.`,
    },
  ];
}
