import type { Evidence, Fix } from '../../protocol/diagnosis.ts';
import type { PostgresFacts, PostgresLockWait, PostgresSession } from '../../systems/postgres/postgresFacts.ts';
import { type Judgement, proved, refuted, unknown } from '../cause.ts';
import { type Complaint, complaintOf } from '../endpointComplaint.ts';
import { addressOf, endpointEvidence } from '../endpointText.ts';
import { logEvidence } from '../evidence.ts';
import type { EndpointProbe } from '../observers/endpointProbes.ts';
import {
  databaseOf,
  isInTransaction,
  type JudgePostgres,
  openPostgres,
  postgresFact,
  said,
  seconds,
  serverName,
  sessionText,
  untold,
} from './postgresText.ts';

const SAYS_LOCK_WAIT = /due to lock timeout|could not obtain lock on|\b55P03\b|lock_not_available|LockNotAvailable/i;
/** Not where somebody only quotes it. */
const SAYS_DEADLOCK = /(?<!["'`\w])deadlock detected(?!["'`])|\b40P01\b|DeadlockDetected/i;
/** Who waits for a lock this long is stuck; less is the course of things. */
const STUCK_SECONDS = 3;
/** A transaction that idles and holds locks this long, in a service that complains of a lock, is taken for the one it waited for. */
const LONG_SECONDS = 10;
/** A server process notes its deadlock in the counter when it next has a moment, ten seconds later at the latest. */
const COUNTED_WITHIN_MS = 15_000;
/** A statement that makes others wait for this long may be worth ending. */
const ENDLESS_SECONDS = 60;
/** CREATE INDEX CONCURRENTLY and its like wait for transactions to end: that is their way. */
const PATIENT_LOCKS = new Set(['virtualxid', 'spectoken', 'extend', 'frozenid']);

interface Stuck {
  wait: PostgresLockWait;
  waiter: PostgresSession;
  waited: number;
}

export const judgePostgresLockWaits: JudgePostgres = (probe, states) => {
  const open = openPostgres(probe);
  if (!open) return [];
  const complaint = complaintOf(probe.endpoint, states, SAYS_LOCK_WAIT);
  const { facts } = open;
  if (!facts) return complaint ? [untold(probe, 'who waits for a lock')] : [];
  const stuck = facts.lockWaits
    .flatMap((wait): Stuck[] => {
      const waiter = facts.sessions.find(({ pid }) => pid === wait.pid);
      // Who is to lead is often settled by an advisory lock that the others wait for on purpose.
      const isOnPurpose = PATIENT_LOCKS.has(wait.kind) || (wait.kind === 'advisory' && !complaint);
      if (!waiter || isOnPurpose || waiter.database !== databaseOf(probe)) return [];
      const waited = wait.seconds ?? waiter.querySeconds ?? 0;
      return waited >= STUCK_SECONDS && wait.blockers.length > 0 ? [{ wait, waiter, waited }] : [];
    })
    .sort((a, b) => b.waited - a.waited);
  return stuck.length > 0
    ? [judgeStuck(probe, facts, stuck, complaint)]
    : complaint
      ? [judgeWithoutWaiter(probe, facts, complaint)]
      : [];
};

function judgeStuck(
  probe: EndpointProbe,
  facts: PostgresFacts,
  stuck: readonly Stuck[],
  complaint: Complaint | undefined,
): Judgement {
  const [worst] = stuck as [Stuck];
  const holder = holderOf(worst.wait, facts);
  const count = stuck.length === 1 ? 'a session waits' : `${stuck.length} sessions wait`;
  const table = worst.wait.table === undefined ? '' : ` on ${worst.wait.table}`;
  const suffers = complaint !== undefined || stuck.some(({ waiter }) => waiter.role === facts.role);
  return proved({
    target: probe.endpoint.name,
    confidence: suffers ? 'proved' : 'likely',
    summary: `${serverName(probe)}: ${count} for a lock${table}, the longest for ${seconds(worst.waited)}, held by ${holder ? sessionText(holder) : 'a prepared transaction'}`,
    evidence: [
      ...stuck.slice(0, 3).map((each) => waitEvidence(probe, each)),
      endpointEvidence(probe),
      ...said(complaint),
    ],
    fixes: holder ? endHolder(probe, facts, holder) : [],
  });
}

/** Nobody waits at this moment, but the service gave up waiting a short while ago. */
function judgeWithoutWaiter(probe: EndpointProbe, facts: PostgresFacts, complaint: Complaint): Judgement {
  const { endpoint } = probe;
  const target = endpoint.name;
  const there = facts.sessions.filter(({ database, holdsLocks }) => database === databaseOf(probe) && holdsLocks);
  const [oldest] = there
    .filter((session) => isInTransaction(session) && (session.transactionSeconds ?? 0) >= LONG_SECONDS)
    .sort((a, b) => (b.transactionSeconds ?? 0) - (a.transactionSeconds ?? 0));
  if (oldest)
    return proved({
      target,
      confidence: 'likely',
      summary: `${serverName(probe)}: ${sessionText(oldest)}, holds locks, and ${complaint.state.service.name} gave up waiting for one`,
      evidence: [
        postgresFact(probe, 'pg_stat_activity', sessionText(oldest)),
        endpointEvidence(probe),
        logEvidence(complaint.entry),
      ],
      fixes: endHolder(probe, facts, oldest),
    });
  const hidden = there.filter(({ state }) => state === undefined);
  if (hidden.length > 0)
    return unknown({
      target,
      because: `${facts.role} may not see what ${sessionList(hidden)} of ${addressOf(endpoint)} ${hidden.length === 1 ? 'does' : 'do'} with the locks that it holds (the role pg_read_all_stats)`,
      next: `SELECT pid, usename, state, xact_start, query FROM pg_stat_activity WHERE pid IN (${hidden.map(({ pid }) => pid).join(', ')}), as an administrator`,
    });
  return refuted({
    target,
    because: `no session of ${addressOf(endpoint)} waits for a lock, and none has held any for long`,
    evidence: [logEvidence(complaint.entry)],
  });
}

export const judgePostgresDeadlocks: JudgePostgres = (probe, states) => {
  const complaint = complaintOf(probe.endpoint, states, SAYS_DEADLOCK);
  const open = openPostgres(probe);
  if (!open || !complaint || isRetried(complaint)) return [];
  const { deadlocks, countedSince, at: asked = new Date(0) } = open.facts ?? {};
  const target = probe.endpoint.name;
  const at = complaint.entry.record.time;
  const since = countedSince?.toISOString() ?? 'its start';
  const counted = postgresFact(probe, 'pg_stat_database', `${deadlocks ?? 'unknown'} deadlocks since ${since}`);
  const log = logEvidence(complaint.entry);
  const isCounter = at && countedSince && countedSince < at && asked.getTime() - at.getTime() > COUNTED_WITHIN_MS;
  if (deadlocks === 0 && isCounter)
    return [
      refuted({
        target,
        because: `${addressOf(probe.endpoint)} has counted no deadlock in ${databaseOf(probe)} since ${since}`,
        evidence: [counted, log],
      }),
    ];
  const isCounted = deadlocks !== undefined && deadlocks > 0;
  return [
    proved({
      target,
      confidence: isCounted ? 'proved' : 'likely',
      summary: `${serverName(probe)} broke a deadlock by rolling back a transaction of ${complaint.state.service.name}${isCounted && deadlocks > 1 ? `, one of ${deadlocks} since ${since}` : ''}`,
      evidence: [...(isCounted ? [counted] : []), log, endpointEvidence(probe)],
    }),
  ];
};

/** A transaction that meets a deadlock and is tried again is how it is meant to be. */
function isRetried({ entry: { record } }: Complaint): boolean {
  return (
    record.level === 'warn' && /\bretr(?:y|ied|ying|ies)\b|\btr(?:y|ying) again\b/i.test(record.text.slice(0, 4_000))
  );
}

/** The session at the end of the chain: it waits for nobody. */
function holderOf(wait: PostgresLockWait, { lockWaits, sessions }: PostgresFacts): PostgresSession | undefined {
  const seen = new Set([wait.pid]);
  let blockers = wait.blockers;
  for (;;) {
    const next = lockWaits.find(({ pid }) => blockers.includes(pid) && !seen.has(pid));
    if (!next) break;
    seen.add(next.pid);
    blockers = next.blockers;
  }
  return sessions
    .filter(({ pid }) => blockers.includes(pid))
    .sort((a, b) => (b.transactionSeconds ?? 0) - (a.transactionSeconds ?? 0))[0];
}

/** By pid and start, since a pid may be another session's by the time somebody agrees. Another role's we may not end. */
function endHolder({ endpoint }: EndpointProbe, facts: PostgresFacts, holder: PostgresSession): Fix[] {
  const isForgotten = isInTransaction(holder) && (holder.transactionSeconds ?? 0) >= STUCK_SECONDS;
  const isEndless = holder.state === 'active' && (holder.querySeconds ?? 0) >= ENDLESS_SECONDS;
  if (holder.role !== facts.role || holder.startedAt === undefined || (!isForgotten && !isEndless)) return [];
  const [call, what] = isForgotten ? ['pg_terminate_backend', 'End'] : ['pg_cancel_backend', 'Cancel the statement of'];
  return [
    {
      title: `${what} session ${holder.pid}, whose transaction is then rolled back`,
      risk: 'admin',
      changes: [
        {
          kind: 'sql',
          target: endpoint.name,
          statement: `SELECT ${call}(pid) FROM pg_stat_activity WHERE pid = ${holder.pid} AND backend_start = '${holder.startedAt}'`,
        },
      ],
      undo: false,
      verify: 'Nobody waits for the lock any more.',
    },
  ];
}

function waitEvidence(probe: EndpointProbe, { wait, waiter, waited }: Stuck): Evidence {
  const what = waiter.query === undefined ? '' : ` with "${waiter.query}"`;
  const by = `blocked by ${wait.blockers.map((pid) => (pid === 0 ? 'a prepared transaction' : `session ${pid}`)).join(' and ')}`;
  return postgresFact(
    probe,
    'pg_locks',
    `session ${waiter.pid} of ${waiter.role} waits ${seconds(waited)}${what}, ${by}`,
  );
}

function sessionList(sessions: readonly PostgresSession[]): string {
  return `${sessions.length === 1 ? 'session' : 'sessions'} ${sessions.map(({ pid, role }) => `${pid} (${role})`).join(', ')}`;
}
