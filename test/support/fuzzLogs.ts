import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { fuzzCase } from './fuzzCorpus.ts';
import { type FuzzResult, fuzzOneLog } from './fuzzOneLog.ts';

/**
 * Fuzzes the log engine: `node test/support/fuzzLogs.ts --minutes N --seed S [--once]`. Bad inputs go, one after the other,
 * through a child process whose memory is limited; one that crashes it, takes too long or breaks a rule is told with the
 * seed that makes it again (`--seed S --once`).
 */
const HEAP_MB = 512;
/** Resident at most, with what lies outside the heap; the largest input has 200 MB, most of them in one line. */
const MAX_RSS = 1_500 << 20;
const TOO_LONG_MS = 180_000;

type Said =
  | { started: number }
  | { seed: number; kind: string; result: FuzzResult; rss: number }
  | { failed: number; why: string };

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    once: { type: 'boolean', default: false },
    light: { type: 'boolean', default: false },
    child: { type: 'boolean', default: false },
  },
});
const first = Number(values.seed);

if (values.child) await work();
else process.exitCode = await lead();

/** The child: case after case until it is ended. */
async function work(): Promise<void> {
  for (let seed = first; ; seed += 1) {
    process.send?.({ started: seed } satisfies Said);
    try {
      const fuzzed = fuzzCase(seed, !values.light);
      const inputBytes = fuzzed.bytes.length;
      const result = await fuzzOneLog(fuzzed, seed);
      const rss = Math.max(0, process.memoryUsage.rss() - inputBytes);
      process.send?.({ seed, kind: fuzzed.kind, result, rss } satisfies Said);
    } catch (error) {
      process.send?.({ failed: seed, why: (error as Error).stack ?? String(error) } satisfies Said);
    }
    if (values.once) return process.disconnect();
  }
}

async function lead(): Promise<number> {
  const until = Date.now() + Number(values.minutes) * 60_000;
  const kinds = new Map<string, number>();
  const totals = { cases: 0, bytes: 0, records: 0, lines: 0, refused: 0, rss: 0 };
  const failures: string[] = [];
  for (let next = first; Date.now() < until && failures.length < 10; ) {
    const flags = [
      '--child',
      '--seed',
      String(next),
      ...(values.once ? ['--once'] : []),
      ...(values.light ? ['--light'] : []),
    ];
    const child = fork(import.meta.filename, flags, { execArgv: [`--max-old-space-size=${HEAP_MB}`, '--no-warnings'] });
    let running = next;
    const end = (): void => void child.kill('SIGKILL');
    const timeUp = setTimeout(end, Math.max(0, until - Date.now()));
    let watchdog = setTimeout(end, TOO_LONG_MS);
    child.on('message', (said: Said) => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => {
        failures.push(`seed ${running}: took more than ${TOO_LONG_MS / 1000} s`);
        end();
      }, TOO_LONG_MS);
      if ('started' in said) running = said.started;
      else if ('failed' in said) failures.push(`seed ${said.failed}: ${said.why}`);
      else {
        totals.cases += 1;
        totals.bytes += said.result.bytes;
        totals.records += said.result.records;
        totals.lines += said.result.lines;
        totals.refused += said.result.refused ? 1 : 0;
        totals.rss = Math.max(totals.rss, said.rss);
        kinds.set(said.kind, (kinds.get(said.kind) ?? 0) + 1);
        if (said.rss > MAX_RSS) failures.push(`seed ${said.seed}: ${said.kind} took ${said.rss >> 20} MiB`);
      }
      if (failures.length >= 10) end();
    });
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    clearTimeout(watchdog);
    clearTimeout(timeUp);
    if (signal !== 'SIGKILL' && !(values.once && code === 0))
      failures.push(`seed ${running}: the process ended with ${signal ?? code}`);
    if (values.once) break;
    next = running + 1;
  }
  for (const failure of failures) process.stdout.write(`FAILED ${failure}\n`);
  for (const [kind, count] of [...kinds].sort()) process.stdout.write(`${String(count).padStart(6)}  ${kind}\n`);
  process.stdout.write(
    `fuzzLogs: ${totals.cases} logs from seed ${first}, ${totals.bytes >> 20} MiB, ${totals.records} records, ${totals.lines} lines, ${totals.refused} refused, at most ${totals.rss >> 20} MiB resident, ${failures.length} failures\n`,
  );
  return failures.length > 0 || totals.cases === 0 ? 1 : 0;
}
