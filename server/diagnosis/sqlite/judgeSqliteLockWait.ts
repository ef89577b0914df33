import type { Fix } from '../../protocol/diagnosis.ts';
import { proved, refuted, unknown } from '../cause.ts';
import { commandText, logEvidence } from '../evidence.ts';
import type { LastingHolder } from '../observers/lastingLocks.ts';
import type { SqliteFile } from '../observers/sqliteFiles.ts';
import { type JudgeFile, namedEvidence, nameOf } from './sqliteText.ts';

export const judgeSqliteLockWait: JudgeFile = (found) => {
  const { endpoint, complaints, locks } = found;
  const complaint = complaints.locked;
  if (!complaint) return [];
  const target = endpoint.name;
  const name = nameOf(found);
  const log = logEvidence(complaint.entry);
  if (locks === undefined)
    return [
      unknown({
        target,
        because: `this platform does not tell who holds a lock of ${name}`,
        next: `look at which processes have it open: lsof ${name}`,
      }),
    ];
  const holder = culpritOf(found, locks.holders);
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
  const who = isOwn ? `${complaint.state.service.name} itself` : (holder.service ?? command);
  const what = holder.mode === 'read' ? 'a read lock' : 'the write lock';
  // A reader that somebody waits for, or a writer that writes nothing, holds on to it; else it may be hard at work.
  const isIdle = holder.mode === 'read' ? locks.holders.some(({ mode }) => mode === 'waits') : locks.isQuiet;
  return [
    proved({
      target,
      confidence: isIdle ? 'proved' : 'likely',
      summary: `The SQLite database ${name} is locked: ${who} (pid ${holder.pid}) ${isIdle ? `holds ${what} and does not give it back` : `has ${what} all the time`}`,
      evidence: [
        {
          kind: 'process',
          source: '/proc/locks',
          text: `pid ${holder.pid} holds ${what} of ${name} at ${locks.looks} looks${isIdle && holder.mode !== 'read' ? ', and nothing was written meanwhile' : ''}: ${command}`,
        },
        namedEvidence(found),
        log,
      ],
      advice: {
        sure: 'The kernel names the process that holds the lock, at each of several looks.',
        first: isOwn
          ? 'Look for a transaction of the service that is neither committed nor rolled back, on another of its connections.'
          : 'Let that process commit or close the database; end it if it was forgotten.',
      },
      fixes: isOwn || !isIdle ? [] : [end(holder, name)],
    }),
  ];
};

/** Who keeps others from writing: the writer; or, where a writer waits to commit, the reader that it waits for. */
function culpritOf({ answer }: SqliteFile, holders: readonly LastingHolder[]): LastingHolder | undefined {
  const of = (mode: LastingHolder['mode']): LastingHolder | undefined => holders.find((each) => each.mode === mode);
  const waiting = of('waits');
  const reader = of('read');
  if (waiting && reader) return reader;
  const isLogged = answer.kind === 'database' && answer.usesWal;
  return of('write') ?? waiting ?? (isLogged ? undefined : reader);
}

function end(holder: LastingHolder, name: string): Fix {
  return {
    title: `End ${holder.process?.name ?? 'the process'} (pid ${holder.pid})`,
    risk: 'execute',
    changes: [{ kind: 'command', argv: ['kill', '-TERM', String(holder.pid)] }],
    undo: false,
    verify: `Nobody holds a lock of ${name}, and the next write succeeds.`,
  };
}
