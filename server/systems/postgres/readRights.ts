import { type AskOptions, askPostgres } from './askPostgres.ts';
import type { PostgresTarget } from './postgres.ts';

/** What PostgreSQL's own words call the object. */
export type ObjectKind = 'table' | 'sequence' | 'schema' | 'database';

export interface PostgresRights {
  /** The login that is meant, and the role that owns the object. */
  user: string;
  owner: string;
  /** Quoted as the server quotes it: `public.orders`. */
  name: string;
  /** By the words of GRANT. */
  has: Record<string, boolean>;
}

const SELECTS: Readonly<Record<ObjectKind, string>> = {
  table: `SELECT current_user AS user, pg_get_userbyid(c.relowner) AS owner, format('%I.%I', n.nspname, c.relname) AS name,
      has_table_privilege(c.oid, 'SELECT') AS "SELECT", has_table_privilege(c.oid, 'INSERT') AS "INSERT",
      has_table_privilege(c.oid, 'UPDATE') AS "UPDATE", has_table_privilege(c.oid, 'DELETE') AS "DELETE"
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema'
    ORDER BY n.nspname = ANY (current_schemas(false)) DESC, n.nspname LIMIT 1`,
  sequence: `SELECT current_user AS user, pg_get_userbyid(c.relowner) AS owner, format('%I.%I', n.nspname, c.relname) AS name,
      has_sequence_privilege(c.oid, 'USAGE') AS "USAGE", has_sequence_privilege(c.oid, 'SELECT') AS "SELECT"
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = $1 AND c.relkind = 'S'
    ORDER BY n.nspname = ANY (current_schemas(false)) DESC, n.nspname LIMIT 1`,
  schema: `SELECT current_user AS user, pg_get_userbyid(nspowner) AS owner, quote_ident(nspname) AS name,
      has_schema_privilege(oid, 'USAGE') AS "USAGE", has_schema_privilege(oid, 'CREATE') AS "CREATE"
    FROM pg_namespace WHERE nspname = $1`,
  database: `SELECT current_user AS user, pg_get_userbyid(datdba) AS owner, quote_ident(datname) AS name,
      has_database_privilege(oid, 'CREATE') AS "CREATE", has_database_privilege(oid, 'TEMPORARY') AS "TEMPORARY"
    FROM pg_database WHERE datname = $1`,
};

/** What the login may do with one object; undefined when the server does not tell, or has no such object. */
export async function readRights(
  target: PostgresTarget,
  object: { kind: ObjectKind; name: string },
  options: AskOptions,
): Promise<PostgresRights | undefined> {
  const select = { text: SELECTS[object.kind], values: [object.name] };
  const rows = await askPostgres<{ user: string; owner: string; name: string } & Record<string, unknown>>(
    target,
    select,
    options,
  );
  const [row] = rows ?? [];
  if (!row) return undefined;
  const { user, owner, name, ...rest } = row;
  return {
    user,
    owner,
    name,
    has: Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, value === true])),
  };
}
