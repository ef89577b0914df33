import { readFile } from 'node:fs/promises';
import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';
import type { HostFacts } from './host.ts';

/**
 * CPU and memory of this machine now. On Linux a container's own limits are not looked at: these are the machine's.
 * @throws the signal's reason when cancelled
 */
export async function readHostFacts(signal: AbortSignal): Promise<HostFacts> {
  signal.throwIfAborted();
  const isLinux = process.platform === 'linux';
  const [meminfo, loads] = await Promise.all([
    isLinux ? readFile('/proc/meminfo', 'utf8').catch(() => '') : '',
    isLinux ? readFile('/proc/loadavg', 'utf8').catch(() => '') : '',
  ]);
  signal.throwIfAborted();
  const { totalBytes, availableBytes } = parseMeminfo(meminfo);
  return {
    platform: process.platform,
    cpuCount: availableParallelism(),
    load1: parseLoad1(loads) ?? loadavg()[0] ?? 0,
    totalMemoryBytes: totalBytes ?? totalmem(),
    availableMemoryBytes: availableBytes ?? freemem(),
  };
}

/** MemTotal and MemAvailable of /proc/meminfo. MemAvailable counts what caches can give back; MemFree would cry wolf. */
export function parseMeminfo(text: string): { totalBytes: number | undefined; availableBytes: number | undefined } {
  const read = (name: string): number | undefined => {
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  };
  return { totalBytes: read('MemTotal'), availableBytes: read('MemAvailable') };
}

/** The 1-minute average of /proc/loadavg ("0.52 0.58 0.59 1/467 12345"). */
export function parseLoad1(text: string): number | undefined {
  const first = Number.parseFloat(text);
  return Number.isNaN(first) ? undefined : first;
}
