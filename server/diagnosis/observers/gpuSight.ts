import type { GpuAnswer } from '../../systems/gpu/gpu.ts';
import type { KernelGpuFacts } from '../../systems/gpu/readKernelGpus.ts';
import { type GpuVendor, speaksOfGpu } from '../gpuText.ts';
import { defineObserver } from '../observer.ts';
import { type ModelUse, modelUses } from './modelUses.ts';
import type { LogEntry } from './serviceStates.ts';

/** The machine's graphics processors, seen because services complain of them. */
export interface GpuSight {
  /** Services that do, with what they say of it, newest last. */
  uses: { use: ModelUse; entries: LogEntry[] }[];
  answers: Record<GpuVendor, GpuAnswer>;
  kernel: KernelGpuFacts;
}

/** nvidia-smi takes a second on a machine whose driver is not kept loaded; a broken one never answers. */
const TOOL_MS = 4_000;

/** Undefined when no present error speaks of a GPU: the tools are then not run. */
export const gpuSight = defineObserver<GpuSight | undefined>({
  id: 'gpu.sight',
  label: 'graphics processors',
  timeoutMs: TOOL_MS + 1_000,
  observe: async ({ systems, signal, use }) => {
    const uses = (await use(modelUses))
      .map((each) => ({ use: each, entries: each.complaints.filter(({ record }) => speaksOfGpu(record.text)) }))
      .filter(({ entries }) => entries.length > 0);
    if (uses.length === 0) return undefined;
    const options = { timeoutMs: TOOL_MS, signal };
    const [nvidia, amd, apple, vulkan, kernel] = await Promise.all([
      systems.gpu.nvidia(options),
      systems.gpu.amd(options),
      systems.gpu.apple(options),
      systems.gpu.vulkan(options),
      systems.gpu.kernel(signal),
    ]);
    return { uses, answers: { nvidia, amd, apple, vulkan }, kernel };
  },
});
