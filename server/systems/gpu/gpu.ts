import { askApple, askVulkan } from './askGraphics.ts';
import { askNvidia } from './askNvidia.ts';
import { askRocm } from './askRocm.ts';
import { type KernelGpuFacts, readKernelGpus } from './readKernelGpus.ts';

export interface GpuProcess {
  pid: number;
  name: string;
  /** Undefined where the driver does not tell (Windows, another user's container). */
  usedBytes: number | undefined;
}

/** One device. Memory in bytes; undefined where the tool does not tell it. */
export interface GpuDevice {
  index: number;
  name: string;
  totalBytes: number | undefined;
  usedBytes: number | undefined;
  freeBytes: number | undefined;
  processes: GpuProcess[];
}

/** What a vendor's own tool says. `source` is the command that said it. */
export type GpuAnswer =
  | {
      kind: 'ready';
      source: string;
      driverVersion: string | undefined;
      /** Newest CUDA that the driver serves ("12.4"). */
      cudaVersion: string | undefined;
      devices: GpuDevice[];
    }
  | { kind: 'notInstalled'; source: string }
  /** The loaded kernel module and the installed library are of different versions. */
  | { kind: 'driverMismatch'; source: string; because: string; libraryVersion: string | undefined }
  /** The tool is there, the kernel's driver is not loaded or does not answer it. */
  | { kind: 'driverAbsent' | 'noDevice' | 'denied' | 'timedOut' | 'unreadable'; source: string; because: string };

export interface GpuOptions {
  timeoutMs: number;
  signal: AbortSignal;
}

/** Graphics processors, read-only: by the vendors' tools, and by what the kernel shows of devices and drivers. */
export interface Gpu {
  nvidia(options: GpuOptions): Promise<GpuAnswer>;
  amd(options: GpuOptions): Promise<GpuAnswer>;
  /** macOS. */
  apple(options: GpuOptions): Promise<GpuAnswer>;
  vulkan(options: GpuOptions): Promise<GpuAnswer>;
  /** Linux; elsewhere everything is undefined or empty. */
  kernel(signal: AbortSignal): Promise<KernelGpuFacts>;
}

/** @param root where /proc, /sys and /dev are; other than '/' for a recorded tree */
export function createGpu(root = '/'): Gpu {
  return {
    nvidia: askNvidia,
    amd: askRocm,
    apple: askApple,
    vulkan: askVulkan,
    kernel: (signal) => readKernelGpus(root, signal),
  };
}
