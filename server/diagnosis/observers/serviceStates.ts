import path from 'node:path';
import { type LogState, readLogState } from '../../logs/present/presentErrors.ts';
import type { LogRecord } from '../../logs/present/record.ts';
import type { ContainerFacts } from '../../systems/docker/docker.ts';
import type { Listener } from '../../systems/network/network.ts';
import type { ProcessFacts } from '../../systems/process/processes.ts';
import { defineObserver } from '../observer.ts';
import { readCommand } from '../targets/commandLine.ts';
import type { DeclaredPort, ServiceTarget } from '../targets/target.ts';
import { containers, NO_CONTAINERS } from './containers.ts';
import { listeners, processList } from './machine.ts';
import { serviceLogs, type WorkspaceLog } from './serviceLogs.ts';
import { services } from './targets.ts';

/** A log entry with the file it stands in. */
export interface LogEntry {
  log: WorkspaceLog;
  record: LogRecord;
}

export interface PortHolder {
  port: DeclaredPort;
  listener: Listener;
  process: ProcessFacts | undefined;
}

/** What is known of one service now. */
export interface ServiceState {
  service: ServiceTarget;
  running: boolean;
  /** Its processes, the ones that listen first. */
  processes: ProcessFacts[];
  /** Listeners of its processes. */
  listeners: Listener[];
  /** Foreign processes on ports that the service declares. */
  holders: PortHolder[];
  logs: { log: WorkspaceLog; state: LogState }[];
  /** Error entries that describe the present, newest last. */
  errors: LogEntry[];
  warnings: LogEntry[];
  /** Crashes in a row at the end of its log. */
  crashes: LogEntry[];
  /** It ran, or tried to: a log of it exists, or it runs. */
  everStarted: boolean;
  /** The newest container of its compose service, when the engine has one. */
  container: ContainerFacts | undefined;
}

const SHELL = /^(?:ba|da|z|fi|k|a)?sh$/;
const TOOLS =
  /^(?:tmux|screen|vi|vim|nvim|emacs|nano|less|more|tail|head|grep|rg|cat|git|code|code-server|ssh|su|sudo|make|npm|watch|top|htop|strace|gdb|psql|redis-cli|journalctl|chrome|chromium|electron|timeout|sleep|inotifywait)(?: .*)?$/;
/** Programs that start the service and wait for it, or for its files: they live on when it has died. */
const SUPERVISORS =
  /(?:^|\/)(?:nodemon|forever|supervisord|pm2|watchexec|air|reflex|entr|foreman|honcho|overmind|concurrently|tsx|ts-node-dev)(?:\.[cm]?js)?$/;
const EDITOR_ARGUMENT =
  /\.vscode(?:-server|-insiders)?\/|extensionHost|bootstrap-fork|tsserver|typescript-language-server|pyright|gopls|rust-analyzer|esbuild\/bin|\/tektra(?:\.mjs)?$/;

/** A process of this age may still be on its way into the same crash. */
const YOUNG_MS = 5_000;
/** npm and its like start the service at once; who is this much older started it before. */
const STARTER_LEAD_MS = 500;

/** Whether each service runs, who holds its ports, and what its logs say of now. */
export const serviceStates = defineObserver<ServiceState[]>({
  id: 'services.states',
  label: 'state of the services',
  timeoutMs: 15_000,
  observe: async ({ workspace, clock, use }) => {
    const [list, processes, sockets, logs, engine] = await Promise.all([
      use(services),
      use(processList),
      use(listeners),
      use(serviceLogs),
      use(containers).catch(() => NO_CONTAINERS),
    ]);
    const self = ancestorsOf(process.pid, processes);
    const candidates = processes.filter(
      (candidate) =>
        candidate.state !== 'Z' &&
        !self.has(candidate.pid) &&
        !TOOLS.test(candidate.name) &&
        !candidate.argv.some((argument) => EDITOR_ARGUMENT.test(argument)),
    );
    const byPid = new Map(processes.map((candidate) => [candidate.pid, candidate]));
    const claimed = new Map(
      list.map((service) => [service.name, processesOf(service, workspace, candidates, sockets, list.length === 1)]),
    );
    return list.map((service): ServiceState => {
      const found = claimed.get(service.name) ?? [];
      const mine = logs.byService.get(service.name) ?? [];
      const own = isDying(found, mine, sockets, byPid, clock.now()) ? [] : found;
      const pids = new Set(own.map((candidate) => candidate.pid));
      const container = engine.byService.get(service.compose?.name ?? '')?.[0];
      const contained = container?.state === 'running' || container?.state === 'paused';
      const running = own.length > 0 || contained;
      const ownListeners = sockets.filter((socket) => socket.pid !== undefined && pids.has(socket.pid));
      const ordered = [...own].sort(
        (a, b) =>
          Number(ownListeners.some(({ pid }) => pid === b.pid)) -
            Number(ownListeners.some(({ pid }) => pid === a.pid)) || a.pid - b.pid,
      );
      const states = mine.map((log) => ({
        log,
        state: readLogState(log.records, {
          running,
          now: clock.now(),
          startedAt: ordered[0]?.startedAt ?? (contained ? container?.startedAt : undefined),
          modifiedAt: log.modifiedAt,
        }),
      }));
      const current = withoutStale(states);
      const entries = (pick: (state: LogState) => LogRecord[]): LogEntry[] =>
        current.flatMap(({ log, state }) => pick(state).map((record) => ({ log, record })));
      return {
        service,
        running,
        processes: ordered,
        listeners: ownListeners,
        holders: service.ports.flatMap((port): PortHolder[] => {
          const listener = sockets.find(
            (socket) => socket.port === port.port && !(socket.pid !== undefined && pids.has(socket.pid)),
          );
          return listener
            ? [{ port, listener, process: listener.pid === undefined ? undefined : byPid.get(listener.pid) }]
            : [];
        }),
        logs: current,
        errors: entries((state) => state.errors),
        warnings: entries((state) => state.warnings),
        crashes: entries((state) => state.crashes),
        everStarted: running || container !== undefined || states.some(({ log }) => log.records.length > 0),
        container,
      };
    });
  },
});

function ancestorsOf(pid: number, processes: readonly ProcessFacts[]): Set<number> {
  const parents = new Map(processes.map((candidate) => [candidate.pid, candidate.ppid]));
  const seen = new Set<number>();
  for (let next: number | undefined = pid; next !== undefined && next > 1 && !seen.has(next); next = parents.get(next))
    seen.add(next);
  return seen;
}

/** A log that ended this much earlier than another one of the same service tells of an earlier run. */
const STALE_MS = 10 * 60_000;

/** Leaves out rotated and forgotten logs: only those that end about where the newest one ends describe the last run. */
function withoutStale(states: ServiceState['logs']): ServiceState['logs'] {
  const endOf = ({ log, state }: ServiceState['logs'][number]): number =>
    (
      log.records.at(-1)?.time ??
      (log.records.at(-1)?.level === undefined ? undefined : state.lastTime) ??
      log.modifiedAt
    ).getTime();
  const newest = Math.max(...states.filter(({ log }) => log.records.length > 0).map(endOf));
  return states.filter((entry) => entry.log.records.length === 0 || newest - endOf(entry) <= STALE_MS);
}

/**
 * A supervisor, or a loop of a shell, starts it again and again: the process of this moment is about to crash like those
 * before it. It is younger than the one that starts it, and its log ends in crashes.
 */
function isDying(
  own: readonly ProcessFacts[],
  logs: readonly WorkspaceLog[],
  sockets: readonly Listener[],
  byPid: ReadonlyMap<number, ProcessFacts>,
  now: Date,
): boolean {
  if (own.length === 0 || sockets.some(({ pid }) => own.some((process) => process.pid === pid))) return false;
  const restarted = own.every((process) => {
    // A script that starts it in a loop lives on by itself.
    if (SHELL.test(process.name)) return true;
    const parent = byPid.get(process.ppid);
    const age = now.getTime() - (process.startedAt?.getTime() ?? 0);
    const starter = parent && ((SHELL.test(parent.name) && parent.argv.length > 1) || isSupervisor(parent));
    return (
      age < YOUNG_MS &&
      starter === true &&
      (process.startedAt?.getTime() ?? 0) - (parent?.startedAt?.getTime() ?? 0) > STARTER_LEAD_MS
    );
  });
  return (
    restarted &&
    logs.some(
      ({ records }) => readLogState(records, { running: false, now }).crashes.filter(({ crash }) => crash).length >= 2,
    )
  );
}

/** Processes that started in the service's folder and run its entry, or that listen there on a port it declares. */
function processesOf(
  service: ServiceTarget,
  workspace: string,
  candidates: readonly ProcessFacts[],
  sockets: readonly Listener[],
  only: boolean,
): ProcessFacts[] {
  const folder = path.join(workspace, service.folder);
  const { entry, scriptFile } = readCommand(
    service.command?.text ?? '',
    new Map(service.environment.map(({ name, value }) => [name, value])),
  );
  const ports = new Set(service.ports.map(({ port }) => port));
  const scripted = /\.(?:ba|z|k)?sh$/.test(scriptFile ?? '') || /\/(?:start|run|serve)$/.test(scriptFile ?? '');
  const matches = candidates.filter((candidate) => {
    const inside = candidate.cwd !== undefined && (candidate.cwd === folder || candidate.cwd.startsWith(`${folder}/`));
    const runsEntry = entry !== undefined && candidate.argv.some((argument) => matchesEntry(argument, entry, folder));
    // A shell is the service only when it runs the service's script; else it is a terminal or a wrapper.
    if (SHELL.test(candidate.name))
      return inside && runsEntry && scripted && matchesEntry(candidate.argv[1] ?? '', entry ?? '', folder);
    if (inside && runsEntry) return true;
    if (entry?.includes('/') || /\.\w+$/.test(entry ?? ''))
      if (candidate.argv.includes(path.join(folder, entry ?? ''))) return true;
    const own = sockets.filter((socket) => socket.pid === candidate.pid);
    // What a start script put in its own place (`exec node server.js`) no longer shows the script.
    if (inside && only && scripted && !SUPERVISORS.test(candidate.argv[0] ?? '')) return true;
    // A proxy that is started in the folder listens there as well.
    const anyPort = only && ports.size === 0 && candidate.name !== 'nginx';
    return inside && own.some((socket) => ports.has(socket.port) || anyPort);
  });
  return matches.filter((candidate) => !isSupervisor(candidate));
}

function isSupervisor({ argv }: ProcessFacts): boolean {
  return (
    argv.slice(0, 2).some((argument) => SUPERVISORS.test(argument)) ||
    argv.slice(1, 4).some((argument) => /^--watch(?:-path)?(?:=|$)/.test(argument))
  );
}

function matchesEntry(argument: string, entry: string, folder: string): boolean {
  if (argument === entry || argument === `./${entry}` || argument === path.join(folder, entry)) return true;
  // Some write a title over their arguments: "nginx: master process …".
  if (argument.startsWith(`${entry}: `)) return true;
  // `python -m wiki.app` shows as the module's path, `node .` as the folder.
  return (
    argument.endsWith(`/${entry.replaceAll('.', '/')}.py`) ||
    (/^index\.[cm]?js$/.test(entry) && argument === '.') ||
    argument.split('/').at(-1) === entry
  );
}
