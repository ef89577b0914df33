import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresTarget } from './postgres.ts';
import type { PostgresFacts, PostgresLockWait, PostgresSession } from './postgresFacts.ts';
import { attempt, inSession, type Query } from './postgresSession.ts';
import { withoutValues } from './withoutValues.ts';

export interface SessionFacts {
  version: string;
  settings: Record<string, string>;
  /** Undefined: the server is one that does not tell them, or it took too long. */
  facts: PostgresFacts | undefined;
}

const SETTINGS = [
  ...['server_version', 'max_connections', 'superuser_reserved_connections', 'reserved_connections'],
  ...['default_transaction_read_only', 'password_encryption', 'ssl'],
];
/** What comes beyond the login and the settings may take this long. */
const FACTS_MS = 1_400;
const HIDDEN = '<insufficient privilege>';

const ROLE = `SELECT current_user::text AS role, clock_timestamp() AS at, pg_is_in_recovery() AS recovering,
  r.rolconnlimit AS "roleLimit", d.datconnlimit AS "databaseLimit",
  s.deadlocks::float8 AS deadlocks, coalesce(s.stats_reset, pg_postmaster_start_time()) AS "countedSince"
 FROM pg_database d JOIN pg_roles r ON r.rolname = current_user LEFT JOIN pg_stat_database s ON s.datid = d.oid
 WHERE d.datname = current_database()`;
/** Background processes have either no role or no database. */
const SESSIONS = `SELECT pid, usename::text AS role, datname::text AS database, application_name AS application, state, query,
  wait_event_type = 'Lock' AS "waitsForLock", backend_start::text AS "startedAt", greatest(age(backend_xmin), age(backend_xid))::float8 AS "snapshotAge",
  extract(epoch FROM clock_timestamp() - xact_start)::float8 AS "transactionSeconds",
  extract(epoch FROM clock_timestamp() - query_start)::float8 AS "querySeconds",
  extract(epoch FROM clock_timestamp() - state_change)::float8 AS "stateSeconds",
  pid IN (SELECT pid FROM pg_locks WHERE granted AND (locktype = 'transactionid' OR locktype = 'advisory'
    OR (locktype = 'relation' AND mode <> 'AccessShareLock'))) AS "holdsLocks"
 FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename IS NOT NULL AND datname IS NOT NULL LIMIT 2000`;
/** Who waits for a row waits for the transaction that changed it; the table then stands in another lock of the same session. */
const LOCK_WAITS = `SELECT l.pid, l.locktype AS kind, pg_blocking_pids(l.pid) AS blockers,
  extract(epoch FROM clock_timestamp() - (to_jsonb(l) ->> 'waitstart')::timestamptz)::float8 AS seconds,
  (SELECT k.relation::regclass::text FROM pg_locks k JOIN pg_class c ON c.oid = k.relation
   WHERE k.pid = l.pid AND k.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND c.relkind IN ('r', 'p', 'm')
   ORDER BY k.granted, k.locktype = 'tuple' DESC, k.mode = 'RowExclusiveLock' DESC LIMIT 1) AS "tableName"
 FROM pg_locks l WHERE NOT l.granted AND l.pid <> pg_backend_pid() LIMIT 50`;

/** All three at once: one answer costs a fraction of three. */
const FACTS = `SELECT (SELECT row_to_json(r) FROM (${ROLE}) r) AS role,
  (SELECT coalesce(json_agg(s), '[]') FROM (${SESSIONS}) s) AS sessions,
  (SELECT coalesce(json_agg(w), '[]') FROM (${LOCK_WAITS}) w) AS waits`;

/**
 * Logs in and reads what the server tells of itself.
 * @throws as {@link inSession}
 */
export function readSession(target: PostgresTarget, tls: boolean, signal: AbortSignal): Promise<SessionFacts> {
  return inSession(target, tls, signal, async (query) => {
    const rows = await query<{ name: string; setting: string; source: string }>(
      'SELECT name, setting, source FROM pg_settings WHERE name = ANY($1)',
      [SETTINGS],
    );
    const settings = Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
    const readOnly = rows.find(({ name, setting }) => name === 'default_transaction_read_only' && setting === 'on');
    const late = new AbortController();
    const facts = readFacts(query, settings, readOnly?.source).finally(() => late.abort());
    // A server whose catalogue is slow has let us in nevertheless.
    const inTime = await Promise.race([facts, sleep(FACTS_MS, undefined, { signal: late.signal }).catch(() => facts)]);
    // Whatever becomes of the look that came too late: its session ends now.
    facts.catch(() => undefined);
    return { version: settings.server_version ?? 'unknown', settings, facts: inTime };
  });
}

/** Databases that a role may connect to, templates left out. @throws as {@link inSession} */
export function readDatabaseNames(target: PostgresTarget, tls: boolean, signal: AbortSignal): Promise<string[]> {
  return inSession(target, tls, signal, async (query) => {
    const rows = await query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE NOT datistemplate AND datallowconn ORDER BY datname',
    );
    return rows.map(({ datname }) => datname);
  });
}

interface RoleRow {
  at: string;
  role: string;
  recovering: boolean;
  roleLimit: number;
  databaseLimit: number;
  deadlocks: number | null;
  countedSince: string | null;
}
type SessionRow = { [K in keyof PostgresSession]: PostgresSession[K] | null } & { pid: number; role: string };
interface LockRow {
  pid: number;
  kind: string;
  blockers: number[];
  seconds: number | null;
  tableName: string | null;
}

/** Undefined where the server is only related to PostgreSQL, or a pooler's own console. */
async function readFacts(
  query: Query,
  settings: Record<string, string>,
  readOnlyBy: string | undefined,
): Promise<PostgresFacts | undefined> {
  const told = await attempt(query, () =>
    query<{ role: RoleRow | null; sessions: SessionRow[]; waits: LockRow[] }>(FACTS),
  );
  const [facts] = told.kind === 'told' ? told.value : [];
  const role = facts?.role;
  if (!role) return undefined;
  return {
    at: new Date(role.at),
    role: role.role,
    inRecovery: role.recovering,
    readOnlyBy,
    limits: {
      server: numberOf(settings.max_connections),
      reserved:
        (numberOf(settings.superuser_reserved_connections) ?? 0) + (numberOf(settings.reserved_connections) ?? 0),
      // -1: none.
      role: role.roleLimit >= 0 ? role.roleLimit : undefined,
      database: role.databaseLimit >= 0 ? role.databaseLimit : undefined,
    },
    deadlocks: role.deadlocks ?? undefined,
    countedSince: role.countedSince === null ? undefined : new Date(role.countedSince),
    sessions: facts.sessions.map(toSession),
    lockWaits: facts.waits.map(
      ({ tableName, seconds, ...rest }): PostgresLockWait => ({
        ...rest,
        table: tableName ?? undefined,
        seconds: seconds ?? undefined,
      }),
    ),
  };
}

function toSession(row: SessionRow): PostgresSession {
  const isHidden = row.query === HIDDEN;
  return {
    pid: row.pid,
    role: row.role,
    database: row.database ?? undefined,
    application: row.application ?? '',
    state: row.state ?? undefined,
    query: isHidden || !row.query ? undefined : withoutValues(row.query),
    waitsForLock: row.waitsForLock ?? false,
    transactionSeconds: row.transactionSeconds ?? undefined,
    querySeconds: row.querySeconds ?? undefined,
    stateSeconds: row.stateSeconds ?? undefined,
    startedAt: row.startedAt ?? undefined,
    holdsLocks: row.holdsLocks ?? false,
    snapshotAge: row.snapshotAge ?? undefined,
  };
}

function numberOf(text: string | undefined): number | undefined {
  const value = Number(text ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}
