import { setTimeout as pause } from 'node:timers/promises';
import type { HttpAnswer } from '../../systems/http/http.ts';
import type { ProcessFacts } from '../../systems/process/processes.ts';
import { defineObserver, type Observation } from '../observer.ts';
import type { SourceFacts } from '../source/sourceFacts.ts';
import { addressToAsk, type HealthAnswer, healthAnswers } from './healthAnswers.ts';
import { processList } from './machine.ts';
import { isStrained } from './resourceSample.ts';
import { type LogEntry, type ServiceState, serviceStates } from './serviceStates.ts';
import { sourceFacts } from './workspaceFiles.ts';

/** What the first thread of a process did while the service was asked. Seconds. */
export interface ThreadUse {
  pid: number;
  name: string;
  /** 'JavaScript' runs on one thread in any case; Python does where it runs an asyncio loop. */
  runtime: 'JavaScript' | 'Python';
  seconds: number;
  ran: number;
  /** Ready to run, but without a core. */
  waited: number;
  stopped: boolean;
  debugged: boolean;
  startedAt: Date | undefined;
}

/** A service with an event loop that may be held up: asked now, with what its first thread did meanwhile. */
export interface LoopLook {
  state: ServiceState;
  /** What it says itself of its loop, newest last. */
  complaints: LoopComplaint[];
  url: string;
  /** The slowest answer. */
  answer: HttpAnswer;
  /** The busiest of its first threads; undefined where the platform does not tell. */
  thread: ThreadUse | undefined;
  /** The code names a health route, so that it speaks HTTP for sure. */
  speaksHttp: boolean;
  /** How often a connection, ours at least, stood in its accept queue when that was looked at. */
  queued: 'never' | 'once' | 'always';
}

export interface LoopComplaint {
  entry: LogEntry;
  /** How long the loop stood still, when it says so. */
  blockedMs: number | undefined;
}

const SAYS_BLOCKED =
  /event[- ]?loop\b[^\n]{0,60}\b(?:block|lag|delay|stall|stuck)|\bblocked (?:the )?(?:event[- ]?loop|main thread)|\bBlocked for \d|Executing <[^\n]{1,600} took \d+(?:\.\d+)? seconds/i;
const FIGURE = /(\d{1,9}(?:\.\d{1,6})?)\s?(ms|milliseconds|s|sec|seconds)\b/i;
/** A lag of less is what every loop has now and then. */
const MIN_BLOCKED_MS = 200;
/** How far back what it says of its loop counts. */
const RECENT_MS = 2 * 60_000;
const RECENT_RECORDS = 80;

export const LOOP_ANSWER_MS = 2_500;
/** With words of its own about it, it is asked again until this time has passed. */
const KEEP_ASKING_MS = 1_200;
const ASK_EVERY_MS = 150;
/** When the accept queue is looked at while the answer is waited for. */
const QUEUE_LOOKS_MS = [700, 1_900];

const JAVASCRIPT = /^(?:node(?:js)?|bun|deno)(?:\.exe)?$/;
const PYTHON = /^(?:python[\d.]*|uvicorn|hypercorn|daphne|sanic|granian)$/;
const ASYNC_PYTHON =
  /^\s*(?:import|from) (?:asyncio|aiohttp|uvicorn|fastapi|starlette|sanic|tornado|quart|litestar)\b/m;
const ASYNC_SERVER = /\b(?:uvicorn|hypercorn|daphne|sanic|granian)\b/i;
const DEBUGGER = /^--inspect(?:-brk|-wait)?(?:=|$)|\bdebugpy\b|\bpydevd\b/;

/** Services whose event loop is suspected, each asked once, in parallel. None costs anything while nothing suggests it. */
export const loopLooks = defineObserver<LoopLook[]>({
  id: 'services.loops',
  label: 'event loops of the services',
  timeoutMs: 12_000,
  observe: async (run) => {
    const [states, processes, source] = await Promise.all([
      run.use(serviceStates),
      run.use(processList),
      run.use(sourceFacts),
    ]);
    const looks = states
      .filter(({ running }) => running)
      .map(async (state): Promise<LoopLook[]> => {
        const base = addressToAsk(state);
        const candidates = loopProcesses(state, processes, source);
        if (!base || candidates.length === 0) return [];
        const complaints = complaintsOf(state, run.clock.now());
        const { acceptQueues } = await run.systems.host.use(run.signal);
        const seemsBusy =
          candidates.some((each) => each.state === 'R') || acceptQueues.some(({ port }) => port === base.port);
        const health =
          complaints.length > 0 || seemsBusy
            ? []
            : (await run.use(healthAnswers).catch((): HealthAnswer[] => [])).filter(
                ({ service }) => service === state.service.name,
              );
        if (complaints.length === 0 && !seemsBusy && !health.some(isStrained)) return [];
        return [await look(state, candidates, complaints, base, run)];
      });
    return (await Promise.all(looks)).flat();
  },
});

/** Its processes that run an event loop; of a container, those that descend from its first one. */
function loopProcesses(
  { processes: own, container, service }: ServiceState,
  all: readonly ProcessFacts[],
  source: SourceFacts,
): ProcessFacts[] {
  const root = container?.state === 'running' ? container.pid : undefined;
  const candidates = own.length > 0 || root === undefined ? own : descendantsOf(root, all);
  return candidates.filter((process) => {
    const runtime = runtimeOf(process);
    if (runtime !== 'Python') return runtime !== undefined;
    return (
      process.argv.slice(0, 4).some((argument) => ASYNC_SERVER.test(argument)) ||
      source.files.some(
        (file) =>
          file.endsWith('.py') &&
          (service.folder === '' || file.startsWith(`${service.folder}/`)) &&
          ASYNC_PYTHON.test(source.textOf(file) ?? ''),
      )
    );
  });
}

function descendantsOf(root: number, all: readonly ProcessFacts[]): ProcessFacts[] {
  const found = new Set([root]);
  for (let size = 0; size !== found.size; ) {
    size = found.size;
    for (const { pid, ppid } of all) if (found.has(ppid)) found.add(pid);
  }
  return all.filter(({ pid }) => found.has(pid));
}

function runtimeOf({ argv, name }: ProcessFacts): ThreadUse['runtime'] | undefined {
  const program = (argv[0] ?? name).split('/').at(-1) ?? '';
  if (JAVASCRIPT.test(program)) return 'JavaScript';
  return PYTHON.test(program) ? 'Python' : undefined;
}

function complaintsOf({ logs, errors, warnings, processes }: ServiceState, now: Date): LoopComplaint[] {
  const present = new Set([...errors, ...warnings].map(({ record }) => record));
  const startedAt = processes[0]?.startedAt?.getTime() ?? 0;
  return logs.flatMap(({ log }) =>
    log.records.slice(-RECENT_RECORDS).flatMap((record): LoopComplaint[] => {
      const text = record.text.slice(0, 2_000);
      const at = (record.time ?? log.modifiedAt).getTime();
      if (!SAYS_BLOCKED.test(text) || at < startedAt || now.getTime() - at > RECENT_MS) return [];
      const blockedMs = blockedIn(text);
      // Figures that a service notes down all the time are no complaint while they are small.
      const counts = blockedMs === undefined ? present.has(record) : blockedMs >= MIN_BLOCKED_MS;
      return counts ? [{ entry: { log, record }, blockedMs }] : [];
    }),
  );
}

function blockedIn(text: string): number | undefined {
  const from = SAYS_BLOCKED.exec(text)?.index ?? 0;
  const took = / took (\d+(?:\.\d+)?) seconds/.exec(text)?.[1];
  if (took !== undefined) return Number(took) * 1_000;
  const [, digits, unit] = FIGURE.exec(text.slice(from, from + 200)) ?? [];
  if (digits === undefined) return undefined;
  return Number(digits) * (unit?.toLowerCase().startsWith('m') ? 1 : 1_000);
}

/** Asks, and reads before and after what the first threads did. */
async function look(
  state: ServiceState,
  candidates: readonly ProcessFacts[],
  complaints: LoopComplaint[],
  base: { url: string; port: number },
  run: Observation,
): Promise<LoopLook> {
  const { systems, signal } = run;
  const route = await knownRoute(state, run);
  const url = `${base.url}${route ?? '/'}`;
  const read = async () => Promise.all(candidates.map(({ pid }) => systems.processes.use(pid, signal)));
  const before = await read();
  const started = performance.now();
  const done = new AbortController();
  const queue = watchQueue(base.port, run, AbortSignal.any([done.signal, signal]));
  const answer = await askSlowest(url, complaints.length > 0 ? started + KEEP_ASKING_MS : started, run);
  done.abort();
  const after = await read();
  const threads = candidates.flatMap((process, index): ThreadUse[] => {
    const [first, last] = [before[index], after[index]];
    if (first?.mainSeconds === undefined || last?.mainSeconds === undefined) return [];
    return [
      {
        pid: process.pid,
        name: process.name,
        runtime: runtimeOf(process) ?? 'JavaScript',
        seconds: (last.at - first.at) / 1_000,
        ran: last.mainSeconds - first.mainSeconds,
        waited: (last.waitedSeconds ?? 0) - (first.waitedSeconds ?? 0),
        stopped: last.state === 'T' || last.state === 't',
        debugged: process.argv.some((argument) => DEBUGGER.test(argument)),
        startedAt: process.startedAt,
      },
    ];
  });
  return {
    state,
    complaints,
    url,
    answer,
    thread: threads.sort((a, b) => b.ran + b.waited - (a.ran + a.waited))[0],
    speaksHttp: route !== undefined,
    queued: await queue,
  };
}

/** The health route of its own code, when it has one. */
async function knownRoute({ service }: ServiceState, { use }: Observation): Promise<string | undefined> {
  const health = await use(healthAnswers).catch((): HealthAnswer[] => []);
  return health.find((answer) => answer.service === service.name)?.route.path;
}

/** The slowest answer until a time, one at least. */
async function askSlowest(url: string, until: number, { systems, signal }: Observation): Promise<HttpAnswer> {
  let slowest = await systems.http.get(url, { timeoutMs: LOOP_ANSWER_MS, signal });
  while (performance.now() < until) {
    await pause(ASK_EVERY_MS, undefined, { signal });
    const next = await systems.http.get(url, { timeoutMs: LOOP_ANSWER_MS, signal });
    if (next.durationMs > slowest.durationMs) slowest = next;
  }
  return slowest;
}

/** @param until aborts when the answer is there */
async function watchQueue(port: number, { systems }: Observation, until: AbortSignal): Promise<LoopLook['queued']> {
  let count = 0;
  let passed = 0;
  try {
    for (const at of QUEUE_LOOKS_MS) {
      await pause(at - passed, undefined, { signal: until });
      passed = at;
      const { acceptQueues } = await systems.host.use(until);
      if (acceptQueues.some((queue) => queue.port === port)) count++;
    }
  } catch {
    // The answer came first: what was seen until then counts.
  }
  return count === 0 ? 'never' : count === QUEUE_LOOKS_MS.length ? 'always' : 'once';
}
