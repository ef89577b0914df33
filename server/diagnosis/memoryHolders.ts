import type { Evidence } from '../protocol/diagnosis.ts';
import type { MachineUse } from '../systems/host/machineUse.ts';
import type { ProcessFacts } from '../systems/process/processes.ts';
import { sizeText } from './diskText.ts';
import { commandText } from './evidence.ts';
import type { LogEntry, ServiceState } from './observers/serviceStates.ts';
import { saying } from './slowness.ts';

const MAX_NAMED = 3;
/** A process with less is not worth a name. */
const MIN_SHARE = 0.05;

/** What kernels and runtimes say when memory is refused, or given late. */
const NO_MEMORY =
  /ENOMEM|[Cc]annot allocate memory|[Oo]ut of memory|OutOfMemory|MemoryError|\[Errno 12\]|\bos error 12\b|memory pressure|low (?:on )?memory|\bswapp?ing\b|\bthrash/;

export function memoryComplaint(state: ServiceState): LogEntry | undefined {
  return state.running ? saying(state, NO_MEMORY) : undefined;
}

/** The processes that hold the most memory, biggest first. */
export function memoryHolders(processes: readonly ProcessFacts[], { memory }: MachineUse): ProcessFacts[] {
  return processes
    .filter(({ rssBytes = 0 }) => rssBytes >= memory.totalBytes * MIN_SHARE)
    .sort((a, b) => (b.rssBytes ?? 0) - (a.rssBytes ?? 0))
    .slice(0, MAX_NAMED);
}

export function holderText(holder: ProcessFacts | undefined): string {
  return holder ? `; ${commandText(holder)} (pid ${holder.pid}) holds ${sizeText(holder.rssBytes ?? 0)}` : '';
}

export function holdersEvidence(holders: readonly ProcessFacts[]): Evidence[] {
  return holders.map((holder) => ({
    kind: 'process',
    source: `/proc/${holder.pid}/status`,
    text: `holds ${sizeText(holder.rssBytes ?? 0)}: ${commandText(holder)}${holder.cwd === undefined ? '' : ` in ${holder.cwd}`}`,
  }));
}
