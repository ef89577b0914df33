import type { MachineUse } from './machineUse.ts';

/** PowerShell itself takes up to two seconds to start. */
const TIMEOUT_MS = 4_000;
const QUERY =
  'Get-CimInstance Win32_OperatingSystem | Select-Object TotalVisibleMemorySize,FreePhysicalMemory,SizeStoredInPagingFiles,FreeSpaceInPagingFiles | ConvertTo-Json -Compress';

/** Memory and paging files of Windows by CIM; it has no counters of pressure. @throws the signal's reason when cancelled */
export async function readWindowsUse(signal: AbortSignal): Promise<Partial<MachineUse>> {
  const { runCommand } = await import('../../runtime/runCommand.ts');
  const answer = await runCommand(['powershell', '-NoProfile', '-NonInteractive', '-Command', QUERY], {
    timeoutMs: TIMEOUT_MS,
    signal,
  });
  const memory = answer.kind === 'exited' ? parseCimMemory(answer.stdout) : undefined;
  return memory === undefined ? {} : { memory };
}

/** Win32_OperatingSystem as JSON; its sizes are KiB. Undefined when it is something else. */
export function parseCimMemory(text: string): MachineUse['memory'] | undefined {
  const bytes = (name: string): number | undefined => {
    const value = new RegExp(`"${name}":\\s*(\\d+)`).exec(text)?.[1];
    return value === undefined ? undefined : Number(value) * 1024;
  };
  const [totalBytes, availableBytes] = [bytes('TotalVisibleMemorySize'), bytes('FreePhysicalMemory')];
  if (totalBytes === undefined || availableBytes === undefined) return undefined;
  return {
    totalBytes,
    availableBytes,
    swapTotalBytes: bytes('SizeStoredInPagingFiles') ?? 0,
    swapFreeBytes: bytes('FreeSpaceInPagingFiles') ?? 0,
  };
}
