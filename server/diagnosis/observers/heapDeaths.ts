import path from 'node:path';
import { defineObserver, type Observation } from '../observer.ts';
import { readCommand } from '../targets/commandLine.ts';
import { type LogEntry, type ServiceState, serviceStates } from './serviceStates.ts';

/** A limit of a runtime's heap as the workspace sets it. */
export interface HeapFlag {
  /** As written: `--max-old-space-size=64`, `-Xmx128m`. */
  text: string;
  bytes: number;
  file: string;
  line: number;
  /** The whole line of the file. */
  lineText: string;
  modifiedAt: Date;
}

/** A service that its own runtime ended because its heap was at its limit. */
export interface HeapDeath {
  state: ServiceState;
  entry: LogEntry;
  runtime: 'node' | 'jvm';
  /** How often in a row its runs ended like this. */
  times: number;
  /** Milliseconds from the start of the process, as V8's own trace tells. */
  afterMs: number | undefined;
  /** What the heap still held after the last collection, and the lines that say so. */
  heldBytes: number | undefined;
  trace: { line: number; text: string }[];
  flag: HeapFlag | undefined;
  /** What this machine could still give it. */
  availableBytes: number;
}

const HEAP_FULL =
  /JavaScript heap out of memory|ERR_WORKER_OUT_OF_MEMORY|java\.lang\.OutOfMemoryError: (?:Java heap space|GC overhead limit exceeded)/;
/** `[123:0x…]  1234 ms: Mark-Compact (reduce) 48.5 (51.2) -> 47.9 (51.4) MB`. */
const COLLECTION =
  /\] +(\d{1,12}) ms: (?:Mark-Compact|Mark-sweep|Scavenge)[^\d\n]{0,40}[\d.]{1,12} \([\d.]{1,12}\) -> ([\d.]{1,12}) \([\d.]{1,12}\) MB/g;
const FLAG = /--max[-_]old[-_]space[-_]size[= ](\d{1,7})\b|-Xmx(\d{1,7})([kKmMgG]?)\b/;
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };
/** V8 writes its trace right ahead of the message. */
const TRACE_RECORDS = 40;

/** Services that died of a full heap, with the limit that the workspace gives them. */
export const heapDeaths = defineObserver<HeapDeath[]>({
  id: 'services.heap-deaths',
  label: 'heap limits',
  timeoutMs: 4_000,
  observe: async (run) => {
    const states = await run.use(serviceStates);
    const deaths = await Promise.all(states.map((state) => deathOf(state, run)));
    return deaths.filter((death) => death !== undefined);
  },
});

async function deathOf(state: ServiceState, run: Observation): Promise<HeapDeath | undefined> {
  const fatal = [...state.errors, ...state.crashes].filter(({ record }) => HEAP_FULL.test(record.text));
  const entry = fatal.at(-1);
  if (!entry) return undefined;
  const runtime = /JavaScript|ERR_WORKER/.test(entry.record.text) ? 'node' : 'jvm';
  return {
    state,
    entry,
    runtime,
    times: new Set(fatal.map(({ record }) => record.line)).size,
    ...traceOf(entry),
    flag: await flagOf(state, runtime, run),
    availableBytes: (await run.systems.host.facts(run.signal)).availableMemoryBytes,
  };
}

function traceOf({ log, record }: LogEntry): Pick<HeapDeath, 'afterMs' | 'heldBytes' | 'trace'> {
  const index = log.records.indexOf(record);
  const around = log.records.slice(Math.max(0, index - TRACE_RECORDS), index + 1);
  const trace = around.flatMap((each) =>
    each.text.split('\n').flatMap((text, offset) =>
      // A line may hold the end of one collection and the begin of the next.
      [...text.matchAll(COLLECTION)].map((match) => ({
        line: each.line + offset,
        text: match[0].replace(/^\] +/, ''),
        afterMs: Number(match[1]),
        heldBytes: Number(match[2]) * 2 ** 20,
      })),
    ),
  );
  const last = trace.at(-1);
  return { afterMs: last?.afterMs, heldBytes: last?.heldBytes, trace: trace.slice(-2) };
}

/** The flag in the service's own command, the script that it runs, or a variable of its environment. */
async function flagOf(
  { service }: ServiceState,
  runtime: HeapDeath['runtime'],
  { systems, workspace, signal }: Observation,
): Promise<HeapFlag | undefined> {
  const places = new Map<string, number | undefined>();
  if (service.command) places.set(service.command.at.file, service.command.at.line);
  const script = readCommand(service.command?.text ?? '').scriptFile;
  if (script?.endsWith('.sh')) places.set(path.posix.join(service.folder, script), undefined);
  for (const { value, at } of service.environment) if (FLAG.test(value)) places.set(at.file, at.line);
  for (const [file, line] of places) {
    const absolute = path.join(workspace, file);
    const [text, state] = await Promise.all([
      systems.files.readText(absolute, { signal }),
      systems.files.state(absolute),
    ]);
    const lines = text?.split(/\r?\n/) ?? [];
    const at =
      line !== undefined && flagIn(lines[line - 1], runtime)
        ? line - 1
        : lines.findIndex((each) => flagIn(each, runtime));
    const found = flagIn(lines[at], runtime);
    if (found && 'modifiedAt' in state)
      return { ...found, file, line: at + 1, lineText: lines[at] as string, modifiedAt: state.modifiedAt };
  }
  return undefined;
}

/** The flag of a runtime in a line of a command or of a file of variables. */
export function flagIn(
  line: string | undefined,
  runtime: HeapDeath['runtime'],
): Pick<HeapFlag, 'text' | 'bytes'> | undefined {
  const match = FLAG.exec(line ?? '');
  if (match === null) return undefined;
  const [text, megabytes, amount, unit = ''] = match;
  if (runtime === 'node') return megabytes === undefined ? undefined : { text, bytes: Number(megabytes) * 2 ** 20 };
  return amount === undefined ? undefined : { text, bytes: Number(amount) * (UNITS[unit.toLowerCase()] ?? 1) };
}
