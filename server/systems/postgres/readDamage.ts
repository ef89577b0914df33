import { type AskOptions, askPostgres } from './askPostgres.ts';
import type { PostgresTarget } from './postgres.ts';

export interface PostgresDamage {
  /** Pages whose checksum was wrong, as far as the server counts; undefined where it keeps no checksums. */
  checksumFailures: number | undefined;
  lastFailure: Date | undefined;
  /** The relation whose file was named; undefined when there is none (any more), or none was named. */
  relation: string | undefined;
}

/** PostgreSQL 12 and later tell anybody. */
const SELECT = `SELECT checksum_failures::int AS failures, checksum_last_failure AS last,
    (SELECT oid::regclass::text FROM pg_class WHERE pg_relation_filenode(oid) = $1 LIMIT 1) AS relation
  FROM pg_stat_database WHERE datname = current_database()`;

export async function readDamage(
  target: PostgresTarget,
  file: number | undefined,
  options: AskOptions,
): Promise<PostgresDamage | undefined> {
  const rows = await askPostgres<{ failures: number | null; last: Date | null; relation: string | null }>(
    target,
    { text: SELECT, values: [file ?? 0] },
    options,
  );
  const [row] = rows ?? [];
  if (!row) return undefined;
  return {
    checksumFailures: row.failures ?? undefined,
    lastFailure: row.last ?? undefined,
    relation: row.relation ?? undefined,
  };
}
