import type { PostgresFacts, PostgresSession } from '../../systems/postgres/postgresFacts.ts';
import { type Judgement, proved, refuted } from '../cause.ts';
import { type Complaint, complaintOf } from '../endpointComplaint.ts';
import { addressOf, endpointEvidence } from '../endpointText.ts';
import { codeEvidence, logEvidence } from '../evidence.ts';
import type { EndpointProbe } from '../observers/endpointProbes.ts';
import type { ServiceState } from '../observers/serviceStates.ts';
import type { SourceFacts } from '../source/sourceFacts.ts';
import { groupsText } from './postgresConnections.ts';
import {
  databaseOf,
  isInTransaction,
  openPostgres,
  postgresFact,
  seconds,
  sessionText,
  untold,
} from './postgresText.ts';

/** How pools say that none of their own connections became free in time. */
const SAYS_POOL =
  /timeout exceeded when trying to connect|QueuePool limit of size|Timed out fetching a new connection from the (?:connection )?pool|Connection is not available, request timed out|Timeout acquiring a connection|pool is probably full|could not obtain a (?:database )?connection (?:from the pool )?within|Unable to acquire a connection|PoolTimeout|couldn't get a connection after|ConnectionAcquireTimeoutError|ResourceRequest timed out/i;
/** Where they name their size: SQLAlchemy, HikariCP, Prisma. */
const SIZES: readonly RegExp[] = [
  /QueuePool limit of size (\d{1,5}) overflow (\d{1,5})/,
  /\(total=(\d{1,5}), active=/,
  /connection limit: (\d{1,5})/,
];
const POOL_IN_CODE = /new (?:\w{1,20}\.)?Pool\(\{[^}]{0,600}?\bmax:\s{0,8}(\d{1,4})\b/;
/** Programs with which people look into a database; their sessions are no service's. */
const TOOLS = /^(?:psql|pg_dump|pg_restore|pgbench|tektra|pgcli|pgAdmin|DBeaver|DataGrip|TablePlus|Postico|vacuumdb)/i;
/** Times of the log and of the server are written by different hands. */
const SLACK_SECONDS = 1;

interface PoolSize {
  size: number;
  code: { file: string; line: number; text: string } | undefined;
}

export function judgePostgresPool(
  probe: EndpointProbe,
  states: readonly ServiceState[],
  source: SourceFacts,
): Judgement[] {
  const { endpoint } = probe;
  const target = endpoint.name;
  const open = openPostgres(probe);
  const complaint = complaintOf(endpoint, states, SAYS_POOL);
  if (!open || !complaint) return [];
  const { facts } = open;
  if (!facts) return [untold(probe, 'what the sessions of the service do')];
  const own = facts.sessions.filter(
    ({ role, database, application }) =>
      role === facts.role && database === databaseOf(probe) && !TOOLS.test(application),
  );
  const since = facts.at.getTime() - (complaint.entry.record.time?.getTime() ?? facts.at.getTime());
  const busy = own.filter((session) => session.state === 'active' || isInTransaction(session));
  // One that lay idle while the request waited was not the pool's to give: code took it and did not give it back.
  const kept = own.filter(
    ({ state, stateSeconds }) => state === 'idle' && (stateSeconds ?? 0) >= since / 1000 + SLACK_SECONDS,
  );
  const known = sizeOf(complaint, source);
  const held = busy.length + kept.length;
  const isFull = known ? held >= known.size : held > 0 && held === own.length;
  const service = complaint.state.service.name;
  const told = postgresFact(
    probe,
    'pg_stat_activity',
    own.length === 0 ? `no session of ${facts.role}` : groupsText(own),
  );
  const log = logEvidence(complaint.entry);
  if (own.length === 0 || !isFull)
    return [
      refuted({
        target,
        because:
          own.length === 0
            ? `${facts.role} has no session at ${addressOf(endpoint)} that a pool could hold`
            : `${own.length - held} of the ${own.length} sessions of ${facts.role} at ${addressOf(endpoint)} are free${known && held < known.size && own.length === held ? `, and the pool may open ${known.size}` : ''}`,
        evidence: [told, log],
      }),
    ];
  const oldest = [...(busy.length > 0 ? busy : kept)].sort((a, b) => ageOf(b) - ageOf(a))[0];
  return [
    proved({
      target,
      confidence: known || kept.length === 0 ? 'proved' : 'likely',
      summary: `The connection pool of ${service} is used up: ${known ? `${Math.min(held, known.size)} of its ${known.size}` : `all ${held}`} sessions at ${addressOf(endpoint)} are ${doingText(own, kept)}, while ${freeText(facts)}`,
      evidence: [
        told,
        ...(oldest ? [postgresFact(probe, 'pg_stat_activity', sessionText(oldest))] : []),
        log,
        ...(known?.code ? [codeEvidence(known.code)] : []),
        endpointEvidence(probe),
      ],
      ...(kept.length > busy.length ? { advice: LEAK } : busy.some(isInTransaction) ? { advice: OPEN } : {}),
    }),
  ];
}

const LEAK = {
  first:
    'Find the code that takes a connection from the pool and does not give it back: release it in a finally block.',
};
const OPEN = {
  first:
    'Find the code that begins a transaction and leaves it open: commit or roll back in a finally block, and await nothing else meanwhile.',
};

function sizeOf({ entry }: Complaint, source: SourceFacts): PoolSize | undefined {
  const text = entry.record.text.slice(0, 4_000);
  for (const pattern of SIZES) {
    const [, size, more] = pattern.exec(text) ?? [];
    if (size !== undefined) return { size: Number(size) + Number(more ?? 0), code: undefined };
  }
  if (!/timeout exceeded when trying to connect/.test(text)) return undefined;
  const found = source.files.flatMap((file): PoolSize[] => {
    const whole = source.textOf(file) ?? '';
    const match = POOL_IN_CODE.exec(whole);
    if (!match) return [];
    const line = whole.slice(0, match.index + match[0].length).split('\n').length;
    return [{ size: Number(match[1]), code: { file, line, text: source.lineOf(file, line) ?? '' } }];
  });
  // Several pools: which one it was cannot be told.
  return found.length === 1 ? found[0] : undefined;
}

function ageOf(session: PostgresSession): number {
  return session.transactionSeconds ?? session.stateSeconds ?? 0;
}

function doingText(own: readonly PostgresSession[], kept: readonly PostgresSession[]): string {
  const open = own.filter(isInTransaction);
  const active = own.filter(({ state }) => state === 'active');
  const longest = (list: readonly PostgresSession[]): string =>
    seconds(Math.max(...list.map((session) => ageOf(session))));
  const parts = [
    ...(open.length > 0 ? [`idle in transaction (${open.length}, the longest for ${longest(open)})`] : []),
    ...(active.length > 0 ? [`at work (${active.length}, the longest for ${longest(active)})`] : []),
    ...(kept.length > 0 ? [`taken and not used (${kept.length}, the longest for ${longest(kept)})`] : []),
  ];
  return parts.join(' and ');
}

function freeText({ limits, sessions }: PostgresFacts): string {
  const free = limits.server === undefined ? undefined : limits.server - limits.reserved - sessions.length;
  return free === undefined ? 'the server takes more' : `the server has ${Math.max(0, free)} free`;
}
