import { EXIT_CODES } from '../../server/protocol/exitCodes.ts';

/** How a backend's process ended, as its starter saw it. */
export interface BackendExit {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** The system could not start the process at all, and said this. */
  startError?: string;
  /** The end of what it wrote to standard error. */
  errorOutput: string;
}

export type CrashCauseId =
  | ('out-of-memory' | 'cpu-unsupported' | 'native-module' | 'native-crash' | 'port-busy' | 'disk-full')
  | ('state-folder' | 'socket' | 'node-unsupported' | 'installation' | 'not-started' | 'killed' | 'ended')
  | ('unresponsive' | 'connection-lost' | 'internal');

/** Why the backend is gone, for a person. */
export interface CrashCause {
  id: CrashCauseId;
  /** A whole sentence. */
  message: string;
  /** The next step, in the imperative; a whole sentence. */
  action: string;
}

const OPEN_LOG = 'Run "Tektra: Show Log" to see more, then "Tektra: Restart Backend".';
const REINSTALL = 'Reinstall the Tektra extension for this platform.';

const causes: Readonly<Record<CrashCauseId, Omit<CrashCause, 'id'>>> = {
  'out-of-memory': {
    message: "Tektra's backend ran out of memory.",
    action: 'Close programs that use much memory, then run "Tektra: Restart Backend".',
  },
  'cpu-unsupported': {
    message: "Tektra's backend used a processor instruction that this machine does not have.",
    action: 'Install the build of Tektra for this platform, or run it on a newer processor.',
  },
  'native-module': {
    message: "A native module of Tektra's backend does not load: it is damaged, or made for another platform.",
    action: REINSTALL,
  },
  'native-crash': { message: "Native code inside Tektra's backend crashed.", action: OPEN_LOG },
  'port-busy': {
    message: "A port that Tektra's backend needs is taken.",
    action: 'End the program that holds the port, then run "Tektra: Restart Backend".',
  },
  'disk-full': {
    message: "The disk that holds Tektra's state folder is full.",
    action: 'Free some space on it, then run "Tektra: Restart Backend".',
  },
  'state-folder': {
    message: "Tektra's state folder cannot be written.",
    action: 'Make ~/.tektra (or TEKTRA_HOME) writable for your user, then run "Tektra: Restart Backend".',
  },
  socket: {
    message: "Tektra's backend cannot open its socket.",
    action: 'Remove the folder "run" in ~/.tektra (or TEKTRA_HOME), then run "Tektra: Restart Backend".',
  },
  'node-unsupported': {
    message: "The Node that runs Tektra's backend is too old: it needs Node 22.14 or newer.",
    action: 'Update the editor to version 1.105 or newer.',
  },
  installation: { message: "A file of Tektra's backend is missing.", action: REINSTALL },
  'not-started': { message: "Tektra's backend could not be started.", action: OPEN_LOG },
  killed: {
    message: "Tektra's backend was killed, by someone or by the system because memory ran out.",
    action: 'If memory is short, close some programs; then run "Tektra: Restart Backend".',
  },
  ended: { message: "Tektra's backend was told to end.", action: 'Run "Tektra: Restart Backend".' },
  unresponsive: { message: "Tektra's backend does not answer.", action: 'Run "Tektra: Restart Backend".' },
  'connection-lost': { message: "The connection to Tektra's backend broke.", action: OPEN_LOG },
  internal: { message: "Tektra's backend ended because of an error of its own.", action: OPEN_LOG },
};

/** What standard error, or the system when it refused the start, says of the cause. The first that matches speaks. */
const spoken: readonly [RegExp, CrashCauseId][] = [
  [/heap out of memory|allocation failed|std::bad_alloc|ENOMEM|Cannot allocate memory/i, 'out-of-memory'],
  [/ENOSPC|SQLITE_FULL|no space left|EDQUOT/i, 'disk-full'],
  [
    /ERR_DLOPEN_FAILED|invalid ELF header|wrong ELF class|NODE_MODULE_VERSION|GLIBC\w*_[\d.]+|bindings file/,
    'native-module',
  ],
  [/EADDRINUSE/, 'port-busy'],
  [/ERR_MODULE_NOT_FOUND|Cannot find (?:module|package)/, 'installation'],
];

const byExitCode: Readonly<Record<number, CrashCauseId>> = {
  [EXIT_CODES.ok]: 'ended',
  [EXIT_CODES.internal]: 'internal',
  [EXIT_CODES.nodeUnsupported]: 'node-unsupported',
  [EXIT_CODES.nativeModule]: 'native-module',
  [EXIT_CODES.stateFolder]: 'state-folder',
  [EXIT_CODES.socket]: 'socket',
  // Windows has no signals; these are its NTSTATUS codes, unsigned.
  3221225501: 'cpu-unsupported',
  3221225477: 'native-crash',
  3221225495: 'out-of-memory',
};

const bySignal: Readonly<Partial<Record<NodeJS.Signals, CrashCauseId>>> = {
  SIGKILL: 'killed',
  SIGTERM: 'ended',
  SIGINT: 'ended',
  SIGHUP: 'ended',
  SIGILL: 'cpu-unsupported',
  SIGABRT: 'native-crash',
  SIGSEGV: 'native-crash',
  SIGBUS: 'native-crash',
  SIGTRAP: 'native-crash',
};

/** A shell or a container tells a signal as 128 + its number. */
const signalNumbers: Readonly<Record<number, NodeJS.Signals>> = {
  129: 'SIGHUP',
  130: 'SIGINT',
  132: 'SIGILL',
  133: 'SIGTRAP',
  134: 'SIGABRT',
  135: 'SIGBUS',
  137: 'SIGKILL',
  139: 'SIGSEGV',
  143: 'SIGTERM',
};

/** Exit codes and signals that leave the cause open: there, what the process said decides. */
const vague: ReadonlySet<CrashCauseId> = new Set(['internal', 'native-crash', 'state-folder', 'socket', 'not-started']);

/** Names the cause of an exit, with the next step for the user. */
export function crashCause(exit: BackendExit): CrashCause {
  const told = exit.startError === undefined ? exitId(exit) : 'not-started';
  const words = `${exit.startError ?? ''}\n${exit.errorOutput}`;
  const id = vague.has(told) ? (spoken.find(([pattern]) => pattern.test(words))?.[1] ?? refined(told, words)) : told;
  const detail = id === 'not-started' || id === 'state-folder' || id === 'internal' ? detailOf(exit) : '';
  return {
    ...crashCauseOf(id),
    ...(detail === '' ? {} : { message: `${causes[id].message.slice(0, -1)}: ${detail}.` }),
  };
}

/** The cause by its name, where no process ended. */
export function crashCauseOf(id: CrashCauseId): CrashCause {
  return { id, ...causes[id] };
}

function exitId({ exitCode, signal }: BackendExit): CrashCauseId {
  const sent = signal ?? (exitCode === null ? undefined : signalNumbers[exitCode]);
  return (sent && bySignal[sent]) ?? (exitCode === null ? undefined : byExitCode[exitCode]) ?? 'internal';
}

/** Troubles with our own folder: SQLite's, and the system's when a file or the folder itself cannot be opened or made. */
const folderTrouble = [
  /\b(?:EROFS|SQLITE_READONLY|SQLITE_CANTOPEN)\b/,
  /\b(?:EACCES|EPERM|ENOTDIR|EEXIST)\b.*\b(?:mkdir|open)\b|\bconnect E(?:ACCES|PERM)\b/,
];

function refined(told: CrashCauseId, words: string): CrashCauseId {
  const open = told === 'internal' || told === 'not-started';
  return open && folderTrouble.some((pattern) => pattern.test(words)) ? 'state-folder' : told;
}

const DETAIL_LENGTH = 200;

/** The line that names the error: the last one that begins like one, else the last that is no stack frame. */
function detailOf({ startError, errorOutput }: BackendExit): string {
  const lines = (startError ?? errorOutput).split('\n').map((line) => line.trim());
  const words = lines.filter((line) => line !== '' && !/^(?:at |Node\.js v|[{}^])/.test(line));
  const line = words.findLast((one) => /^(?:\w*Error\b|Uncaught|tektra)/i.test(one)) ?? words.at(-1) ?? '';
  return line.replace(/^tektra: |[.:\s]+$/g, '').slice(0, DETAIL_LENGTH);
}
