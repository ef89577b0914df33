import path from 'node:path';
import type { Evidence, Fix } from '../protocol/diagnosis.ts';
import type { PathState } from '../systems/files/files.ts';
import { type Judgement, proved, refuted, unknown } from './cause.ts';
import type { Complaint } from './endpointComplaint.ts';
import { commandText, logEvidence } from './evidence.ts';
import type { SqliteFile } from './observers/sqliteFiles.ts';
import { sourceText } from './targets/target.ts';

/** What SQLite adds to the causes that every database shares. Each looks at one file. */
type JudgeFile = (file: SqliteFile) => Judgement[];

export const judgeSqliteCorrupt: JudgeFile = (found) => {
  const { endpoint, answer, complaints } = found;
  const target = endpoint.name;
  const complaint = complaints.corrupt;
  const name = nameOf(found);
  const damage = damageOf(found);
  if (damage !== undefined) {
    // A stranger's file is no trouble until somebody takes it for a database.
    if (!complaint && answer.kind !== 'database') return [];
    return [
      proved({
        target,
        confidence: complaint ? 'proved' : 'likely',
        summary: `The SQLite database ${name} is damaged: ${damage}`,
        evidence: [fileEvidence(found, damage), namedEvidence(found), ...said(complaint)],
      }),
    ];
  }
  if (!complaint) return [];
  const log = [logEvidence(complaint.entry)];
  if (answer.kind === 'database' && answer.check.kind === 'skipped')
    return [
      unknown({
        target,
        because: `${name} was not checked: ${answer.check.because}`,
        next: `sqlite3 ${name} 'PRAGMA integrity_check'`,
      }),
    ];
  if (answer.kind === 'database')
    return [
      refuted({
        target,
        because: `quick_check finds nothing wrong with ${name}`,
        evidence: [fileEvidence(found, 'quick_check: ok'), ...log],
      }),
    ];
  return [];
};

/** What is wrong with the bytes themselves; undefined when nothing is known to be. */
function damageOf({ answer }: SqliteFile): string | undefined {
  if (answer.kind === 'foreign') return `its first bytes ("${answer.beginning}") are not those of an SQLite database`;
  if (answer.kind !== 'database') return undefined;
  const { size, pageSize, pageCount, usesWal, journalBytes, check } = answer;
  // With a log or a journal beside it the file alone is not the whole.
  if (!usesWal && journalBytes === 0 && pageCount !== undefined && pageCount * pageSize > size)
    return `it was cut short, ${size} bytes are left of the ${pageCount * pageSize} that its header names`;
  return check.kind === 'malformed' ? `quick_check says "${check.because}"` : undefined;
}

export const judgeSqliteMissing: JudgeFile = (found) => {
  const { endpoint, answer, complaints, folder } = found;
  const complaint = complaints.cannotOpen;
  if (!complaint) return [];
  const name = nameOf(found);
  const log = logEvidence(complaint.entry);
  if (answer.kind !== 'absent')
    return [
      refuted({
        target: endpoint.name,
        because: `${name} exists`,
        evidence: [fileEvidence(found, stateText(found.file)), log],
      }),
    ];
  const isFolderMissing = folder.kind === 'absent';
  const reason = isFolderMissing ? `its folder ${path.posix.dirname(name)} does not exist` : 'there is no such file';
  return [
    proved({
      target: endpoint.name,
      summary: `${complaint.state.service.name} cannot open its SQLite database ${name}: ${reason}`,
      evidence: [
        fileEvidence(found, isFolderMissing ? 'the folder does not exist' : 'does not exist'),
        namedEvidence(found),
        log,
      ],
      fixes: isFolderMissing ? makeFolder(found) : [],
      advice: {
        first: isFolderMissing
          ? 'Create the folder, or correct the path.'
          : 'Run the migrations that create the database, or correct the path.',
      },
    }),
  ];
};

function makeFolder(found: SqliteFile): Fix[] {
  const folder = path.posix.dirname(nameOf(found));
  if (folder.startsWith('/') || folder === '.') return [];
  return [
    {
      title: `Create the folder ${folder}`,
      risk: 'write',
      changes: [{ kind: 'command', argv: ['mkdir', '-p', '--', folder], undo: ['rmdir', '--', folder] }],
      undo: true,
      verify: 'The service opens its database; then run the migrations.',
    },
  ];
}

export const judgeSqliteReadOnly: JudgeFile = (found) => {
  const { endpoint, complaints, answer, filesystem } = found;
  const complaint = complaints.readOnly ?? complaints.cannotOpen;
  if (!complaint || (answer.kind === 'absent' && found.folder.kind === 'absent')) return [];
  const target = endpoint.name;
  const name = nameOf(found);
  const uid = complaint.state.processes[0]?.uid;
  const log = logEvidence(complaint.entry);
  if (filesystem?.readOnly)
    return [
      proved({
        target,
        summary: `The SQLite database ${name} cannot be written: ${filesystem.mountPoint} is mounted read-only`,
        evidence: [
          {
            kind: 'filesystem',
            source: `statfs ${filesystem.mountPoint}`,
            text: `${filesystem.type}, mounted read-only`,
          },
          namedEvidence(found),
          log,
        ],
      }),
    ];
  const who = uid === undefined ? 'the user that runs the service' : `uid ${uid}`;
  const closed = [
    { place: name, absolute: found.path, state: found.file, bits: 0o6 },
    // A journal is made beside it with every write.
    {
      place: `the folder ${path.posix.dirname(name)}`,
      absolute: path.dirname(found.path),
      state: found.folder,
      bits: 0o3,
    },
  ].find(({ state, bits }) => !allows(state, bits, uid));
  if (!closed)
    return complaints.readOnly
      ? [
          refuted({
            target,
            because: `${name} and its folder may be written by ${who}`,
            evidence: [fileEvidence(found, stateText(found.file)), log],
          }),
        ]
      : [];
  return [
    proved({
      target,
      confidence: uid === undefined ? 'likely' : 'proved',
      summary: `The SQLite database ${name} cannot be written: ${closed.place} gives ${who} no leave to (${stateText(closed.state)})`,
      evidence: [
        { kind: 'filesystem', source: closed.absolute, text: stateText(closed.state) },
        namedEvidence(found),
        log,
      ],
      fixes: grant(closed, uid),
    }),
  ];
};

/** Mode bits for a user; for an unknown one, those of the owner, who most often runs it. root passes always. */
function allows(state: PathState, bits: number, uid: number | undefined): boolean {
  if (!('mode' in state) || uid === 0) return true;
  if (uid === undefined || uid === state.uid) return ((state.mode >> 6) & bits) === bits;
  // The groups of the service are not known: theirs count with everyone's.
  return (state.mode & bits) === bits || ((state.mode >> 3) & bits) === bits;
}

function grant(
  { absolute, state, bits }: { absolute: string; state: PathState; bits: number },
  uid: number | undefined,
): Fix[] {
  if (!('mode' in state)) return [];
  const verify = 'The next write of the service succeeds.';
  if (uid === undefined || uid === state.uid) {
    const mode = bits === 0o6 ? 'u+rw' : 'u+wx';
    const undo = ['chmod', state.mode.toString(8).padStart(4, '0'), absolute];
    return [
      {
        title: `Let its owner write ${path.basename(absolute)}`,
        risk: 'execute',
        changes: [{ kind: 'command', argv: ['chmod', mode, absolute], undo }],
        undo: true,
        verify,
      },
    ];
  }
  return [
    {
      title: `Give ${path.basename(absolute)} to the user of the service (uid ${uid})`,
      risk: 'admin',
      changes: [
        { kind: 'command', argv: ['chown', String(uid), absolute], undo: ['chown', String(state.uid), absolute] },
      ],
      undo: true,
      verify,
    },
  ];
}

export const judgeSqliteLockWait: JudgeFile = (found) => {
  const { endpoint, complaints, holders, answer } = found;
  const complaint = complaints.locked;
  if (!complaint) return [];
  const target = endpoint.name;
  const name = nameOf(found);
  const log = logEvidence(complaint.entry);
  if (holders === undefined)
    return [
      unknown({
        target,
        because: `this platform does not tell who holds a lock of ${name}`,
        next: `look at which processes have it open: lsof ${name}`,
      }),
    ];
  const holder =
    holders.find(({ mode }) => mode === 'write') ??
    // Without a write-ahead log a reader that does not end keeps every writer from committing.
    (answer.kind === 'database' && !answer.usesWal ? holders[0] : undefined);
  if (!holder)
    return [
      refuted({
        target,
        because: `nobody holds a lock of ${name} for long now`,
        evidence: [{ kind: 'filesystem', source: '/proc/locks', text: `no lasting lock of ${name}` }, log],
      }),
    ];
  const isOwn = complaint.state.processes.some(({ pid }) => pid === holder.pid);
  const command = holder.process ? commandText(holder.process) : 'a process that does not show its command';
  const what = holder.mode === 'write' ? 'the write lock' : 'a read lock';
  return [
    proved({
      target,
      summary: `The SQLite database ${name} is locked: ${isOwn ? `${complaint.state.service.name} itself` : command} (pid ${holder.pid}) holds ${what} and does not give it back`,
      evidence: [
        {
          kind: 'process',
          source: '/proc/locks',
          text: `pid ${holder.pid} holds ${what} of ${name} at two looks: ${command}`,
        },
        namedEvidence(found),
        log,
      ],
      advice: {
        first: isOwn
          ? 'Look for a transaction of the service that is neither committed nor rolled back, on another of its connections.'
          : 'Let that process commit or close the database; end it if it was forgotten.',
      },
      fixes: isOwn
        ? []
        : [
            {
              title: `End ${holder.process?.name ?? 'the process'} (pid ${holder.pid})`,
              risk: 'execute',
              changes: [{ kind: 'command', argv: ['kill', '-TERM', String(holder.pid)] }],
              undo: false,
              verify: `Nobody holds a lock of ${name}, and the next write succeeds.`,
            },
          ],
    }),
  ];
};

/** As the workspace would write it. */
function nameOf({ endpoint, path: absolute }: SqliteFile): string {
  return endpoint.database ?? absolute;
}

function fileEvidence({ path: absolute }: SqliteFile, text: string): Evidence {
  return { kind: 'filesystem', source: absolute, text };
}

function namedEvidence({ endpoint }: SqliteFile): Evidence {
  const by = endpoint.variable === undefined ? 'the code opens' : `${endpoint.variable} names`;
  return {
    kind: endpoint.variable === undefined ? 'code' : 'config',
    source: sourceText(endpoint.at),
    text: `${by} ${endpoint.database}`,
  };
}

function stateText(state: PathState): string {
  if (!('mode' in state)) return state.kind === 'unreachable' ? state.because : 'does not exist';
  return `${state.kind}, mode ${state.mode.toString(8).padStart(4, '0')}, owner uid ${state.uid}, group ${state.gid}`;
}

function said(complaint: Complaint | undefined): Evidence[] {
  return complaint ? [logEvidence(complaint.entry)] : [];
}
