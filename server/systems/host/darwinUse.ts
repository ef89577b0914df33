import { totalmem } from 'node:os';
import type { MachineUse } from './machineUse.ts';

const TIMEOUT_MS = 2_000;

/** Memory and swap of macOS by `vm_stat` and `sysctl`; it has no pressure in shares of time. @throws the signal's reason when cancelled */
export async function readDarwinUse(signal: AbortSignal): Promise<Partial<MachineUse>> {
  const { runCommand } = await import('../../runtime/runCommand.ts');
  const options = { timeoutMs: TIMEOUT_MS, signal };
  const [stat, swap] = await Promise.all([
    runCommand(['/usr/bin/vm_stat'], options),
    runCommand(['/usr/sbin/sysctl', '-n', 'vm.swapusage'], options),
  ]);
  if (stat.kind !== 'exited') return {};
  const { availableBytes, swapped } = parseVmStat(stat.stdout);
  const { totalBytes, freeBytes } = parseSwapUsage(swap.kind === 'exited' ? swap.stdout : '');
  if (availableBytes === undefined) return {};
  return {
    memory: { totalBytes: totalmem(), availableBytes, swapTotalBytes: totalBytes, swapFreeBytes: freeBytes },
    swapped,
  };
}

/** `vm_stat`. Free, inactive, speculative and purgeable pages can be taken; `Swapins` and `Swapouts` count pages since boot. */
export function parseVmStat(text: string): Pick<MachineUse, 'swapped'> & { availableBytes: number | undefined } {
  const page = Number(/page size of (\d+) bytes/.exec(text)?.[1] ?? 4096);
  const pages = (name: string): number | undefined => {
    const value = new RegExp(`^"?${name}"?:\\s+(\\d+)\\.?$`, 'm').exec(text)?.[1];
    return value === undefined ? undefined : Number(value);
  };
  const free = pages('Pages free');
  const [swapins, swapouts] = [pages('Swapins'), pages('Swapouts')];
  const more = ['Pages inactive', 'Pages speculative', 'Pages purgeable'];
  return {
    availableBytes: free === undefined ? undefined : more.reduce((sum, name) => sum + (pages(name) ?? 0), free) * page,
    swapped:
      swapins === undefined || swapouts === undefined
        ? undefined
        : { inBytes: swapins * page, outBytes: swapouts * page },
  };
}

/** `sysctl -n vm.swapusage`: "total = 2048.00M  used = 1033.25M  free = 1014.75M  (encrypted)". */
export function parseSwapUsage(text: string): { totalBytes: number; freeBytes: number } {
  const bytes = (name: string): number =>
    Math.round(Number(new RegExp(`${name} = ([\\d.]+)M`).exec(text)?.[1] ?? 0) * 2 ** 20);
  return { totalBytes: bytes('total'), freeBytes: bytes('free') };
}
