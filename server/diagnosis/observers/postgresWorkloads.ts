import type { PostgresFacts } from '../../systems/postgres/postgresFacts.ts';
import type { PostgresWorkload } from '../../systems/postgres/postgresWorkload.ts';
import { type Complaint, complaintOf } from '../endpointComplaint.ts';
import { dependentsOf } from '../endpointText.ts';
import { defineObserver, type Observation } from '../observer.ts';
import { databaseOf, openPostgres } from '../postgres/postgresText.ts';
import { statementIn } from '../source/loggedStatement.ts';
import { type EndpointProbe, endpointProbes } from './endpointProbes.ts';
import { type LogEntry, type ServiceState, serviceStates } from './serviceStates.ts';

/** A PostgreSQL database that something says is slow, with what it shows of itself then. */
export interface SlowDatabase {
  probe: EndpointProbe;
  facts: PostgresFacts;
  /** Undefined: nobody complains, but sessions pile up behind one statement. */
  complaint: Complaint | undefined;
  /** The complaint is about statements, not only about time. */
  specific: boolean;
  /** It names the statement: another one is not what it means. */
  named: boolean;
  workload: PostgresWorkload | undefined;
}

const SAYS_SLOW_STATEMENT =
  /due to statement timeout|\b57014\b|QueryCanceled|Query read timeout|slow[ _-]?(?:query|sql|statement)|\b(?:query|statement|sql)\b[^\n]{0,60}\b(?:took|slow|exceeded|elapsed)\b/i;
const SAYS_SLOW =
  /time[ds]?[ -]?out|deadline exceeded|slow (?:request|response)|too long|timeout exceeded|QueuePool limit of size/i;
/** What PostgreSQL and many libraries write of a statement with any level: `duration: 2312.1 ms  statement: SELECT …`. */
const SAYS_DURATION = /\b(?:duration|took|elapsed|executed in)[:= ]{1,3}(\d{3,9})(?:\.\d+)? ?ms\b/i;
const NAMES_STATEMENT = /\b(?:SELECT|INSERT|UPDATE|DELETE|WITH)\s/;
const LONG_MS = 500;
/** How far back a running service's words count as of now; as many records as a log is judged by. */
const RECENT_MS = 10 * 60_000;
const RECENT_RECORDS = 80;
const PILE = { sessions: 3, seconds: 2 };
const LOOK_MS = 6_000;

export const postgresWorkloads = defineObserver<SlowDatabase[]>({
  id: 'endpoints.postgres-workloads',
  label: 'slow statements',
  timeoutMs: 20_000,
  observe: async (run) => {
    const [probes, states] = await Promise.all([run.use(endpointProbes), run.use(serviceStates)]);
    const looks = probes.map((probe) => look(probe, states, run));
    return (await Promise.all(looks)).filter((each) => each !== undefined);
  },
});

async function look(
  probe: EndpointProbe,
  states: readonly ServiceState[],
  { systems, signal }: Observation,
): Promise<SlowDatabase | undefined> {
  const { endpoint, connection } = probe;
  const open = openPostgres(probe);
  if (!open?.facts || !connection) return undefined;
  const { facts, answer } = open;
  const timed = durations(probe, states, facts.at);
  const statement = complaintOf(endpoint, states, SAYS_SLOW_STATEMENT) ?? timed.at(-1);
  const complaint = statement ?? complaintOf(endpoint, states, SAYS_SLOW);
  if (!complaint && !pilesUp(probe, facts)) return undefined;
  const spoken = dependentsOf(endpoint, states).flatMap(({ errors, warnings }) =>
    [...errors, ...warnings].filter(({ record }) => SAYS_SLOW_STATEMENT.test(record.text.slice(0, 4_000))),
  );
  const texts = [...spoken, ...timed.map(({ entry }) => entry)]
    .map(({ record }: LogEntry) => statementIn(record.text))
    .filter((text) => text !== undefined);
  const { host, port, user, password, database, sslMode } = endpoint;
  const workload = await systems.postgres.workload(
    {
      ...{ address: connection.address, host, port, password, sslMode },
      ...{ user: user ?? 'postgres', database: database ?? user ?? 'postgres' },
    },
    { tls: answer.tls, logged: [...new Set(texts)].slice(-4), timeoutMs: LOOK_MS, signal },
  );
  const named = NAMES_STATEMENT.test(statement?.entry.record.text.slice(0, 4_000) ?? '');
  return { probe, facts, complaint, specific: statement !== undefined, named, workload };
}

/** Records of running services that state how long a statement took, whatever their level, oldest first. */
function durations(probe: EndpointProbe, states: readonly ServiceState[], now: Date): Complaint[] {
  return dependentsOf(probe.endpoint, states)
    .filter(({ running }) => running)
    .flatMap((state) =>
      state.logs.flatMap(({ log }) =>
        log.records
          .slice(-RECENT_RECORDS)
          .filter(({ time, text }) => {
            const head = text.slice(0, 4_000);
            const [, ms] = SAYS_DURATION.exec(head) ?? [];
            const isRecent = time !== undefined && now.getTime() - time.getTime() <= RECENT_MS;
            return isRecent && ms !== undefined && Number(ms) >= LONG_MS && statementIn(head) !== undefined;
          })
          .map((record): Complaint => ({ entry: { log, record }, state })),
      ),
    );
}

/** Many clients at the same statement for seconds: requests that come faster than they are answered. */
function pilesUp(probe: EndpointProbe, { sessions, role }: PostgresFacts): boolean {
  const busy = sessions.filter(
    (session) =>
      session.role === role &&
      session.database === databaseOf(probe) &&
      session.state === 'active' &&
      !session.waitsForLock &&
      (session.querySeconds ?? 0) >= PILE.seconds,
  );
  return [...Map.groupBy(busy, ({ query }) => query)].some(
    ([query, same]) => query !== undefined && same.length >= PILE.sessions,
  );
}
