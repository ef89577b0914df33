import { totalmem } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectFixVerifies } from '../support/applyFix.ts';
import { describeIncidents } from '../support/describeIncidents.ts';
import { expectRoot } from '../support/expectReport.ts';
import { createScenario, quietLog, type Scenario } from '../support/scenario.ts';
import { type GgufTensor, writeGguf } from '../support/writeGguf.ts';

const TENSOR: GgufTensor = { name: 'output.weight', dimensions: [256, 64], type: 0, bytes: 256 * 64 * 4 };
/** 2 blocks × 8 heads × (128 + 128) × 2 bytes = 8 KiB of cache for each token. */
const ATTENTION = {
  'llama.context_length': 1 << 20,
  'llama.embedding_length': 1024,
  'llama.block_count': 2,
  'llama.attention.head_count': 8,
  'llama.attention.head_count_kv': 8,
};
const BYTES_PER_TOKEN = 8192;

/** Makes its memory as llama.cpp does, weights first, and says the same when the system refuses. */
const SERVER = `
import mmap, os, sys
weights = int(os.environ.get('WEIGHTS', '65536'))
cache = int(os.environ.get('N_CTX', '512')) * ${BYTES_PER_TOKEN}
model = os.environ['MODEL_PATH']
print("llama_model_loader: loaded meta data with 8 key-value pairs and 1 tensors from %s (version GGUF V3 (latest))" % model)
def allocate(size, what):
    try:
        return mmap.mmap(-1, size)
    except OSError:
        print("ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size %d" % size)
        print(what)
        print("common_init_from_params: failed to create context with model '%s'" % model)
        print("main: exiting due to model loading error")
        sys.exit(1)
allocate(weights, "llama_model_load: error loading model: unable to allocate CPU buffer")
print("llama_context: n_ctx         = %s" % os.environ.get('N_CTX', '512'), flush=True)
allocate(cache, "llama_init_from_model: failed to initialize the context: failed to allocate buffer for kv cache")
print("main: server is listening on http://127.0.0.1:8080 - starting the main loop", flush=True)
import time
time.sleep(600)
`;
const PACKAGE = '{ "name": "assistant", "scripts": { "start": "python3 llm.py" } }';

const model = (options: Partial<Parameters<typeof writeGguf>[1]> = {}) => ({
  prepare: async (scenario: Scenario): Promise<void> => {
    await scenario.write({ 'models/.keep': '' });
    await writeGguf(path.join(scenario.workspace, 'models/chat.gguf'), {
      architecture: 'llama',
      vocabulary: 100,
      tensors: [TENSOR],
      metadata: ATTENTION,
      ...options,
    });
  },
});

/** What node-llama-cpp 3.22 printed for a file of an architecture that llama.cpp does not have. */
const UNKNOWN_ARCHITECTURE = `llama_model_loader: loaded meta data with 3 key-value pairs and 1 tensors from models/chat.gguf (version GGUF V3 (latest))
llama_model_loader: Dumping metadata keys/values. Note: KV overrides do not apply in this output.
llama_model_loader: - kv   0:                       general.architecture str              = nebula9
llama_model_loader: - type  f32:    1 tensors
print_info: file format = GGUF V3 (latest)
print_info: file type   = (guessed) all F32
print_info: file size   = 0.06 MiB (32.00 BPW)
llama_model_load: error loading model: unknown model architecture: 'nebula9'
llama_model_load_from_file_impl: failed to load model
file:///srv/node_modules/node-llama-cpp/dist/evaluator/LlamaModel/LlamaModel.js:626
                throw new Error("Failed to load model");
                      ^

Error: Failed to load model
    at LlamaModel._create (file:///srv/node_modules/node-llama-cpp/dist/evaluator/LlamaModel/LlamaModel.js:626:23)
    at async withLock (file:///srv/node_modules/lifecycle-utils/dist/withLock.js:23:16)

Node.js v24.21.0
`;
/** The same for a tensor of type 77, and for version 1 of the format. */
const UNKNOWN_TYPE = `file:///srv/node_modules/node-llama-cpp/dist/gguf/insights/GgufInsights.js:1157
        throw new Error("Invalid type or block size");
              ^

Error: Invalid type or block size
    at calculateTensorSize (file:///srv/node_modules/node-llama-cpp/dist/gguf/insights/GgufInsights.js:1157:15)
    at async withLock (file:///srv/node_modules/lifecycle-utils/dist/withLock.js:23:16)

Node.js v24.21.0
`;
const OLD_VERSION = `            throw new UnsupportedError("GGUF version 1 is not supported by llama.cpp anymore");
                  ^

UnsupportedError: GGUF version 1 is not supported by llama.cpp anymore
    at parseGgufUsingASpecificVersionParser (file:///srv/node_modules/node-llama-cpp/dist/gguf/parser/parseGguf.js:66:19)

Node.js v24.21.0
`;
const FILES = { 'package.json': PACKAGE, 'llm.py': SERVER, '.env': 'MODEL_PATH=models/chat.gguf\n' };
const FOUR_TIMES_ALL = totalmem() * 4;

describeIncidents('model.unsupported', [
  {
    name: 'an architecture that the runtime does not know (recorded output)',
    files: FILES,
    ...model({ architecture: 'nebula9' }),
    recorded: UNKNOWN_ARCHITECTURE,
    root: {
      cause: 'model.unsupported',
      target: 'assistant',
      mentions: ['nebula9', 'models/chat.gguf'],
      confidence: 'proved',
    },
  },
  {
    name: 'tensors of a type that ggml does not have (recorded output)',
    files: FILES,
    ...model({ tensors: [{ ...TENSOR, type: 77 }] }),
    recorded: UNKNOWN_TYPE,
    root: { cause: 'model.unsupported', mentions: ['type 77'], confidence: 'proved' },
  },
  {
    name: 'a file in version 1 of the format (recorded output)',
    files: FILES,
    ...model({ version: 1 }),
    recorded: OLD_VERSION,
    root: { cause: 'model.unsupported', mentions: ['version 1'], confidence: 'proved' },
  },
  {
    name: 'misleading: the log speaks of an unknown architecture, but the model has been exchanged and its file is cut short',
    files: FILES,
    prepare: async (scenario) => {
      await scenario.write({ 'models/.keep': '' });
      const file = path.join(scenario.workspace, 'models/chat.gguf');
      await writeGguf(file, { architecture: 'llama', vocabulary: 100, tensors: [TENSOR], truncateTo: 20_000 });
    },
    recorded:
      "llama_model_load: error loading model: tensor 'output.weight' data is not within the file bounds, model is corrupted or incomplete\nllama_model_load_from_file_impl: failed to load model\nmain: exiting due to model loading error\n",
    root: { cause: 'model.file-corrupt' },
    never: ['model.unsupported'],
  },
]);

describeIncidents('model.memory-insufficient and model.context-too-large', [
  {
    name: 'weights larger than the memory of the machine',
    files: { ...FILES, '.env': `MODEL_PATH=models/chat.gguf\nWEIGHTS=${FOUR_TIMES_ALL}\n` },
    ...model({ tensors: [{ ...TENSOR, dimensions: [FOUR_TIMES_ALL / 4], bytes: FOUR_TIMES_ALL }] }),
    start: ['python3', 'llm.py'],
    options: { env: { MODEL_PATH: 'models/chat.gguf', WEIGHTS: String(FOUR_TIMES_ALL) } },
    root: {
      cause: 'model.memory-insufficient',
      target: 'assistant',
      mentions: ['weights', 'available'],
      confidence: 'proved',
    },
  },
  {
    name: 'a context whose cache does not fit',
    files: { ...FILES, '.env': 'MODEL_PATH=models/chat.gguf\nN_CTX=900000000\n' },
    ...model(),
    start: ['python3', 'llm.py'],
    options: { env: { MODEL_PATH: 'models/chat.gguf', N_CTX: '900000000' } },
    root: {
      cause: 'model.context-too-large',
      target: 'assistant',
      mentions: ['900000000 tokens', '8192 bytes of cache a token', '.env:2'],
      confidence: 'proved',
    },
    never: ['model.memory-insufficient'],
  },
  {
    name: 'a context larger than vLLM can hold (recorded output)',
    files: { 'package.json': '{ "name": "llm", "scripts": { "start": "vllm serve big --max-model-len 32768" } }' },
    recorded:
      "ERROR 11-24 10:00:01 [core.py:390] ValueError: The model's max seq len (32768) is larger than the maximum number of tokens that can be stored in KV cache (18736). Try increasing `gpu_memory_utilization` or decreasing `max_model_len` when initializing the engine.\n",
    root: { cause: 'model.context-too-large', mentions: ['32768', '18736', 'package.json:1'], confidence: 'proved' },
  },
  {
    name: 'misleading: "Cannot allocate memory", but the model file is cut short and memory is free',
    files: FILES,
    prepare: async (scenario) => {
      await scenario.write({ 'models/.keep': '' });
      await writeGguf(path.join(scenario.workspace, 'models/chat.gguf'), {
        architecture: 'llama',
        vocabulary: 100,
        tensors: [TENSOR],
        truncateTo: 30_000,
      });
    },
    recorded:
      'llama_model_load: error loading model: failed to load models/chat.gguf\nggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 65536\nmain: exiting due to model loading error\n',
    root: { cause: 'model.file-corrupt' },
    never: ['model.memory-insufficient'],
    ruledOut: ['model.memory-insufficient'],
  },
]);

describe('a model service', () => {
  it('loads again once the context is what the fix says', async () => {
    const scenario = await createScenario();
    try {
      await model().prepare(scenario);
      await scenario.write({ ...FILES, '.env': 'MODEL_PATH=models/chat.gguf\nN_CTX=900000000\n' });
      await scenario.run(['python3', 'llm.py'], {
        log: 'logs/app.log',
        env: { MODEL_PATH: 'models/chat.gguf', N_CTX: '900000000' },
      });
      const root = expectRoot(await scenario.diagnose(), { cause: 'model.context-too-large' });
      await expectFixVerifies(scenario, root);
    } finally {
      await scenario.dispose();
    }
  });

  it('healthy look-alike: runs with a large context and a log that holds an old failure', async () => {
    const scenario = await createScenario();
    try {
      await model().prepare(scenario);
      await scenario.write({
        ...FILES,
        '.env': 'MODEL_PATH=models/chat.gguf\nN_CTX=4096\n',
        'logs/app.log': `${quietLog(20, { minutesAgo: 300 })}ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 999999999999\nllama_model_load: error loading model: unknown model architecture: 'nebula9'\nmain: exiting due to model loading error\n`,
      });
      await scenario.start(['python3', 'llm.py'], {
        log: 'logs/app.log',
        env: { MODEL_PATH: 'models/chat.gguf', N_CTX: '4096' },
      });
      await scenario.until('logs/app.log', 'server is listening');
      const report = await scenario.diagnose();
      expect(report.findings).toEqual([]);
      expect(report.unknown.filter(({ cause }) => /^(?:model|gpu|cpu)\./.test(cause))).toEqual([]);
    } finally {
      await scenario.dispose();
    }
  });
});
