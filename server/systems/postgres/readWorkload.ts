import { setTimeout as sleep } from 'node:timers/promises';
import { type NamedComparison, parseStatement } from './parseStatement.ts';
import { planStatement } from './planStatement.ts';
import type { PostgresTarget } from './postgres.ts';
import { attempt, inSession, type Query } from './postgresSession.ts';
import type { PostgresScan, PostgresStatement, PostgresWorkload } from './postgresWorkload.ts';
import { readTables } from './readTables.ts';
import { withoutValues } from './withoutValues.ts';

/** Programs with which people and their backups look into a database. */
const TOOLS = '^(psql|pg_dump|pg_restore|pgbench|tektra|pgcli|pgadmin|dbeaver|datagrip|tableplus|postico|vacuumdb)';
const MAX_STATEMENTS = 5;
const MAX_TABLES = 6;
/** What runs again and again has just begun at one look and is long at work at another. */
const MAX_LOOKS = 6;
const BETWEEN_LOOKS_MS = 250;
const SEEN_SECONDS = { logged: 0.5, other: 1 };

/** Who waits for a lock is slow for another reason. A text that fills its place may have been cut. */
const RUNNING = `SELECT query, extract(epoch FROM clock_timestamp() - query_start)::float8 AS seconds,
  octet_length(query) < (SELECT setting::int FROM pg_settings WHERE name = 'track_activity_query_size') - 1 AS complete
 FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND datname = current_database() AND usename = current_user
  AND coalesce(wait_event_type, '') <> 'Lock' AND backend_type = 'client backend' AND application_name !~* $1
  AND clock_timestamp() - query_start > interval '10 milliseconds' ORDER BY query_start LIMIT 100`;
const EXTENSION = `SELECT quote_ident(n.nspname) AS schema, (SELECT attname FROM pg_attribute a
   WHERE a.attrelid = (quote_ident(n.nspname) || '.pg_stat_statements')::regclass AND a.attname IN ('mean_exec_time', 'mean_time')) AS mean
 FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'`;

interface Candidate extends Omit<PostgresStatement, 'scans'> {
  /** The server's own text, to be planned; undefined: cut short, or only a log's. */
  whole: string | undefined;
  named: NamedComparison | undefined;
}

/**
 * Looks for what takes long, how that is planned, and what the tables in it are like.
 * @param logged statements that a log calls slow: their names are looked up, their text is never run
 * @throws as {@link inSession}
 */
export function readWorkload(
  target: PostgresTarget,
  tls: boolean,
  logged: readonly string[],
  signal: AbortSignal,
): Promise<PostgresWorkload> {
  return inSession(target, tls, signal, async (query) => {
    const history = await readHistory(query);
    const candidates = new Map<string, Candidate>();
    const note = (text: string, change: Partial<Candidate>): void => {
      const key = shapeOf(text);
      const known = candidates.get(key) ?? {
        ...{ text: withoutValues(text), running: undefined, history: undefined, logged: false },
        ...{ whole: undefined, named: undefined },
      };
      candidates.set(key, { ...known, ...change });
    };
    for (const text of logged) note(text, { logged: true, named: parseStatement(text) });
    for (const { query: text, calls, meanMs } of history.kind === 'told' ? history.value : [])
      note(text, { history: { calls, meanMs }, whole: text });
    for (let looks = 0; looks < MAX_LOOKS && ![...candidates.values()].some(isSeen); looks++) {
      if (looks > 0) await sleep(BETWEEN_LOOKS_MS, undefined, { signal });
      for (const { text, complete, ...running } of await readRunning(query)) {
        const before = candidates.get(shapeOf(text))?.running;
        note(text, {
          running: {
            sessions: Math.max(running.sessions, before?.sessions ?? 0),
            seconds: Math.max(running.seconds, before?.seconds ?? 0),
          },
          ...(complete ? { whole: text } : {}),
        });
      }
    }

    const statements: PostgresStatement[] = [];
    for (const { whole, named, ...statement } of [...candidates.values()].sort(byWeight).slice(0, MAX_STATEMENTS))
      statements.push({ ...statement, scans: await planOf(query, whole, named) });
    const columns = new Map<string, string[]>();
    for (const scan of statements.flatMap(({ scans }) => scans ?? []))
      if (columns.size < MAX_TABLES || columns.has(scan.table))
        columns.set(scan.table, [
          ...new Set([...(columns.get(scan.table) ?? []), ...scan.equalColumns, ...scan.columns]),
        ]);
    return {
      historyMissing: history.kind === 'told' ? undefined : history.because,
      statements,
      tables: await readTables(query, columns),
    };
  });
}

/** Enough for a judgement: it is long at work, or it is one of those that the log means and is caught at it. */
function isSeen({ running, logged }: Candidate): boolean {
  return running !== undefined && running.seconds >= (logged ? SEEN_SECONDS.logged : SEEN_SECONDS.other);
}

function byWeight(a: Candidate, b: Candidate): number {
  const weight = ({ logged, running, history }: Candidate): number =>
    (logged ? 1_000 : 0) + (running ? running.seconds * running.sessions : 0) + (history?.meanMs ?? 0) / 1_000;
  return weight(b) - weight(a);
}

/** Statements at work at this moment, those of one shape as one. */
async function readRunning(
  query: Query,
): Promise<{ text: string; complete: boolean; sessions: number; seconds: number }[]> {
  await query('SELECT pg_stat_clear_snapshot()');
  const told = await attempt(query, () =>
    query<{ query: string; seconds: number; complete: boolean }>(RUNNING, [TOOLS]),
  );
  const groups = Map.groupBy(told.kind === 'told' ? told.value : [], (row) => shapeOf(row.query));
  return [...groups.values()].map((rows) => ({
    text: rows[0]?.query ?? '',
    complete: rows[0]?.complete ?? false,
    sessions: rows.length,
    seconds: Math.max(...rows.map(({ seconds }) => seconds)),
  }));
}

type History =
  | { kind: 'told'; value: { query: string; calls: number; meanMs: number }[] }
  | { kind: 'refused'; because: string };

async function readHistory(query: Query): Promise<History> {
  const found = await attempt(query, () => query<{ schema: string; mean: string }>(EXTENSION));
  const [extension] = found.kind === 'told' ? found.value : [];
  if (!extension)
    return { kind: 'refused', because: 'the extension pg_stat_statements is not installed in the database' };
  const { schema, mean } = extension;
  return attempt(query, () =>
    query(`SELECT query, calls::float8 AS calls, ${mean}::float8 AS "meanMs" FROM ${schema}.pg_stat_statements
      WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND userid = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND calls >= 2 AND ${mean} >= 100
      ORDER BY calls * ${mean} DESC LIMIT 5`),
  );
}

async function planOf(
  query: Query,
  whole: string | undefined,
  named: NamedComparison | undefined,
): Promise<PostgresScan[] | undefined> {
  if (whole !== undefined) {
    const plan = await attempt(query, () => planStatement(query, whole));
    if (plan.kind === 'told' && plan.value) return plan.value;
  }
  if (!named) return undefined;
  // What the log calls so must be a table and its columns; then a statement of our own asks the same of it.
  const found = await attempt(query, () =>
    query<{ name: string; columns: string[] }>(
      `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, array_agg(quote_ident(a.attname)) AS columns
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
       WHERE c.oid = to_regclass($1) AND c.relkind IN ('r', 'm') AND a.attname = ANY ($2) GROUP BY 1`,
      [named.table, named.columns],
    ),
  );
  const [table] = found.kind === 'told' ? found.value : [];
  if (!table) return undefined;
  const where = table.columns.map((column, index) => `${column} = $${index + 1}`).join(' AND ');
  const plan = await attempt(query, () => planStatement(query, `SELECT 1 FROM ${table.name} WHERE ${where}`));
  return plan.kind === 'told' ? plan.value : undefined;
}

/** The same statement, whether its values stand in it, or `$1`, `?` or `%s` for them. */
function shapeOf(text: string): string {
  return withoutValues(text, 2_000)
    .replace(/\$\d{1,3}\b|%s|%\(\w{1,40}\)s|(?<![:\w]):[A-Za-z_]\w{0,40}/g, '?')
    .toLowerCase()
    .replace(/\s*;\s*$/, '');
}
