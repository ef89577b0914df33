import * as z from 'zod';
import { runCommand } from '../../runtime/runCommand.ts';
import type { GpuAnswer, GpuDevice, GpuOptions, GpuProcess } from './gpu.ts';

const COMMAND = ['nvidia-smi', '-q', '-x'] as const;
const SOURCE = COMMAND.join(' ');
/** A machine of 16 devices prints about 1 MB, most of it clock rates. */
const MAX_OUTPUT = 8 << 20;

/** `nvidia-smi -q -x`. @throws the signal's reason when cancelled */
export async function askNvidia(options: GpuOptions): Promise<GpuAnswer> {
  const outcome = await runCommand([...COMMAND], { ...options, maxOutput: MAX_OUTPUT });
  if (outcome.kind === 'notInstalled') return { kind: 'notInstalled', source: SOURCE };
  if (outcome.kind === 'timedOut')
    return {
      kind: 'timedOut',
      source: SOURCE,
      because: `nvidia-smi did not answer within ${options.timeoutMs / 1000} s`,
    };
  if (outcome.stdout.includes('<nvidia_smi_log>')) return readNvidiaXml(outcome.stdout);
  return readNvidiaComplaint(`${outcome.stdout}\n${outcome.stderr}`, outcome.exitCode);
}

/** What nvidia-smi prints instead of its answer; it writes complaints to standard output. */
export function readNvidiaComplaint(text: string, exitCode: number): GpuAnswer {
  const because = firstLine(text) || `nvidia-smi ended with ${exitCode}`;
  if (/Driver\/library version mismatch|API mismatch/i.test(text))
    return {
      kind: 'driverMismatch',
      source: SOURCE,
      because,
      libraryVersion: /NVML library version: ([\d.]{1,20})/.exec(text)?.[1],
    };
  if (/couldn't communicate with the NVIDIA driver|Driver Not Loaded|NVIDIA driver is not loaded/i.test(text))
    return { kind: 'driverAbsent', source: SOURCE, because };
  if (/No devices were found/i.test(text)) return { kind: 'noDevice', source: SOURCE, because };
  if (/Insufficient Permissions/i.test(text)) return { kind: 'denied', source: SOURCE, because };
  return { kind: 'unreadable', source: SOURCE, because };
}

const Text = z.union([z.string(), z.number()]).transform(String);
const Memory = z.object({ total: Text.optional(), used: Text.optional(), free: Text.optional() });
const Process = z.object({ pid: Text, process_name: Text.optional(), used_memory: Text.optional() });
const Device = z.object({
  product_name: Text.optional(),
  fb_memory_usage: Memory.optional(),
  // Empty when nothing runs, a text when it cannot be told.
  processes: z.union([z.object({ process_info: z.array(Process).optional() }), z.string()]).optional(),
});
const Log = z.object({
  nvidia_smi_log: z.object({
    driver_version: Text.optional(),
    cuda_version: Text.optional(),
    gpu: z.array(Device).optional(),
  }),
});

/** The document of `nvidia-smi -q -x`, of driver 418 and later (DTD v10 to v13). */
export async function readNvidiaXml(xml: string): Promise<GpuAnswer> {
  const { XMLParser } = await import('fast-xml-parser');
  const parser = new XMLParser({
    parseTagValue: false,
    processEntities: false,
    isArray: (name) => name === 'gpu' || name === 'process_info',
  });
  let document: unknown;
  try {
    document = parser.parse(xml);
  } catch (error) {
    const because = `what nvidia-smi printed is no XML: ${firstLine(error instanceof Error ? error.message : String(error))}`;
    return { kind: 'unreadable', source: SOURCE, because };
  }
  const parsed = Log.safeParse(document);
  if (!parsed.success)
    return {
      kind: 'unreadable',
      source: SOURCE,
      because: 'what nvidia-smi printed is not of the form that it documents',
    };
  const { driver_version, cuda_version, gpu = [] } = parsed.data.nvidia_smi_log;
  if (gpu.length === 0) return { kind: 'noDevice', source: SOURCE, because: 'nvidia-smi lists no device' };
  return {
    kind: 'ready',
    source: SOURCE,
    driverVersion: driver_version,
    cudaVersion: /^\d+\.\d+$/.test(cuda_version ?? '') ? cuda_version : undefined,
    devices: gpu.map(toDevice),
  };
}

function toDevice({ product_name, fb_memory_usage, processes }: z.infer<typeof Device>, index: number): GpuDevice {
  const list = typeof processes === 'object' ? (processes.process_info ?? []) : [];
  return {
    index,
    name: product_name ?? 'NVIDIA device',
    totalBytes: mebibytes(fb_memory_usage?.total),
    usedBytes: mebibytes(fb_memory_usage?.used),
    freeBytes: mebibytes(fb_memory_usage?.free),
    processes: list.map(
      ({ pid, process_name, used_memory }): GpuProcess => ({
        pid: Number(pid),
        name: process_name ?? '',
        usedBytes: mebibytes(used_memory),
      }),
    ),
  };
}

/** "24576 MiB" → bytes; "N/A" → undefined. */
function mebibytes(text: string | undefined): number | undefined {
  const amount = /^(\d{1,10}) MiB$/.exec(text ?? '')?.[1];
  return amount === undefined ? undefined : Number(amount) * (1 << 20);
}

function firstLine(text: string): string {
  return (
    text
      .split('\n')
      .map((line) => line.trim())
      .find((line) => line !== '')
      ?.slice(0, 200) ?? ''
  );
}
