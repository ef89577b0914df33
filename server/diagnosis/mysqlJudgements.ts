import type { Evidence } from '../protocol/diagnosis.ts';
import type { LockWait, MysqlFacts, OpenTransaction } from '../systems/mysql/mysql.ts';
import { type Judgement, proved, refuted, unknown } from './cause.ts';
import { type Complaint, complaintOf } from './endpointComplaint.ts';
import { activityOf, addressOf, dependentsOf, endpointEvidence, needClause, probeEvidence } from './endpointText.ts';
import { logEvidence } from './evidence.ts';
import type { EndpointProbe } from './observers/endpointProbes.ts';
import type { ServiceState } from './observers/serviceStates.ts';

/** What MySQL and MariaDB add to the causes that every database shares. Each looks at one probe; of another engine's it says nothing. */
type JudgeProbe = (probe: EndpointProbe, states: readonly ServiceState[]) => Judgement[];

const SAYS_LOCK_WAIT = /Lock wait timeout exceeded|ER_LOCK_WAIT_TIMEOUT/i;
const SAYS_DEADLOCK = /Deadlock found when trying to get lock|ER_LOCK_DEADLOCK/i;
const SAYS_READ_ONLY =
  /running with the --(?:super-|innodb-)?read-only|ER_OPTION_PREVENTS_STATEMENT|ER_READ_ONLY_MODE/i;
const SAYS_EXHAUSTED = /Too many connections|ER_CON_COUNT_ERROR|max_user_connections|ER_USER_LIMIT_REACHED/i;

/** Who waits for a lock this long is stuck; less is the course of things. */
const STUCK_SECONDS = 3;
/** A transaction that holds locks this long, in a service that complains of a lock, is taken for the one it waited for. */
const LONG_SECONDS = 10;
/** Clocks of the server are its own: a deadlock is of now when it is this near to the complaint. */
const DEADLOCK_NEAR_MS = 15 * 60_000;

export const judgeMysqlConnections: JudgeProbe = (probe, states) => {
  const { endpoint, mysql } = probe;
  if (!mysql) return [];
  const target = endpoint.name;
  const address = addressOf(endpoint);
  const users = dependentsOf(endpoint, states);
  const complaint = complaintOf(endpoint, states, SAYS_EXHAUSTED);
  if (mysql.kind === 'tooManyConnections')
    return [
      proved({
        target,
        confidence: complaint || activityOf(users) === 'atWork' ? 'proved' : 'likely',
        summary: `${serverOf(probe)} at ${address} takes no more connections: ${mysql.because}${needClause(users)}`,
        evidence: [probeEvidence(probe), endpointEvidence(probe), ...said(complaint)],
      }),
    ];
  if (!complaint || mysql.kind !== 'ready') return [];
  const { threads, maxConnections } = mysql.facts;
  const because = `${address} has ${threads ?? 'some'} of ${maxConnections ?? 'its'} connections in use`;
  return [refuted({ target, because, evidence: [logEvidence(complaint.entry)] })];
};

export const judgeMysqlReadOnly: JudgeProbe = (probe, states) => {
  const { endpoint, mysql } = probe;
  const complaint = complaintOf(endpoint, states, SAYS_READ_ONLY);
  if (mysql?.kind !== 'ready' || !complaint) return [];
  const target = endpoint.name;
  const address = addressOf(endpoint);
  const { readOnly, mayWriteAnyway } = mysql.facts;
  const evidence = [
    fact(probe, 'SHOW GLOBAL VARIABLES', `${readOnly ?? 'read_only'} is ${readOnly === undefined ? 'off' : 'on'}`),
  ];
  if (readOnly === undefined || mayWriteAnyway)
    return [
      refuted({
        target,
        because: `${address} takes writes of ${endpoint.user ?? 'the configured user'}`,
        evidence: [...evidence, logEvidence(complaint.entry)],
      }),
    ];
  return [
    proved({
      target,
      summary: `${serverOf(probe)} at ${address} is read-only (${readOnly} is on), so ${endpoint.user ?? 'the service'} cannot write`,
      evidence: [...evidence, endpointEvidence(probe), logEvidence(complaint.entry)],
    }),
  ];
};

export const judgeMysqlLockWaits: JudgeProbe = (probe, states) => {
  const { endpoint, mysql } = probe;
  if (mysql?.kind !== 'ready') return [];
  const target = endpoint.name;
  const complaint = complaintOf(endpoint, states, SAYS_LOCK_WAIT);
  const stuck = (mysql.facts.lockWaits ?? [])
    .filter((wait) => wait.waitSeconds >= STUCK_SECONDS && isOf(endpoint.database, wait))
    .sort((a, b) => b.waitSeconds - a.waitSeconds);
  const [worst] = stuck;
  if (worst)
    return [
      proved({
        target,
        summary: describeWait(probe, worst, stuck.length),
        evidence: [
          ...stuck.slice(0, 3).map((wait) => waitEvidence(probe, wait)),
          endpointEvidence(probe),
          ...said(complaint),
        ],
      }),
    ];
  if (!complaint) return [];
  const { openTransactions } = mysql.facts;
  if (openTransactions === undefined)
    return [
      unknown({
        target,
        because: `${endpoint.user ?? 'the login'} may not see the locks of ${addressOf(endpoint)} (the PROCESS privilege)`,
        next: 'SELECT * FROM information_schema.innodb_trx ORDER BY trx_started, as an administrator',
      }),
    ];
  const [oldest] = openTransactions.filter(({ seconds }) => seconds >= LONG_SECONDS);
  if (oldest)
    return [
      proved({
        target,
        confidence: 'likely',
        summary: `${serverOf(probe)} at ${addressOf(endpoint)}: ${holderText(oldest)} holds locks, and ${complaint.state.service.name} gave up waiting for one`,
        evidence: [
          fact(probe, 'information_schema.innodb_trx', holderText(oldest)),
          endpointEvidence(probe),
          logEvidence(complaint.entry),
        ],
      }),
    ];
  return [
    refuted({
      target,
      because: `no session of ${addressOf(endpoint)} waits for a lock, and none has held any for long`,
      evidence: [logEvidence(complaint.entry)],
    }),
  ];
};

export const judgeMysqlDeadlocks: JudgeProbe = (probe, states) => {
  const { endpoint, mysql } = probe;
  const complaint = complaintOf(endpoint, states, SAYS_DEADLOCK);
  if (mysql?.kind !== 'ready' || !complaint) return [];
  const last = deadlockNear(mysql.facts, complaint);
  const between = last ? ` between "${last.queries.join('" and "')}"` : '';
  return [
    proved({
      target: endpoint.name,
      // The words are the server's own; which sessions they were it tells only to whom it lets see.
      confidence: last ? 'proved' : 'likely',
      summary: `${serverOf(probe)} at ${addressOf(endpoint)} broke a deadlock${between} by rolling back a transaction of ${complaint.state.service.name}`,
      evidence: [
        ...(last
          ? [
              fact(
                probe,
                'SHOW ENGINE INNODB STATUS',
                `latest deadlock on ${last.tables.join(', ')}: ${last.queries.join(' / ')}`,
              ),
            ]
          : []),
        logEvidence(complaint.entry),
        endpointEvidence(probe),
      ],
    }),
  ];
};

function deadlockNear({ lastDeadlock }: MysqlFacts, { entry }: Complaint): MysqlFacts['lastDeadlock'] {
  const { time } = entry.record;
  if (!lastDeadlock || lastDeadlock.queries.length === 0) return undefined;
  if (!time || !lastDeadlock.at) return lastDeadlock;
  // The report gives the server's local time without its zone: whole quarters of an hour may lie between.
  const apart = Math.abs(time.getTime() - lastDeadlock.at.getTime());
  const inZone = apart % (15 * 60_000);
  return apart < DEADLOCK_NEAR_MS || Math.min(inZone, 15 * 60_000 - inZone) < 60_000 ? lastDeadlock : undefined;
}

function describeWait(probe: EndpointProbe, { table, waitSeconds, blocker }: LockWait, count: number): string {
  const who = count === 1 ? 'a session waits' : `${count} sessions wait`;
  const where = table === undefined ? '' : ` on ${table}`;
  const behind = blocker
    ? `, held by ${holderText({ ...blocker, seconds: blocker.transactionSeconds })}`
    : ', held by an open transaction';
  return `${serverOf(probe)} at ${addressOf(probe.endpoint)}: ${who} for a lock${where}, the longest for ${waitSeconds} s${behind}`;
}

function holderText({ id, user, query, seconds }: OpenTransaction): string {
  const doing = query === undefined ? 'idle in its transaction' : `running "${query}"`;
  return `session ${id}${user === undefined ? '' : ` of ${user}`}, ${doing} for ${seconds} s`;
}

function waitEvidence(probe: EndpointProbe, { waitingId, waitingQuery, waitSeconds, blocker }: LockWait): Evidence {
  const by = blocker ? `, blocked by ${holderText({ ...blocker, seconds: blocker.transactionSeconds })}` : '';
  return fact(probe, 'InnoDB lock waits', `session ${waitingId} waits ${waitSeconds} s with "${waitingQuery}"${by}`);
}

function isOf(database: string | undefined, { table }: LockWait): boolean {
  return database === undefined || table === undefined || table === database || table.startsWith(`${database}.`);
}

function serverOf({ mysql }: EndpointProbe): string {
  return mysql?.kind === 'ready' ? mysql.product : 'MySQL';
}

function fact({ endpoint }: EndpointProbe, what: string, text: string): Evidence {
  return { kind: 'database', source: `mysql://${addressOf(endpoint)} ${what}`, text };
}

function said(complaint: Complaint | undefined): Evidence[] {
  return complaint ? [logEvidence(complaint.entry)] : [];
}
