import path from 'node:path';
import type { PathState } from '../../../systems/files/files.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { codeEvidence, failingCode, logEvidence, newestBy } from '../../evidence.ts';
import { defineObserver } from '../../observer.ts';
import { type LogEntry, type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { sourceFacts } from '../../observers/workspaceFiles.ts';

/** Messages about a path that may not be used; group 1 is the path. */
const DENIED: readonly RegExp[] = [
  /(?:EACCES|EPERM): (?:permission denied|operation not permitted), \w+ '([^']+)'/,
  /\bspawn(?:Sync)? ([^\s']+) (?:EACCES|EPERM)/,
  /\[Errno (?:13|1)\] (?:Permission denied|Operation not permitted): ['"]([^'"]+)['"]/,
  /\b(?:open|stat|mkdir|create|unlink|rename|fork\/exec|exec) ['"]?([^\s:'"]+)['"]?: (?:permission denied|operation not permitted)/i,
  /Permission denied @ \w+ - (\S+)/,
  /open\(\) "([^"]+)" failed \(13: /,
  /(?:java\.nio\.file\.AccessDeniedException|java\.io\.FileNotFoundException): (\S+)(?: \(Permission denied\))?/,
  /(?:sh|bash): (?:\d+: |line \d+: )?([\w./-]+): Permission denied/,
  /can't open file '([^']+)': \[Errno 13\]/,
  /((?:\.{0,2}\/)[\w@./-]+): (?:Permission denied|Operation not permitted)/i,
  /(?:permission denied|access denied|not permitted|cannot (?:write|read|open))[^\n'"`]{0,40}['"`]?((?:\.{0,2}\/)[\w@./-]+)/i,
];
const WRITES =
  /\b(?:mkdir|write|writing|create|unlink|rename|append|copyfile|open for writing|O_WRONLY|O_CREAT|cannot write|chmod)\b/i;
const EXECUTES = /\b(?:exec|spawn|execve)\b|(?:sh|bash): /;

type Need = 'read' | 'write' | 'execute';

interface Suspect {
  state: ServiceState;
  entry: LogEntry;
  written: string;
  /** The path itself, or its nearest existing ancestor. */
  obstacle: { path: string; state: PathState };
  /** Folders on the way that others may not enter, outermost first. */
  closed: { path: string; state: PathState }[];
  need: Need;
  /** The line of code that failed over it. */
  code: { file: string; line: number; text: string } | undefined;
  /** The user that the service runs or ran as, if it can be told. */
  uid: number | undefined;
}

const suspects = defineObserver<Suspect[]>({
  id: 'file-permission.suspects',
  label: 'files that errors call forbidden',
  timeoutMs: 2_500,
  observe: async ({ systems, workspace, use }) => {
    const [states, source] = await Promise.all([use(serviceStates), use(sourceFacts)]);
    const named = states.flatMap((state) =>
      newestBy(
        state.errors.flatMap((entry) => deniedIn(entry).map((written) => ({ state, entry, written }))),
        ({ written }) => written,
      ),
    );
    return Promise.all(
      named.map(async ({ state, entry, written }): Promise<Suspect> => {
        const absolute = path.resolve(workspace, state.service.folder, written);
        const ways = ancestorsOf(absolute);
        const looked = await Promise.all(
          ways.map(async (place) => ({ path: place, state: await systems.files.state(place) })),
        );
        const existing = looked.filter(({ state: found }) => found.kind !== 'absent' && found.kind !== 'unreachable');
        const obstacle = existing.at(-1) ?? { path: absolute, state: { kind: 'absent' as const } };
        const uid = state.processes[0]?.uid;
        const code = failingCode(entry, source);
        const closed = existing.slice(0, -1).filter((place) => !allows(place.state, 'execute', uid));
        const inside = closed.filter((place) => place.path.startsWith(`${workspace}/`));
        // A closed folder above the workspace matters only if nothing in it explains the denial: the service lives there.
        const need = needOf(entry, code?.text ?? '', obstacle, absolute, uid);
        const explained = inside.length > 0 || !allows(obstacle.state, need, uid);
        return {
          state,
          entry,
          written,
          obstacle,
          closed: explained ? inside : closed,
          need,
          code,
          uid,
        };
      }),
    );
  },
});

export const filePermission = defineCause({
  id: 'file.permission',
  category: 'startup',
  summary: 'The service may not read, write or execute a file that it needs',
  advice: {
    sure: "The service's own error names the file, and its mode and owner forbid what the service does.",
    first: 'Grant just what is needed to the user that runs the service, or run it as the owner.',
    verify: 'The same user can open the file, and the service starts.',
  },
  needs: { suspects },
  explains: [
    'process.crash-loop',
    'service.down',
    'network.refused',
    'file.missing',
    'container.exited',
    'container.restarting',
  ],
  judge: ({ suspects: list }) => list.map(judgeSuspect),
});

const WRITING_CODE =
  /open\([^)]*,\s*['"](?:[wax]b?\+?|r\+|rb\+)['"]|\b(?:write|append|mkdir|create|rename|unlink|save|dump|sqlite|copy)\w*\(/i;

const READING_CODE = /\b(?:read\w*|load\w*|require|import|createReadStream|include\w*)\(|\bopen\([^,)]*\)|\.read\(/;

/** What was tried: as the message says, as the code says, else whatever of reading and writing the mode forbids. */
function needOf(
  { record }: LogEntry,
  code: string,
  obstacle: Suspect['obstacle'],
  absolute: string,
  uid: number | undefined,
): Need {
  if (EXECUTES.test(record.text) && !WRITES.test(record.message)) return 'execute';
  // What does not exist was to be made in the folder above it.
  if (WRITES.test(record.message) || obstacle.path !== absolute || WRITING_CODE.test(code)) return 'write';
  if (READING_CODE.test(code)) return 'read';
  return allows(obstacle.state, 'read', uid) && !allows(obstacle.state, 'write', uid) ? 'write' : 'read';
}

function judgeSuspect({ state, entry, written, obstacle, closed, need, uid, code }: Suspect): Judgement {
  const target = state.service.name;
  const blocked = closed[0] ?? (allows(obstacle.state, need, uid) ? undefined : obstacle);
  const facts = [...closed, obstacle].map((place) => ({
    kind: 'filesystem' as const,
    source: place.path,
    text: describe(place.state),
  }));
  if (!blocked) {
    return refuted({
      target,
      because: `${written} may be used by ${uid === undefined ? 'everyone' : `uid ${uid}`}: ${describe(obstacle.state)}`,
      evidence: [...facts, logEvidence(entry)],
    });
  }
  const what =
    closed.length > 0
      ? `the folder ${blocked.path} may not be entered`
      : need === 'execute'
        ? 'it is not executable'
        : `it may not be ${need === 'read' ? 'read' : 'written'}`;
  const bits = closed.length > 0 || need === 'execute' ? '+x' : need === 'read' ? '+r' : '+w';
  return proved({
    target,
    summary: `${target} is denied ${written}: ${what} (${describe(blocked.state)})`,
    evidence: [logEvidence(entry), ...(code ? [codeEvidence(code)] : []), ...facts],
    fixes: [
      {
        title: `Grant ${need === 'execute' ? 'execution' : need === 'read' ? 'reading' : 'writing'} of ${path.basename(blocked.path)}`,
        risk: 'execute',
        changes: [
          {
            kind: 'command',
            argv: ['chmod', `${need === 'write' ? 'ug' : 'a'}${bits}`, blocked.path],
            ...('mode' in blocked.state
              ? { undo: ['chmod', (blocked.state.mode & 0o7777).toString(8).padStart(4, '0'), blocked.path] }
              : {}),
          },
        ],
        undo: true,
        verify: `Start ${target}: its log no longer says "permission denied" for ${written}.`,
      },
    ],
  });
}

function deniedIn({ record }: LogEntry): string[] {
  if (
    /\b(?:listen|bind)\b[^\n]*(?:EACCES|permission denied)|EACCES[^\n]*\b(?:listen|bind)\b/i.test(record.text) &&
    !/'\//.test(record.text)
  )
    return [];
  // Who may use the container engine is permission.denied's.
  if (/(?:docker|podman|containerd)[\w.-]{0,30}\.sock\b/.test(record.text.slice(0, 4_000))) return [];
  const found: string[] = [];
  for (const line of record.text.split('\n')) {
    const written = DENIED.map((pattern) => pattern.exec(line)?.[1]).find((candidate) => candidate !== undefined);
    if (written !== undefined) found.push(written);
  }
  return [...new Set(found)].slice(0, 3);
}

function ancestorsOf(absolute: string): string[] {
  const parts = absolute.split('/').filter((part) => part !== '');
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}

/** Mode bits for a user; for an unknown one, those of everyone. root passes everything but execution without any x bit. */
function allows(state: PathState, need: 'read' | 'write' | 'execute', uid: number | undefined): boolean {
  if (!('mode' in state)) return state.kind !== 'unreachable';
  const bit = need === 'read' ? 4 : need === 'write' ? 2 : 1;
  if (uid === 0) return need !== 'execute' || (state.mode & 0o111) !== 0;
  if (uid !== undefined && uid === state.uid) return ((state.mode >> 6) & bit) !== 0;
  // The group of the service is not known: its bits count as granted only if everyone's do.
  return (state.mode & bit) !== 0;
}

function describe(state: PathState): string {
  if (!('mode' in state)) return state.kind === 'unreachable' ? state.because : 'does not exist';
  return `${state.kind}, mode ${(state.mode & 0o7777).toString(8).padStart(4, '0')}, owner uid ${state.uid}, group ${state.gid}`;
}
