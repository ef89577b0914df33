import { readCpuFeatures } from './readCpuFeatures.ts';

export type CpuAnswer =
  /** Features by the kernel's names (`avx2`, `avx512f`, `fma`, `f16c`). */
  | { kind: 'known'; model: string; features: ReadonlySet<string>; source: string }
  | { kind: 'unknown'; because: string };

/** What the processor can do, read-only. */
export interface Cpu {
  features(options: { timeoutMs: number; signal: AbortSignal }): Promise<CpuAnswer>;
}

export function createCpu(): Cpu {
  return { features: readCpuFeatures };
}
