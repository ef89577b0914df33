import path from 'node:path';
import { type LogState, readLogState } from '../../logs/presentErrors.ts';
import type { LogRecord } from '../../logs/record.ts';
import type { Listener } from '../../systems/network/network.ts';
import type { ProcessFacts } from '../../systems/process/processes.ts';
import { defineObserver } from '../observer.ts';
import { readCommand } from '../targets/commandLine.ts';
import type { DeclaredPort, ServiceTarget } from '../targets/target.ts';
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
}

const SHELLS_AND_TOOLS =
  /^(?:ba|da|z|fi|k)?sh$|^(?:tmux|screen|vi|vim|nvim|emacs|nano|less|more|tail|head|grep|rg|cat|git|code|code-server|ssh|su|sudo|make|npm|watch|top|htop|strace|gdb|psql|redis-cli|journalctl|chrome|chromium|electron)(?: .*)?$/;
const EDITOR_ARGUMENT =
  /\.vscode(?:-server|-insiders)?\/|extensionHost|bootstrap-fork|tsserver|typescript-language-server|pyright|gopls|rust-analyzer|esbuild\/bin|\/tektra(?:\.mjs)?$|server\/main\.mjs/;

/** Whether each service runs, who holds its ports, and what its logs say of now. */
export const serviceStates = defineObserver<ServiceState[]>({
  id: 'services.states',
  label: 'state of the services',
  timeoutMs: 5_000,
  observe: async ({ workspace, clock, use }) => {
    const [list, processes, sockets, logs] = await Promise.all([
      use(services),
      use(processList),
      use(listeners),
      use(serviceLogs),
    ]);
    const self = ancestorsOf(process.pid, processes);
    const candidates = processes.filter(
      (candidate) =>
        candidate.state !== 'Z' &&
        !self.has(candidate.pid) &&
        !SHELLS_AND_TOOLS.test(candidate.name) &&
        !candidate.argv.some((argument) => EDITOR_ARGUMENT.test(argument)),
    );
    const byPid = new Map(processes.map((candidate) => [candidate.pid, candidate]));
    const claimed = new Map(
      list.map((service) => [service.name, processesOf(service, workspace, candidates, sockets, list.length === 1)]),
    );
    return list.map((service): ServiceState => {
      const own = claimed.get(service.name) ?? [];
      const pids = new Set(own.map((candidate) => candidate.pid));
      const running = own.length > 0;
      const states = (logs.byService.get(service.name) ?? []).map((log) => ({
        log,
        state: readLogState(log.records, { running, now: clock.now() }),
      }));
      const entries = (pick: (state: LogState) => LogRecord[]): LogEntry[] =>
        states.flatMap(({ log, state }) => pick(state).map((record) => ({ log, record })));
      const ownListeners = sockets.filter((socket) => socket.pid !== undefined && pids.has(socket.pid));
      return {
        service,
        running,
        processes: [...own].sort(
          (a, b) =>
            Number(ownListeners.some(({ pid }) => pid === b.pid)) -
              Number(ownListeners.some(({ pid }) => pid === a.pid)) || a.pid - b.pid,
        ),
        listeners: ownListeners,
        holders: service.ports.flatMap((port): PortHolder[] => {
          const listener = sockets.find(
            (socket) => socket.port === port.port && !(socket.pid !== undefined && pids.has(socket.pid)),
          );
          return listener
            ? [{ port, listener, process: listener.pid === undefined ? undefined : byPid.get(listener.pid) }]
            : [];
        }),
        logs: states,
        errors: entries((state) => state.errors),
        warnings: entries((state) => state.warnings),
        crashes: entries((state) => state.crashes),
        everStarted: running || states.some(({ log }) => log.records.length > 0),
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

/** Processes that started in the service's folder and run its entry, or that listen there on a port it declares. */
function processesOf(
  service: ServiceTarget,
  workspace: string,
  candidates: readonly ProcessFacts[],
  sockets: readonly Listener[],
  only: boolean,
): ProcessFacts[] {
  const folder = path.join(workspace, service.folder);
  const entry = readCommand(
    service.command?.text ?? '',
    new Map(service.environment.map(({ name, value }) => [name, value])),
  ).entry;
  const ports = new Set(service.ports.map(({ port }) => port));
  return candidates.filter((candidate) => {
    const inside = candidate.cwd !== undefined && (candidate.cwd === folder || candidate.cwd.startsWith(`${folder}/`));
    const runsEntry = entry !== undefined && candidate.argv.some((argument) => matchesEntry(argument, entry, folder));
    if (inside && runsEntry) return true;
    if (entry?.includes('/') || /\.\w+$/.test(entry ?? ''))
      if (candidate.argv.includes(path.join(folder, entry ?? ''))) return true;
    const own = sockets.filter((socket) => socket.pid === candidate.pid);
    return inside && own.some((socket) => ports.has(socket.port) || (only && ports.size === 0));
  });
}

function matchesEntry(argument: string, entry: string, folder: string): boolean {
  if (argument === entry || argument === `./${entry}` || argument === path.join(folder, entry)) return true;
  // `python -m wiki.app` shows as the module's path, `node .` as the folder.
  return (
    argument.endsWith(`/${entry.replaceAll('.', '/')}.py`) ||
    (/^index\.[cm]?js$/.test(entry) && argument === '.') ||
    argument.split('/').at(-1) === entry
  );
}
