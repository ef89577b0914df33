import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What the recorded machine does, in KiB, and in KiB or share of time a second. */
export interface RecordedMachine {
  totalKib: number;
  availableKib: number;
  swapTotalKib: number;
  swapFreeKib: number;
  swapInKibPerSecond: number;
  swapOutKibPerSecond: number;
  /** 0 to 1: how much of the time somebody waits for memory. */
  stalledShare: number;
}

const PAGE_KIB = 4;
const STEP_MS = 40;
/** Of /proc; the others stand still, as this machine has them. */
const COPIED = ['stat', 'diskstats', 'net/netstat', 'net/tcp', 'net/tcp6', 'pressure/cpu', 'pressure/io'];

/**
 * A folder that looks like /proc of a machine without memory, whose counters go on: nobody may take the memory of the
 * machine on which tests run. To be given to `createHost` as its root.
 */
export function recordMachine(root: string, machine: RecordedMachine): { dispose(): void } {
  const proc = path.join(root, 'proc');
  for (const name of COPIED) {
    mkdirSync(path.dirname(path.join(proc, name)), { recursive: true });
    cpSync(path.join('/proc', name), path.join(proc, name));
  }
  const vmstat = readFileSync('/proc/vmstat', 'utf8').replace(/^pswp(?:in|out) \d+\n/gm, '');
  const start = performance.now();
  const write = (): void => {
    const seconds = (performance.now() - start) / 1000;
    const pages = (perSecond: number): number => 100_000 + Math.round((perSecond * seconds) / PAGE_KIB);
    const stalled = Math.round(machine.stalledShare * seconds * 1e6);
    const average = (machine.stalledShare * 100).toFixed(2);
    writeFileSync(
      path.join(proc, 'meminfo'),
      [
        `MemTotal:       ${machine.totalKib} kB`,
        `MemFree:        ${Math.round(machine.availableKib / 2)} kB`,
        `MemAvailable:   ${machine.availableKib} kB`,
        'Buffers:            1204 kB',
        `SwapTotal:      ${machine.swapTotalKib} kB`,
        `SwapFree:       ${machine.swapFreeKib} kB`,
        '',
      ].join('\n'),
    );
    writeFileSync(
      path.join(proc, 'vmstat'),
      `${vmstat}pswpin ${pages(machine.swapInKibPerSecond)}\npswpout ${pages(machine.swapOutKibPerSecond)}\n`,
    );
    writeFileSync(
      path.join(proc, 'pressure/memory'),
      `some avg10=${average} avg60=${average} avg300=9.12 total=${1_000_000 + stalled}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=3529\n`,
    );
  };
  write();
  const timer = setInterval(write, STEP_MS);
  if (readdirSync(proc).length === 0) throw new Error('nothing was recorded');
  return { dispose: () => clearInterval(timer) };
}
