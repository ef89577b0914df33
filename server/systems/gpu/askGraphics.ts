import * as z from 'zod';
import { runCommand } from '../../runtime/runCommand.ts';
import type { GpuAnswer, GpuDevice, GpuOptions } from './gpu.ts';

const PROFILER = ['/usr/sbin/system_profiler', 'SPDisplaysDataType', '-json'] as const;
const VULKANINFO = ['vulkaninfo', '--summary'] as const;

/** macOS: `system_profiler SPDisplaysDataType -json`. Memory is the machine's own and not told here. */
export async function askApple(options: GpuOptions): Promise<GpuAnswer> {
  const source = PROFILER.join(' ');
  const outcome = await runCommand([...PROFILER], options);
  if (outcome.kind === 'notInstalled') return { kind: 'notInstalled', source };
  if (outcome.kind === 'timedOut')
    return { kind: 'timedOut', source, because: 'system_profiler did not answer in time' };
  return readProfilerJson(outcome.stdout);
}

const Displays = z.object({
  SPDisplaysDataType: z.array(
    z.object({ sppci_model: z.string().optional(), spdisplays_mtlgpufamilysupport: z.string().optional() }),
  ),
});

export function readProfilerJson(stdout: string): GpuAnswer {
  const source = PROFILER.join(' ');
  let json: unknown;
  try {
    json = JSON.parse(stdout);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { kind: 'unreadable', source, because: 'what system_profiler printed is no JSON' };
  }
  const parsed = Displays.safeParse(json);
  if (!parsed.success) return { kind: 'unreadable', source, because: 'system_profiler lists no displays' };
  // A model runtime needs Metal; old cards have none.
  const devices = parsed.data.SPDisplaysDataType.filter(
    ({ spdisplays_mtlgpufamilysupport }) => spdisplays_mtlgpufamilysupport !== undefined,
  ).map(({ sppci_model }, index) => plainDevice(index, sppci_model ?? 'Apple GPU'));
  if (devices.length === 0) return { kind: 'noDevice', source, because: 'no device supports Metal' };
  return { kind: 'ready', source, driverVersion: undefined, cudaVersion: undefined, devices };
}

/** `vulkaninfo --summary`; software renderers (llvmpipe) are no devices. */
export async function askVulkan(options: GpuOptions): Promise<GpuAnswer> {
  const source = VULKANINFO.join(' ');
  const outcome = await runCommand([...VULKANINFO], options);
  if (outcome.kind === 'notInstalled') return { kind: 'notInstalled', source };
  if (outcome.kind === 'timedOut') return { kind: 'timedOut', source, because: 'vulkaninfo did not answer in time' };
  return readVulkanSummary(outcome.stdout, outcome.stderr);
}

export function readVulkanSummary(stdout: string, stderr: string): GpuAnswer {
  const source = VULKANINFO.join(' ');
  const blocks = stdout.split(/^GPU\d+:$/m).slice(1);
  const field = (block: string, name: string): string | undefined =>
    block
      .split('\n')
      .find((line) => line.trim().startsWith(`${name} `))
      ?.split('=')[1]
      ?.trim();
  const devices = blocks
    .filter((block) => field(block, 'deviceType') !== 'PHYSICAL_DEVICE_TYPE_CPU')
    .map((block, index) => plainDevice(index, field(block, 'deviceName') ?? 'Vulkan device'));
  if (devices.length > 0)
    return {
      kind: 'ready',
      source,
      driverVersion: field(blocks[0] ?? '', 'driverInfo'),
      cudaVersion: undefined,
      devices,
    };
  if (blocks.length > 0) return { kind: 'noDevice', source, because: 'Vulkan finds a software renderer alone' };
  const because = stderr.split('\n').find((line) => /ERROR|failed|Cannot/i.test(line));
  return { kind: 'noDevice', source, because: because?.trim().slice(0, 200) ?? 'Vulkan finds no device' };
}

function plainDevice(index: number, name: string): GpuDevice {
  return { index, name, totalBytes: undefined, usedBytes: undefined, freeBytes: undefined, processes: [] };
}
