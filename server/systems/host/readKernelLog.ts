import type { KernelLogAnswer } from './kernelLog.ts';
import { type KernelLine, parseDmesg, parseJournal, readKernelLines } from './parseKernelLog.ts';

const TIMEOUT_MS = 2_500;
/** The kernel's ring is rarely above 1 MiB; a journal is cut to its last lines. */
const MAX_OUTPUT = 8 << 20;
const JOURNAL_LINES = 5_000;

/** The kernel's log: `dmesg`, else the journal where only that may be read. @throws the signal's reason when cancelled */
export async function readKernelLog(signal: AbortSignal): Promise<KernelLogAnswer> {
  if (process.platform !== 'linux')
    return { kind: 'unavailable', because: `${process.platform} keeps no log of processes killed for memory` };
  const { runCommand } = await import('../../runtime/runCommand.ts');
  const options = { timeoutMs: TIMEOUT_MS, signal, maxOutput: MAX_OUTPUT };
  const answer = (source: string, lines: readonly KernelLine[]): KernelLogAnswer => ({
    kind: 'read',
    log: { ...readKernelLines(lines), source },
  });
  const ring = await runCommand(['dmesg', '--color=never'], options);
  if (ring.kind === 'exited' && ring.exitCode === 0) {
    // Like the kernel's own stamps, this clock does not count the time asleep.
    const bootedAt = new Date(Date.now() - Number(process.hrtime.bigint() / 1_000_000n));
    return answer('dmesg', parseDmesg(ring.stdout, bootedAt));
  }
  const journal = await runCommand(
    ['journalctl', '-k', '-o', 'json', '--no-pager', '-n', String(JOURNAL_LINES)],
    options,
  );
  if (journal.kind === 'exited' && journal.exitCode === 0 && journal.stdout.includes('"MESSAGE"'))
    return answer('journalctl -k', parseJournal(journal.stdout));
  const because =
    ring.kind === 'exited'
      ? `the kernel log may not be read (${ring.stderr.trim().slice(0, 120)})`
      : ring.kind === 'timedOut'
        ? 'dmesg did not answer'
        : 'dmesg is not installed';
  return { kind: 'unavailable', because };
}
