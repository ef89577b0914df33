import { inertLine } from '../../protocol/inertText.ts';
import { type StreamEnd, streamCommand } from '../../runtime/runCommand.ts';
import { LineRouter, type Route } from './lineRouter.ts';
import type { OpenedSource } from './plainLog.ts';
import type { Spool } from './spool.ts';
import { type ReadingOptions, SpoolSet } from './spoolSet.ts';
import { unreadable } from './unreadable.ts';

/** A program that prints a log. */
export interface LogProgram {
  argv: readonly [string, ...string[]];
  /** For people, also of the log that gets what no route sends elsewhere. */
  name: string;
  /** Lines of its two outputs; a line of standard error that goes nowhere is a complaint of the program. Default: all of standard output into one log. */
  routes?: (logs: (name: string) => Spool) => { stdout?: Route; stderr?: Route };
  /** The next step when it failed with this complaint. */
  nextStep(complaint: string): string;
}

/** How long a followed source may be silent before it is taken as opened. */
const SILENCE_MS = 2_000;
const MAX_COMPLAINTS = 5;

/**
 * Starts the first of the programs that is installed and gives something.
 * @throws TektraError log.unreadable when none does; the signal's reason
 */
export async function openProgram(
  programs: readonly LogProgram[],
  missing: { name: string; because: string; action: string },
  options: ReadingOptions,
): Promise<OpenedSource> {
  let failure: Error | undefined;
  for (const program of programs) {
    const set = new SpoolSet(options);
    const opened = await attempt(program, set, options).catch((error: unknown) => {
      set.dispose();
      throw error;
    });
    if (opened.kind === 'opened') return set;
    set.dispose();
    if (opened.kind === 'failed') failure ??= opened.error;
  }
  throw failure ?? unreadable(missing.name, missing.because, missing.action);
}

async function attempt(
  program: LogProgram,
  set: SpoolSet,
  { signal, follow }: ReadingOptions,
): Promise<{ kind: 'opened' } | { kind: 'missing' } | { kind: 'failed'; error: Error }> {
  const spools = new Map<string, Spool>();
  const logs = (name: string): Spool => {
    let spool = spools.get(name);
    if (spool === undefined) {
      spool = set.add(name);
      spools.set(name, spool);
    }
    return spool;
  };
  const complaints: string[] = [];
  const { stdout, stderr, ended } = streamCommand(program.argv, { signal: set.signal });
  const routes = program.routes?.(logs) ?? {};
  const complain: Route = (line) => {
    const target = routes.stderr?.(line);
    if (target !== undefined) return target;
    const text = inertLine(new TextDecoder().decode(line.subarray(0, 400)).trim());
    if (text !== '' && complaints.length < MAX_COMPLAINTS) complaints.push(text);
    return undefined;
  };
  let end: StreamEnd | undefined;
  const done = Promise.all([
    read(stdout, new LineRouter(routes.stdout ?? (() => ({ spool: logs(program.name), from: 0 }))), set),
    read(stderr, new LineRouter(complain), set),
  ]).then(async () => {
    end = await ended;
    if (set.signal.aborted) return;
    const because = end.kind === 'exited' && end.exitCode !== 0 ? `${program.argv[0]} ended with ${end.exitCode}` : '';
    for (const spool of spools.values()) {
      for (const text of because === '' ? complaints : [...complaints, because]) spool.note(text);
      spool.finish();
    }
    set.changes.tell();
  });
  const quiet = AbortSignal.timeout(SILENCE_MS);
  await set.changes
    .until(() => set.bytes > 0 || end !== undefined, follow ? AbortSignal.any([signal, quiet]) : signal)
    .catch((error: unknown) => {
      if (signal.aborted || !quiet.aborted) throw error;
    });
  signal.throwIfAborted();
  if (set.bytes === 0 && end !== undefined) {
    await done;
    if (end.kind === 'notInstalled') return { kind: 'missing' };
    if (end.kind === 'exited' && end.exitCode !== 0)
      return { kind: 'failed', error: failed(program, complaints, end.exitCode) };
  }
  if (set.logs.length === 0) {
    const spool = logs(program.name);
    if (end !== undefined) spool.finish();
  }
  return { kind: 'opened' };
}

async function read(stream: AsyncIterable<Uint8Array>, router: LineRouter, set: SpoolSet): Promise<void> {
  try {
    for await (const piece of stream) {
      if (set.signal.aborted) return;
      router.push(piece);
    }
  } catch (error) {
    // A pipe that broke with its program: `ended` tells how that ended.
    if (!set.signal.aborted && (error as NodeJS.ErrnoException).code === undefined) throw error;
  }
  if (!set.signal.aborted) router.end();
}

function failed(program: LogProgram, complaints: readonly string[], exitCode: number): Error {
  const complaint = complaints.at(-1) ?? '';
  return unreadable(
    program.name,
    complaint === '' ? `${program.argv[0]} ended with ${exitCode}` : `${program.argv[0]} says: ${complaint}`,
    program.nextStep(complaint),
  );
}
