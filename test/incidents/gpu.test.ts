import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectFixVerifies } from '../support/applyFix.ts';
import { describeIncidents } from '../support/describeIncidents.ts';
import { expectRoot, expectSilence } from '../support/expectReport.ts';
import { DRIVER_MISMATCH, nvidiaXml, startFakeGpu } from '../support/fakeGpu.ts';
import { createScenario, quietLog } from '../support/scenario.ts';
import { writeGguf } from '../support/writeGguf.ts';

/** Errors of the libraries themselves, exactly as they write them: none of them can run here. */
const NO_DRIVER = `Traceback (most recent call last):
  File "/srv/serve.py", line 12, in <module>
    model = model.to(os.environ["DEVICE"])
  File "/usr/lib/python3/dist-packages/torch/cuda/__init__.py", line 319, in _lazy_init
    torch._C._cuda_init()
RuntimeError: Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU and installed a driver from http://www.nvidia.com/Download/index.aspx
`;
const outOfMemory = (asked: string, own: string): string => `Traceback (most recent call last):
  File "/srv/serve.py", line 12, in <module>
    model = model.to(os.environ["DEVICE"])
torch.OutOfMemoryError: CUDA out of memory. Tried to allocate ${asked}. GPU 0 has a total capacity of 23.69 GiB of which 35.12 MiB is free. Including non-PyTorch memory, this process has ${own} memory in use. Of the allocated memory 7.50 GiB is allocated by PyTorch, and 12.31 MiB is reserved by PyTorch but unallocated. If reserved but unallocated memory is large try setting PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True to avoid fragmentation.
`;
const NVML_MISMATCH = `Traceback (most recent call last):
  File "/srv/serve.py", line 3, in <module>
    pynvml.nvmlInit()
pynvml.NVMLError_LibRmVersionMismatch: Driver/library version mismatch
`;
const LLAMA_CUDA = `load_tensors: offloaded 33/33 layers to GPU
load_tensors:        CUDA0 model buffer size =  4403.49 MiB
llama_context: n_ctx         = 32768
ggml_backend_cuda_buffer_type_alloc_buffer: allocating 4096.00 MiB on device 0: cudaMalloc failed: out of memory
llama_init_from_model: failed to initialize the context: failed to allocate buffer for kv cache
common_init_from_params: failed to create context with model 'model.gguf'
main: exiting due to model loading error
`;
const PACKAGE = '{ "name": "inference", "scripts": { "start": "python3 serve.py" } }';
const FILES = { 'package.json': PACKAGE, 'serve.py': 'import os\n', '.env': 'DEVICE=cuda\n' };

describeIncidents('gpu.absent, gpu.driver-mismatch and gpu.memory-exhausted (recorded errors and tool outputs)', [
  {
    name: 'a machine without a GPU, and a service that is told to use one',
    files: FILES,
    recorded: NO_DRIVER,
    root: {
      cause: 'gpu.absent',
      target: 'inference',
      mentions: ['no NVIDIA device', '.env:1', 'not installed'],
      confidence: 'proved',
    },
  },
  {
    name: 'a container engine without the NVIDIA runtime',
    files: FILES,
    prepare: async (scenario) =>
      startFakeGpu(scenario, 'nvidia-smi', { stdout: nvidiaXml({ total: 24_576, used: 1 }) }),
    recorded: 'docker: Error response from daemon: could not select device driver "" with capabilities: [[gpu]].\n',
    root: { cause: 'gpu.absent', mentions: ['NVIDIA runtime is not set up'] },
  },
  {
    name: 'devices that a variable hides',
    files: { ...FILES, '.env': 'DEVICE=cuda\nCUDA_VISIBLE_DEVICES=3\n' },
    prepare: async (scenario) =>
      startFakeGpu(scenario, 'nvidia-smi', { stdout: nvidiaXml({ total: 24_576, used: 1 }) }),
    recorded: NO_DRIVER.replace(/RuntimeError.*/, 'RuntimeError: No CUDA GPUs are available'),
    root: { cause: 'gpu.absent', mentions: ['CUDA_VISIBLE_DEVICES', '.env:2', 'RTX 3090'], confidence: 'proved' },
  },
  {
    name: 'a driver that was updated under the loaded module',
    files: FILES,
    prepare: async (scenario) => startFakeGpu(scenario, 'nvidia-smi', DRIVER_MISMATCH),
    recorded: NVML_MISMATCH,
    root: {
      cause: 'gpu.driver-mismatch',
      mentions: ['550.144', 'Driver/library version mismatch'],
      confidence: 'proved',
    },
  },
  {
    name: 'a driver that is too old for the library',
    files: FILES,
    prepare: async (scenario) =>
      startFakeGpu(scenario, 'nvidia-smi', {
        stdout: nvidiaXml({ total: 24_576, used: 1, driver: '470.74', cuda: '11.4' }),
      }),
    recorded: NO_DRIVER.replace(
      /RuntimeError.*/,
      'RuntimeError: The NVIDIA driver on your system is too old (found version 11040). Please update your GPU driver by downloading and installing a new version from the URL: http://www.nvidia.com/Download/index.aspx',
    ),
    root: { cause: 'gpu.driver-mismatch', mentions: ['CUDA 11.4', '470.74'], confidence: 'proved' },
  },
  {
    name: 'the memory of the device, held by another process',
    files: FILES,
    prepare: async (scenario) =>
      startFakeGpu(scenario, 'nvidia-smi', {
        stdout: nvidiaXml({
          total: 24_576,
          used: 20_480,
          processes: [{ pid: 777_777, name: '/opt/train/python3', used: 20_400 }],
        }),
      }),
    recorded: outOfMemory('2.00 GiB', '7.63 GiB'),
    root: {
      cause: 'gpu.memory-exhausted',
      mentions: ['pid 777777', 'python3', '4.0 GiB are free'],
      confidence: 'proved',
    },
  },
  {
    name: 'a model and its cache that are larger than the device',
    files: {
      'package.json': '{ "name": "llm", "scripts": { "start": "llama-server -m model.gguf -ngl 99 -c 32768" } }',
    },
    prepare: async (scenario) => {
      const file = path.join(scenario.workspace, 'model.gguf');
      await writeGguf(file, { architecture: 'llama', vocabulary: 10, tensors: [] });
      startFakeGpu(scenario, 'nvidia-smi', { stdout: nvidiaXml({ total: 8_192, used: 300 }) });
    },
    recorded: LLAMA_CUDA,
    root: { cause: 'gpu.memory-exhausted', mentions: ['8.3 GiB', '8.0 GiB in all'], confidence: 'proved' },
  },
  {
    name: 'misleading: the log says that no GPU is available, but the driver does not fit its library',
    files: FILES,
    prepare: async (scenario) => startFakeGpu(scenario, 'nvidia-smi', DRIVER_MISMATCH),
    recorded: NO_DRIVER.replace(/RuntimeError.*/, 'RuntimeError: No CUDA GPUs are available'),
    root: { cause: 'gpu.driver-mismatch' },
    never: ['gpu.absent'],
  },
  {
    name: 'misleading: a warning about CUDA, while the database is what is missing',
    files: {
      'package.json': '{ "name": "inference", "scripts": { "start": "node serve.js" } }',
      'serve.js': `console.warn('UserWarning: CUDA initialization: Found no NVIDIA driver on your system, running on the CPU');
require('node:net').connect(Number(new URL(process.env.DATABASE_URL).port), '127.0.0.1').on('error', (error) => { throw error; });`,
      '.env': 'DATABASE_URL=postgres://app@127.0.0.1:@PORT@/app\n',
    },
    start: ['node', '--env-file=.env', 'serve.js'],
    root: { cause: 'database.unreachable' },
  },
]);

describe('a machine with or without a GPU', () => {
  it('rules an exhausted device out that has its memory back', async () => {
    const scenario = await createScenario();
    try {
      startFakeGpu(scenario, 'nvidia-smi', { stdout: nvidiaXml({ total: 24_576, used: 300 }) });
      await scenario.write({
        ...FILES,
        'logs/app.log': quietLog(20, { minutesAgo: 60 }) + outOfMemory('2.00 GiB', '7.63 GiB'),
      });
      const report = await scenario.diagnose();
      expect(report.findings.map(({ cause }) => cause)).not.toContain('gpu.memory-exhausted');
      expect(report.ruledOut.find(({ cause }) => cause === 'gpu.memory-exhausted')?.because).toContain('free now');
    } finally {
      await scenario.dispose();
    }
  });

  it('is unknown within its time when the tool never answers', async () => {
    const scenario = await createScenario();
    try {
      startFakeGpu(scenario, 'nvidia-smi', { hang: true });
      await scenario.write({ ...FILES, 'logs/app.log': quietLog(20, { minutesAgo: 60 }) + NVML_MISMATCH });
      const report = await scenario.diagnose();
      expect(report.durationMs).toBeLessThan(8_000);
      expect(report.unknown.find(({ cause }) => cause === 'gpu.driver-mismatch')?.because).toContain('did not answer');
    } finally {
      await scenario.dispose();
    }
  });

  it('runs on the CPU once the fix says so', async () => {
    const scenario = await createScenario();
    try {
      await scenario.write({
        ...FILES,
        '.env': 'NAME=cuda-box\nDEVICE=cuda # the GPU\n',
        'logs/app.log': quietLog(20, { minutesAgo: 60 }) + NO_DRIVER,
      });
      await expectFixVerifies(scenario, expectRoot(await scenario.diagnose(), { cause: 'gpu.absent' }));
    } finally {
      await scenario.dispose();
    }
  });

  it.each([
    ['CUDA_VISIBLE_DEVICES=\nN_GPU_LAYERS=0\n'],
    ['CUDA_VISIBLE_DEVICES=-1\nDEVICE=cpu\n'],
    ['DEVICE=cuda\nN_GPU_LAYERS=99\n'],
  ])('healthy look-alike: a service that runs without a GPU, with %j', async (env) => {
    const scenario = await createScenario();
    try {
      const line = 'no usable GPU found, --gpu-layers option will be ignored';
      await scenario.write({
        'package.json': '{ "name": "inference", "scripts": { "start": "node serve.js" } }',
        'serve.js': `console.log(new Date().toISOString() + ' WARN  ${line}'); console.log(new Date().toISOString() + ' INFO  ready'); setInterval(() => {}, 1e6);`,
        '.env': env,
      });
      await scenario.start(['node', 'serve.js'], { log: 'logs/app.log' });
      await scenario.until('logs/app.log', 'ready');
      const report = await scenario.diagnose();
      expectSilence(report);
      expect(report.unknown.filter(({ cause }) => /^(?:gpu|model|cpu)\./.test(cause))).toEqual([]);
    } finally {
      await scenario.dispose();
    }
  });
});
