import type { Evidence } from '../protocol/diagnosis.ts';
import type { KernelKill } from '../systems/host/kernelLog.ts';
import { clip } from './evidence.ts';

/** The kernel's own line. */
export function killEvidence({ text, at }: KernelKill, source = 'dmesg'): Evidence {
  return { kind: 'host', source, text: clip(text), time: at.toISOString() };
}
