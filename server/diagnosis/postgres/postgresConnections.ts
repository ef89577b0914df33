import type { Evidence } from '../../protocol/diagnosis.ts';
import type { Listener } from '../../systems/network/network.ts';
import type { PostgresFacts, PostgresSession } from '../../systems/postgres/postgresFacts.ts';
import type { ProcessFacts } from '../../systems/process/processes.ts';
import { type Judgement, proved, refuted } from '../cause.ts';
import { complaintOf } from '../endpointComplaint.ts';
import { activityOf, addressOf, dependentsOf, endpointEvidence, needClause, probeEvidence } from '../endpointText.ts';
import { logEvidence } from '../evidence.ts';
import type { EndpointProbe } from '../observers/endpointProbes.ts';
import type { ServiceState } from '../observers/serviceStates.ts';
import { openPostgres, postgresFact, said, serverName, untold } from './postgresText.ts';

const SAYS_EXHAUSTED =
  /too many clients already|remaining connection slots are reserved|too many connections for (?:role|database)|\b53300\b|too_many_connections/i;
/** `postgres: 15/main: shop shop 127.0.0.1(40462) idle in transaction`: how a server names its processes. */
const TITLE = /^postgres: (?:[^ :]+: )?(\S+) (\S+) (?:\S+\(\d+\)|\[local\]) (.+?)\s*$/;

export function judgePostgresConnections(
  probe: EndpointProbe,
  states: readonly ServiceState[],
  { sockets, processes }: { sockets: readonly Listener[]; processes: readonly ProcessFacts[] },
): Judgement[] {
  const { endpoint, postgres } = probe;
  const target = endpoint.name;
  const complaint = complaintOf(endpoint, states, SAYS_EXHAUSTED);
  if (postgres?.kind === 'connectionsExhausted') {
    const users = dependentsOf(endpoint, states);
    return [
      proved({
        target,
        confidence: complaint || activityOf(users) === 'atWork' ? 'proved' : 'likely',
        summary: `${serverName(probe)} takes no more connections: ${postgres.because}${needClause(users)}`,
        evidence: [
          probeEvidence(probe),
          ...holdersByTitle(probe, sockets, processes),
          endpointEvidence(probe),
          ...said(complaint),
        ],
      }),
    ];
  }
  const open = openPostgres(probe);
  if (!open || !complaint) return [];
  const { facts } = open;
  if (!facts) return [untold(probe, 'who holds its connections')];
  const { used, limit, whose } = usageOf(facts, endpoint.database);
  const holders = postgresFact(probe, 'pg_stat_activity', `${used} sessions${whose}: ${groupsText(facts.sessions)}`);
  // The slot that we took for the look was the last one.
  if (limit !== undefined && used + 1 >= limit)
    return [
      proved({
        target,
        confidence: 'likely',
        summary: `${serverName(probe)} is at its limit of ${limit} connections${whose}: ${groupsText(facts.sessions)}`,
        evidence: [holders, endpointEvidence(probe), logEvidence(complaint.entry)],
      }),
    ];
  return [
    refuted({
      target,
      because: `${addressOf(endpoint)} has ${used} of ${limit ?? 'its'} connections${whose} in use`,
      evidence: [holders, logEvidence(complaint.entry)],
    }),
  ];
}

/** The limit that is nearest: the server's, the role's own, or the database's. */
function usageOf(
  { sessions, limits, role }: PostgresFacts,
  database: string | undefined,
): { used: number; limit: number | undefined; whose: string } {
  const candidates = [
    {
      used: sessions.length,
      limit: limits.server === undefined ? undefined : limits.server - limits.reserved,
      whose: '',
    },
    { used: sessions.filter((each) => each.role === role).length, limit: limits.role, whose: ` for ${role}` },
    {
      used: sessions.filter((each) => each.database === database).length,
      limit: limits.database,
      whose: ` for the database ${database}`,
    },
  ].filter(({ limit }) => limit !== undefined);
  const left = ({ used, limit }: { used: number; limit: number | undefined }): number => (limit ?? 0) - used;
  return candidates.sort((a, b) => left(a) - left(b))[0] ?? { used: sessions.length, limit: undefined, whose: '' };
}

/** `18 of shop (5 idle in transaction, 13 idle), 2 of admin`, the most first. */
export function groupsText(sessions: readonly Pick<PostgresSession, 'role' | 'state'>[]): string {
  const roles = Map.groupBy(sessions, ({ role }) => role);
  return [...roles]
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, 4)
    .map(([role, own]) => {
      const seen = own.filter(({ state }) => state !== undefined);
      const counts = [...Map.groupBy(seen, ({ state }) => state)].sort(([, a], [, b]) => b.length - a.length);
      const detail = counts.map(([state, each]) => `${each.length} ${state}`).join(', ');
      return `${own.length} of ${role}${detail === '' ? '' : ` (${detail})`}`;
    })
    .join(', ');
}

/** A full server lets nobody in to ask; on this machine its processes' titles tell the same. */
function holdersByTitle(
  { endpoint, connection }: EndpointProbe,
  sockets: readonly Listener[],
  processes: readonly ProcessFacts[],
): Evidence[] {
  const isHere = /^(?:127\.|::1$|::ffff:127\.)/.test(connection?.address ?? '');
  const server = sockets.find(({ port, pid }) => port === endpoint.port && pid !== undefined);
  if (!isHere || server?.pid === undefined) return [];
  const held = processes.flatMap(({ ppid, argv }) => {
    const [, role, , state] = ppid === server.pid ? (TITLE.exec(argv.join(' ').slice(0, 300)) ?? []) : [];
    return role === undefined ? [] : [{ role, state }];
  });
  if (held.length === 0) return [];
  return [
    {
      kind: 'process',
      source: `processes of the server ${server.pid}`,
      text: `connections are held by ${groupsText(held)}`,
    },
  ];
}
