import type { KernelKill } from '../../systems/host/kernelLog.ts';
import { defineObserver } from '../observer.ts';
import { readCommand } from '../targets/commandLine.ts';
import { kernelLog } from './kernelLog.ts';
import { type LogEntry, type ServiceState, serviceStates } from './serviceStates.ts';

/** What the kernel's log says of the end of one service that may have been killed. */
export interface ServiceKill {
  state: ServiceState;
  /** The entry of its log that says that it was killed. */
  mention: LogEntry | undefined;
  /** Kills of its processes, newest last; empty when the kernel knows of none. */
  kills: KernelKill[];
  /** The log names the very process, or the kill fell on the moment at which its log ends. */
  certain: boolean;
  /** Where the kernel's words were read; undefined when they could not be. */
  source: string | undefined;
  /** Why the kernel's log could not be read. */
  unreadable: string | undefined;
}

const KILLED = /\bkilled\b|SIGKILL|signal:? 9\b|exit(?:ed)?(?: with)?(?: code| status)?:? 137\b/i;
/** bash: `./run.sh: line 3: 4121 Killed node app.js`; gunicorn: `Worker (pid:4121) was sent SIGKILL!`; supervisors: `process 4121`. */
const KILLED_PID = /(?:\bline \d+:\s+|\bpid[:= ]\s?|\bprocess )(\d{2,7})\b/gi;
/** The kernel's clock, the file's time and a supervisor's reaction lie within this. */
const SAME_MOMENT_MS = 5_000;
/** Node.js 24 calls its first thread so, and the kernel tells the thread's name. */
const NODE_THREAD = 'MainThread';
/** The kernel keeps 15 bytes of a name. */
const NAME_LENGTH = 15;
const LAUNCHERS: Readonly<Record<string, readonly string[]>> = {
  npm: ['node', NODE_THREAD],
  npx: ['node', NODE_THREAD],
  yarn: ['node', NODE_THREAD],
  pnpm: ['node', NODE_THREAD],
  node: ['node', NODE_THREAD],
  nodemon: ['node', NODE_THREAD],
  tsx: ['node', NODE_THREAD],
  python: ['python', 'python3'],
  python3: ['python', 'python3'],
};

/** For each service whose end or whose own words suggest a kill: what the kernel says of it. Containers are left to their engine. */
export const serviceKills = defineObserver<ServiceKill[]>({
  id: 'services.kills',
  label: 'processes killed for memory',
  timeoutMs: 8_000,
  observe: async ({ use }) => {
    const [states, answer] = await Promise.all([use(serviceStates), use(kernelLog)]);
    if (answer === undefined) return [];
    const kernel = answer.kind === 'read' ? answer.log : undefined;
    return states.flatMap((state): ServiceKill[] => {
      if (state.container) return [];
      const mention = [...state.warnings, ...state.errors, ...state.crashes].findLast(({ record }) =>
        KILLED.test(record.text.slice(0, 2_000)),
      );
      const ended = !state.running && !state.logs.some((log) => log.state.stoppedOrderly);
      if (!mention && !ended) return [];
      const pids = mention ? pidsIn(mention) : new Set<number>();
      const all = kernel?.kills ?? [];
      const byPid = all.filter(({ pid }) => pids.has(pid));
      const rivals = states.filter(
        (other) => other !== state && !other.running && namesOf(other).has([...namesOf(state)][0] ?? ''),
      );
      const atEnd = pids.size > 0 || !ended ? [] : all.filter((kill) => isAtEnd(kill, state));
      const kills = byPid.length > 0 ? byPid : atEnd;
      if (!mention && kills.length === 0) return [];
      return [
        {
          state,
          mention,
          kills,
          certain:
            byPid.length > 0 ||
            (kills.length > 0 && !rivals.some((other) => kills.some((kill) => isAtEnd(kill, other)))),
          source: kernel?.source,
          unreadable: answer.kind === 'unavailable' ? answer.because : undefined,
        },
      ];
    });
  },
});

function pidsIn({ record }: LogEntry): Set<number> {
  return new Set([...record.text.slice(0, 2_000).matchAll(KILLED_PID)].map(([, pid]) => Number(pid)));
}

/** A process of the service's program died at the moment at which a log of the service was last written. */
function isAtEnd(kill: KernelKill, state: ServiceState): boolean {
  return (
    namesOf(state).has(kill.name) &&
    state.logs.some(({ log }) => Math.abs(log.modifiedAt.getTime() - kill.at.getTime()) <= SAME_MOMENT_MS)
  );
}

/** Names under which the kernel may know the service's process. */
function namesOf({ service }: ServiceState): Set<string> {
  const { argv, entry } = readCommand(service.command?.text ?? '');
  const program = (argv[0] ?? '').split('/').at(-1) ?? '';
  const script = (entry ?? '').split('/').at(-1) ?? '';
  const names = [program, ...(LAUNCHERS[program] ?? []), script];
  return new Set(names.filter((name) => name !== '').map((name) => name.slice(0, NAME_LENGTH)));
}
