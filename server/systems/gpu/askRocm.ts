import * as z from 'zod';
import { runCommand } from '../../runtime/runCommand.ts';
import type { GpuAnswer, GpuDevice, GpuOptions, GpuProcess } from './gpu.ts';

const COMMAND = [
  'rocm-smi',
  '--showproductname',
  '--showmeminfo',
  'vram',
  '--showpids',
  '--showdriverversion',
  '--json',
] as const;
const SOURCE = COMMAND.join(' ');

/** `rocm-smi … --json`. @throws the signal's reason when cancelled */
export async function askRocm(options: GpuOptions): Promise<GpuAnswer> {
  const outcome = await runCommand([...COMMAND], options);
  if (outcome.kind === 'notInstalled') return { kind: 'notInstalled', source: SOURCE };
  if (outcome.kind === 'timedOut')
    return {
      kind: 'timedOut',
      source: SOURCE,
      because: `rocm-smi did not answer within ${options.timeoutMs / 1000} s`,
    };
  return readRocmJson(outcome.stdout, outcome.stderr);
}

const Answer = z.record(z.string(), z.record(z.string(), z.union([z.string(), z.number()]).transform(String)));

/** Its document: `cardN` for each device and `system`, with the process list as `PIDn: "name, devices, VRAM, SDMA, …"`. */
export function readRocmJson(stdout: string, stderr: string): GpuAnswer {
  const said = `${stdout}\n${stderr}`;
  if (/amdgpu not found|Driver not initialized|initialized failed/i.test(said))
    return { kind: 'driverAbsent', source: SOURCE, because: 'the amdgpu driver is not loaded' };
  // Warnings stand ahead of the document.
  const begin = stdout.indexOf('{');
  let json: unknown;
  try {
    json = JSON.parse(stdout.slice(Math.max(begin, 0)));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { kind: 'unreadable', source: SOURCE, because: 'what rocm-smi printed is no JSON' };
  }
  const parsed = Answer.safeParse(json);
  if (!parsed.success)
    return {
      kind: 'unreadable',
      source: SOURCE,
      because: 'what rocm-smi printed is not of the form that it documents',
    };
  const { system = {}, ...cards } = parsed.data;
  const processes = Object.entries(system).flatMap(([key, value]): GpuProcess[] => {
    const pid = /^PID(\d{1,8})$/.exec(key)?.[1];
    const [name = '', , memory] = value.split(',').map((part) => part.trim());
    return pid === undefined ? [] : [{ pid: Number(pid), name, usedBytes: bytes(memory) }];
  });
  const devices = Object.entries(cards)
    .filter(([key]) => /^card\d+$/.test(key))
    .map(([, card], index): GpuDevice => {
      const total = bytes(card['VRAM Total Memory (B)']);
      const used = bytes(card['VRAM Total Used Memory (B)']);
      return {
        index,
        name: card['Card Series'] ?? card['Card series'] ?? card['Card Model'] ?? card['Card model'] ?? 'AMD device',
        totalBytes: total,
        usedBytes: used,
        freeBytes: total === undefined || used === undefined ? undefined : total - used,
        // It does not tell which device a process is on.
        processes: index === 0 ? processes : [],
      };
    });
  if (devices.length === 0) return { kind: 'noDevice', source: SOURCE, because: 'rocm-smi lists no device' };
  return { kind: 'ready', source: SOURCE, driverVersion: system['Driver version'], cudaVersion: undefined, devices };
}

function bytes(text: string | undefined): number | undefined {
  return /^\d{1,15}$/.test(text ?? '') ? Number(text) : undefined;
}
