import { readFile } from 'node:fs/promises';
import { runCommand } from '../../runtime/runCommand.ts';
import type { CpuAnswer } from './cpu.ts';

/** Linux: /proc/cpuinfo; macOS: sysctl. Windows has no plain way to tell. @throws the signal's reason when cancelled */
export async function readCpuFeatures(options: { timeoutMs: number; signal: AbortSignal }): Promise<CpuAnswer> {
  if (process.platform === 'linux') {
    const text = await readFile('/proc/cpuinfo', { encoding: 'utf8', signal: options.signal });
    return parseCpuinfo(text);
  }
  if (process.platform !== 'darwin')
    return { kind: 'unknown', because: `${process.platform} does not list the features` };
  const argv = [
    '/usr/sbin/sysctl',
    '-n',
    'machdep.cpu.brand_string',
    'machdep.cpu.features',
    'machdep.cpu.leaf7_features',
  ] as const;
  const outcome = await runCommand([...argv], options);
  return outcome.kind === 'exited'
    ? parseSysctl(outcome.stdout)
    : { kind: 'unknown', because: 'sysctl did not answer' };
}

/** `flags` on x86, `Features` on ARM; the first processor stands for all. */
export function parseCpuinfo(text: string): CpuAnswer {
  const field = (...names: string[]): string | undefined => {
    const line = text.split('\n', 200).find((each) => names.includes(each.split(':')[0]?.trim() ?? ''));
    return line?.slice(line.indexOf(':') + 1).trim();
  };
  const flags = field('flags', 'Features');
  if (!flags) return { kind: 'unknown', because: '/proc/cpuinfo lists no features' };
  return {
    kind: 'known',
    model: field('model name', 'Model', 'Hardware') ?? 'this processor',
    features: new Set(flags.split(/\s+/)),
    source: '/proc/cpuinfo',
  };
}

/** "AVX1.0", "AVX2" and "FMA" as Linux calls them. Apple's own processors have no such list. */
export function parseSysctl(text: string): CpuAnswer {
  const [model = '', ...lists] = text.trim().split('\n');
  const names = lists.join(' ').toLowerCase().split(/\s+/).filter(Boolean);
  if (names.length === 0) return { kind: 'unknown', because: `${model || 'this processor'} lists no features` };
  const features = new Set(names.map((name) => name.replace(/^avx1\.0$/, 'avx').replace(/^sse4\.(\d)$/, 'sse4_$1')));
  return { kind: 'known', model, features, source: 'sysctl machdep.cpu' };
}
