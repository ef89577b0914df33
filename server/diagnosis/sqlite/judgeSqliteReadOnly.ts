import path from 'node:path';
import type { Fix } from '../../protocol/diagnosis.ts';
import type { PathState } from '../../systems/files/files.ts';
import { type Judgement, proved, refuted, unknown } from '../cause.ts';
import { logEvidence } from '../evidence.ts';
import type { SqliteFile } from '../observers/sqliteFiles.ts';
import { fileEvidence, type JudgeFile, modeText, namedEvidence, nameOf, stateText } from './sqliteText.ts';

/** To write a file, and to enter a folder and make files in it: SQLite makes its journal there with every write. */
const BITS = { file: 0o6, folder: 0o3 } as const;

interface Place {
  /** For a sentence. */
  name: string;
  absolute: string;
  what: keyof typeof BITS;
  state: PathState;
}

export const judgeSqliteReadOnly: JudgeFile = (found) => {
  const { endpoint, complaints, answer, filesystem } = found;
  const complaint = complaints.readOnly ?? complaints.cannotOpen;
  if (!complaint || (answer.kind === 'absent' && found.folder.kind === 'absent')) return [];
  const target = endpoint.name;
  const name = nameOf(found);
  const uid = complaint.state.processes[0]?.uid;
  const log = logEvidence(complaint.entry);
  if (filesystem?.readOnly) {
    const mounted = `${filesystem.type}, mounted read-only`;
    return [
      proved({
        target,
        summary: `The SQLite database ${name} cannot be written: ${filesystem.mountPoint} is mounted read-only`,
        evidence: [
          { kind: 'filesystem', source: `statfs ${filesystem.mountPoint}`, text: mounted },
          namedEvidence(found),
          log,
        ],
      }),
    ];
  }
  const places: Place[] = [
    { name, absolute: found.path, what: 'file', state: found.file },
    {
      name: `the folder ${path.posix.dirname(name)}`,
      absolute: path.dirname(found.path),
      what: 'folder',
      state: found.folder,
    },
  ];
  const closed = places.filter(({ state, what }) => !mayWrite(state, what, uid));
  const [first] = closed;
  if (!first) return complaints.readOnly ? [open(found, places, uid)] : [];
  const who = uid === undefined ? 'its owner' : `uid ${uid}`;
  return [
    proved({
      target,
      confidence: uid === undefined ? 'likely' : 'proved',
      summary: `The SQLite database ${name} cannot be written: ${first.name} gives ${who} no leave to (${stateText(first.state)})`,
      evidence: [
        ...closed.map(({ absolute, state }) => ({
          kind: 'filesystem' as const,
          source: absolute,
          text: stateText(state),
        })),
        namedEvidence(found),
        log,
      ],
      fixes: grant(closed, uid),
      advice: {
        sure: 'The service may not write there by mode and owner, and its error says that it cannot.',
        first: 'Give the file and its folder to the user that runs the service, or run it as their owner.',
      },
    }),
  ];
};

/** Nothing forbids it to whom we know; of a process that is gone we do not know who it was. */
function open(found: SqliteFile, places: readonly Place[], uid: number | undefined): Judgement {
  const { complaints, endpoint } = found;
  const name = nameOf(found);
  const target = endpoint.name;
  const forAll = places.every(({ state, what }) => 'mode' in state && (state.mode & BITS[what]) === BITS[what]);
  if (uid === undefined && !forAll)
    return unknown({
      target,
      because: `which user ran the service is not known, and not everybody may write ${name} (${stateText(found.file)})`,
      next: `compare the owner of ${name} and of its folder with the user that runs the service`,
    });
  return refuted({
    target,
    because: `${name} and its folder may be written by ${uid === undefined ? 'everybody' : `uid ${uid}`}; the service may have opened it for reading only`,
    evidence: [
      fileEvidence(found, stateText(found.file)),
      ...(complaints.readOnly ? [logEvidence(complaints.readOnly.entry)] : []),
    ],
  });
}

/** Mode bits for a user; for an unknown one, those of the owner, who most often runs it. root passes always. */
export function mayWrite(state: PathState, what: keyof typeof BITS, uid: number | undefined): boolean {
  const bits = BITS[what];
  if (!('mode' in state) || uid === 0) return true;
  if (uid === undefined || uid === state.uid) return ((state.mode >> 6) & bits) === bits;
  // The groups of the service are not known: theirs count with everyone's.
  return (state.mode & bits) === bits || ((state.mode >> 3) & bits) === bits;
}

function grant(closed: readonly Place[], uid: number | undefined): Fix[] {
  const changes = closed.flatMap(({ absolute, state, what }) => {
    if (!('mode' in state)) return [];
    if (uid === undefined || uid === state.uid)
      return [
        {
          kind: 'command' as const,
          argv: ['chmod', what === 'file' ? 'u+rw' : 'u+wx', absolute],
          undo: ['chmod', modeText(state.mode), absolute],
        },
      ];
    return [
      {
        kind: 'command' as const,
        argv: ['chown', String(uid), absolute],
        undo: ['chown', String(state.uid), absolute],
      },
    ];
  });
  const isOwners = changes.every(({ argv }) => argv[0] === 'chmod');
  const what = closed.map(({ absolute }) => path.basename(absolute)).join(' and ');
  return changes.length === 0
    ? []
    : [
        {
          title: isOwners ? `Let the owner write ${what}` : `Give ${what} to the user of the service (uid ${uid})`,
          risk: isOwners ? 'execute' : 'admin',
          changes,
          undo: true,
          verify: 'The next write of the service succeeds.',
        },
      ];
}
