import type { ModelFile } from './observers/modelFiles.ts';
import type { ModelUse } from './observers/modelUses.ts';
import type { LogEntry } from './observers/serviceStates.ts';
import type { Setting } from './targets/serviceSettings.ts';

/** What loading a model takes, by its file and its settings, and what the runtime itself asked for in vain. All in bytes. */
export interface MemoryNeed {
  complaint: LogEntry;
  /** The step that failed, by the runtime's words: while the weights or while the context were made. */
  stage: 'weights' | 'context';
  /** The one allocation that failed, where the complaint tells it. */
  asked: number | undefined;
  model: (ModelFile & { answer: { kind: 'complete' } }) | undefined;
  weights: number | undefined;
  /** Tokens of context that were asked for, with the setting that says so. */
  context: { tokens: number; setting: Setting | undefined } | undefined;
  /** Key/value cache for that context. */
  cache: number | undefined;
}

/** What runtimes print when main memory does not suffice; memory of a GPU is another matter. */
const NO_MEMORY =
  /failed to allocate (?:a |the )?(?:CPU )?(?:buffer|memory)|failed to allocate buffer for|unable to allocate (?:CPU|CPU_\w+) (?:buffer|memory)|failed to allocate compute|requires more system memory|DefaultCPUAllocator: (?:can't|not enough)|\bmmap failed: Cannot allocate|Cannot allocate memory|std::bad_alloc|\bMemoryError\b|InsufficientMemoryError|too large for the available (?:RAM|VRAM and RAM|resources)|not enough (?:system )?memory to load|insufficient memory/i;
const ON_GPU = /\bCUDA\d?\b|cudaMalloc|\bROCm\d?\b|\bHIP\b|\bVulkan\d?\b|\bVRAM\b(?! and RAM)|device memory|\bMetal\b/i;
const CONTEXT_STAGE = /kv[_ ]cache|kv buffer|\bcontext\b|compute buffers?/i;
/** The words of a program that loads models; "Cannot allocate memory" alone may be anybody's. */
const OF_MODELS =
  /llama|ggml|gguf|\bmodel\b|ollama|vllm|torch|transformers|safetensors|context size|kv[_ ]cache|DefaultCPUAllocator/i;
const ASKED: readonly RegExp[] = [
  /buffer of size (\d+)\b()/i,
  /tried to allocate (\d+) (bytes)/i,
  /requires more system memory \(([\d.]+) ([KMGT]i?B)\)/i,
  /allocat\w*[^\n]{0,60}?([\d.]+) ([KMGT]i?B)/i,
];
const CONTEXT_FLAG = /^(?:-c|--ctx-size|--ctx_size|--n[-_]ctx|--context(?:-size|-length)?|--num-ctx|--max-model-len)$/;
const CONTEXT_VARIABLE =
  /(?:^|_)(?:N_?CTX|NUM_CTX|CTX(?:_SIZE|_LEN(?:GTH)?)?|CONTEXT(?:_SIZE|_LEN(?:GTH)?|_WINDOW)?|MAX_MODEL_LEN)$/i;
/** No model has been given more. */
const MAX_TOKENS = 1e9;

/** What a service lacked memory for, by its present complaint; undefined when it does not complain of that. */
export function memoryNeed(use: ModelUse): MemoryNeed | undefined {
  const complaints = use.complaints.filter(({ record }) => NO_MEMORY.test(record.text) && !ON_GPU.test(record.text));
  const complaint = complaints.find(({ record }) => askedIn(record.text) !== undefined) ?? complaints[0];
  if (!complaint) return undefined;
  const ofModels = use.models.length > 0 || complaints.some(({ record }) => OF_MODELS.test(record.text));
  if (!ofModels) return undefined;
  const model = loadedModel(use);
  const context = contextOf(use);
  const perToken = model?.answer.kvBytesPerToken;
  return {
    complaint,
    stage: complaints.some(({ record }) => CONTEXT_STAGE.test(record.text)) ? 'context' : 'weights',
    asked: askedIn(complaint.record.text),
    model,
    weights: model?.answer.weightBytes,
    context,
    cache: perToken !== undefined && context !== undefined ? perToken * context.tokens : undefined,
  };
}

/** The model that is meant: the largest whole one that the service names. */
export function loadedModel({ models }: ModelUse): MemoryNeed['model'] {
  return models
    .filter(
      (file): file is NonNullable<MemoryNeed['model']> => file.answer.kind === 'complete' && !file.answer.projector,
    )
    .sort((a, b) => b.answer.weightBytes - a.answer.weightBytes)[0];
}

/** The context that is configured; else the one that the runtime says it uses. */
export function contextOf({ settings, said }: ModelUse): MemoryNeed['context'] {
  const setting = settings.findLast(
    ({ name, value, variable }) =>
      /^\d{2,10}$/.test(value) && (variable?.name === name ? CONTEXT_VARIABLE.test(name) : CONTEXT_FLAG.test(name)),
  );
  if (setting) return plausible({ tokens: Number(setting.value), setting });
  const line = said.findLast((text) => N_CTX.test(text));
  const tokens = line === undefined ? undefined : N_CTX.exec(line)?.[1];
  return tokens === undefined ? undefined : plausible({ tokens: Number(tokens), setting: undefined });
}

const N_CTX = /\bn_ctx\s{0,20}= (\d{2,10})\b/;

function plausible(context: NonNullable<MemoryNeed['context']>): MemoryNeed['context'] {
  return context.tokens > 0 && context.tokens <= MAX_TOKENS ? context : undefined;
}

function askedIn(text: string): number | undefined {
  for (const pattern of ASKED) {
    const [, amount, unit = ''] = pattern.exec(text) ?? [];
    if (amount !== undefined) return bytesOf(Number(amount), unit);
  }
  return undefined;
}

/** 9.4 and "GiB" → bytes. GB counts as GiB: runtimes mix them, and the larger reading only makes a need that is out of reach look so. */
export function bytesOf(amount: number, unit: string): number {
  const power = ['', 'K', 'M', 'G', 'T'].indexOf(unit.charAt(0).toUpperCase().replace('B', ''));
  return amount * 1024 ** Math.max(power, 0);
}
