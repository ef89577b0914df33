import type { Evidence } from '../protocol/diagnosis.ts';
import type { GpuAnswer } from '../systems/gpu/gpu.ts';
import { sizeText } from './diskText.ts';
import type { ModelUse } from './observers/modelUses.ts';
import type { LogEntry } from './observers/serviceStates.ts';
import type { Setting } from './targets/serviceSettings.ts';

export type GpuVendor = 'nvidia' | 'amd' | 'apple' | 'vulkan';

/** What runtimes print when they find no device to work on. */
const NO_DEVICE =
  /Found no NVIDIA driver|No CUDA GPUs are available|no CUDA-capable device|cudaErrorNoDevice|CUDA_ERROR_NO_DEVICE|CUDA error:? 100\b|Torch not compiled with CUDA enabled|CUDA (?:is|was) not available|CUDA (?:not|un)available|torch\.cuda\.is_available\(\) is False|libcuda\.so[.\d]{0,4}: cannot open|could not select device driver ""? with capabilities: \[\[gpu|nvidia-container-cli: |No HIP GPUs are available|hipErrorNoDevice|ROCk module is NOT loaded|No ROCm-capable|Failed to infer device type|No GPU (?:found|detected|available)|no (?:supported |compatible |usable )?GPUs? (?:were |was |is )?(?:found|detected|available|discovered)|ggml_vulkan: No devices found|vk::createInstance: ErrorIncompatibleDriver|Metal is not (?:available|supported)/i;
const MISMATCH =
  /Driver\/library version mismatch|NVML_ERROR_LIB_RM_VERSION_MISMATCH|API mismatch: (?:the )?client|CUDA driver version is insufficient|driver on your system is too old|forward compatibility was attempted|unsupported display driver \/ cuda driver|CUDA_ERROR_SYSTEM_DRIVER_MISMATCH|CUDA error:? (?:35|803|804)\b/i;
const EXHAUSTED =
  /CUDA out of memory|torch\.(?:cuda\.)?OutOfMemoryError|CUDA_ERROR_OUT_OF_MEMORY|cudaErrorMemoryAllocation|cudaMalloc failed: out of memory|HIP out of memory|hipErrorOutOfMemory|ErrorOutOfDeviceMemory|less than desired GPU memory utilization|Not enough VRAM|too large for the available VRAM(?! and)|unable to allocate (?:CUDA|ROCm|Vulkan)\d* buffer|failed to allocate (?:CUDA|ROCm|Vulkan)\d* buffer|kCUDA\S* out of memory/i;

export function saysNoDevice(text: string): boolean {
  return NO_DEVICE.test(text) && !MISMATCH.test(text);
}

export function saysMismatch(text: string): boolean {
  return MISMATCH.test(text);
}

export function saysExhausted(text: string): boolean {
  return EXHAUSTED.test(text);
}

export function speaksOfGpu(text: string): boolean {
  return NO_DEVICE.test(text) || MISMATCH.test(text) || EXHAUSTED.test(text);
}

/** The vendor that an error speaks of; CUDA is what most mean. */
export function vendorIn({ record }: LogEntry): GpuVendor {
  if (/\bHIP\b|\bhip[A-Z]|ROCm|ROCk|amdgpu|kfd/.test(record.text)) return 'amd';
  if (/vulkan|\bvk::|OutOfDeviceMemory/i.test(record.text)) return 'vulkan';
  if (/\bMetal\b/.test(record.text)) return 'apple';
  return process.platform === 'darwin' ? 'apple' : 'nvidia';
}

/** Names and flags that ask for a device, and values that say no. */
const LAYERS = /^(?:-ngl|--n-gpu-layers|--gpu-layers|--n_gpu_layers)$|(?:^|_)(?:N_?GPU_LAYERS|GPU_LAYERS|NGL)$/i;
const DEVICE = /^--device$|(?:^|_)DEVICE(?:_MAP|_TYPE)?$/i;
const ON_DEVICE = /^(?:cuda|gpu|hip|rocm|mps|vulkan)(?::\d+)?$/i;
const VISIBLE = /^(?:CUDA|HIP|ROCR|NVIDIA|GGML_VK)_VISIBLE_DEVICES$/;
const INVISIBLE = /^(?:|-1|none|void|NoDevFiles)$/i;

/** The setting that asks for a GPU; empty and negative values ask for none. */
export function gpuSetting({ settings }: Pick<ModelUse, 'settings'>): Setting | undefined {
  return settings.findLast(
    ({ name, value }) =>
      (LAYERS.test(name) && /^(?:-1|[1-9]\d*|all|auto|max)$/.test(value)) ||
      (DEVICE.test(name) && ON_DEVICE.test(value)) ||
      (VISIBLE.test(name) && !INVISIBLE.test(value)) ||
      name === '--gpu-memory-utilization' ||
      name === '--tensor-parallel-size',
  );
}

/** The same settings with a value that says that no GPU is wanted. */
export function cpuSetting({ settings }: Pick<ModelUse, 'settings'>): Setting | undefined {
  return settings.findLast(
    ({ name, value }) => (LAYERS.test(name) && value === '0') || (DEVICE.test(name) && /^cpu$/i.test(value)),
  );
}

/** The setting that hides the devices, or names one that is not there. */
export function hidingSetting({ settings }: Pick<ModelUse, 'settings'>, devices: number): Setting | undefined {
  return settings.findLast(
    ({ name, value }) =>
      VISIBLE.test(name) &&
      (INVISIBLE.test(value) || value.split(',').every((each) => /^\d+$/.test(each) && Number(each) >= devices)),
  );
}

/** What a vendor's tool said, as evidence. */
export function gpuEvidence(answer: GpuAnswer): Evidence {
  const text =
    answer.kind === 'ready'
      ? `${answer.devices.map(({ name, freeBytes, totalBytes }) => `${name}${totalBytes === undefined ? '' : `, ${sizeText(freeBytes ?? 0)} of ${sizeText(totalBytes)} free`}`).join('; ')}${answer.driverVersion === undefined ? '' : `; driver ${answer.driverVersion}`}${answer.cudaVersion === undefined ? '' : `, CUDA ${answer.cudaVersion}`}`
      : answer.kind === 'notInstalled'
        ? 'not installed'
        : answer.because;
  return { kind: 'gpu', source: answer.source, text };
}
