import { planStatement } from './planStatement.ts';
import { attempt, type Query } from './postgresSession.ts';
import type { ColumnSample, PostgresIndex, PostgresTable } from './postgresWorkload.ts';

/** Smaller tables are not sampled: whatever is wrong with them costs nothing. */
const SAMPLED_ROWS = 10_000;
const SAMPLED_PAGES = 300;
const MAX_COLUMNS = 6;

const TABLES = `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, pg_has_role(c.relowner, 'USAGE') AS "isOwn",
  greatest(c.reltuples, -1)::float8 AS "analyzedRows", c.relpages::float8 AS pages, pg_relation_size(c.oid)::float8 AS bytes,
  coalesce(s.n_live_tup, 0)::float8 AS live, coalesce(s.n_dead_tup, 0)::float8 AS "deadRows",
  coalesce(s.n_mod_since_analyze, 0)::float8 AS modified, greatest(s.last_analyze, s.last_autoanalyze) AS "analyzedAt",
  greatest(s.last_vacuum, s.last_autovacuum) AS "vacuumedAt", coalesce(s.seq_scan, 0)::float8 AS "sequentialScans",
  coalesce(s.seq_tup_read, 0)::float8 AS "rowsRead", coalesce(s.idx_scan, 0)::float8 AS "indexScans",
  current_setting('block_size')::float8 AS "blockSize",
  coalesce((SELECT jsonb_agg(jsonb_build_object('name', i.indexrelid::regclass::text, 'valid', i.indisvalid,
    'columns', (SELECT jsonb_agg(coalesce(a.attname, '') ORDER BY k.n) FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, n)
      LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum)))
   FROM pg_index i WHERE i.indrelid = c.oid), '[]') AS indexes
 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
 WHERE c.relkind IN ('r', 'm') AND c.oid = ANY ((SELECT array_agg(to_regclass(t)::oid) FROM unnest($1::text[]) t)::oid[])`;

interface TableRow {
  name: string;
  isOwn: boolean;
  analyzedRows: number;
  pages: number;
  bytes: number;
  live: number;
  deadRows: number;
  modified: number;
  analyzedAt: Date | null;
  vacuumedAt: Date | null;
  sequentialScans: number;
  rowsRead: number;
  indexScans: number;
  blockSize: number;
  indexes: PostgresIndex[];
}

/** @param columns of each table, those to be sampled */
export async function readTables(
  query: Query,
  columns: ReadonlyMap<string, readonly string[]>,
): Promise<PostgresTable[]> {
  const told = await attempt(query, () => query<TableRow>(TABLES, [[...columns.keys()]]));
  if (told.kind === 'refused') return [];
  const tables: PostgresTable[] = [];
  for (const row of told.value) {
    const rows = row.live > 0 ? row.live : Math.max(0, row.analyzedRows);
    const samples: Record<string, ColumnSample> = {};
    const pages = Math.max(1, row.bytes / row.blockSize);
    if (rows >= SAMPLED_ROWS)
      for (const column of (columns.get(row.name) ?? []).slice(0, MAX_COLUMNS)) {
        const sample = await sampleColumn(query, row.name, column, pages);
        if (sample) samples[column] = sample;
      }
    tables.push({
      name: row.name,
      isOwn: row.isOwn,
      rows,
      deadRows: row.deadRows,
      analyzedRows: row.analyzedAt === null && row.vacuumedAt === null ? undefined : Math.max(0, row.analyzedRows),
      modifiedSinceAnalyze: row.modified,
      analyzedAt: row.analyzedAt ?? undefined,
      vacuumedAt: row.vacuumedAt ?? undefined,
      bytes: row.bytes,
      sequentialScans: row.sequentialScans,
      rowsReadBySequentialScans: row.rowsRead,
      indexScans: row.indexScans,
      indexes: row.indexes,
      samples,
    });
  }
  return tables;
}

/** @param table quoted by the server */
async function sampleColumn(
  query: Query,
  table: string,
  column: string,
  pages: number,
): Promise<ColumnSample | undefined> {
  const name = `"${column.replaceAll('"', '""')}"`;
  const share = Math.min(100, (100 * SAMPLED_PAGES) / pages);
  const counted = await attempt(query, () =>
    query<{ sampled: number; distinct: number }>(
      `SELECT count(*)::int AS sampled, count(DISTINCT v)::int AS distinct FROM (
         SELECT DISTINCT ON (p) v FROM (SELECT (ctid::text::point)[0] AS p, ${name} AS v FROM ${table}
           TABLESAMPLE SYSTEM (${share.toFixed(4)}) WHERE ${name} IS NOT NULL) s) t`,
    ),
  );
  const [row] = counted.kind === 'told' ? counted.value : [];
  if (!row || row.sampled === 0) return undefined;
  const planned = await attempt(query, () => planStatement(query, `SELECT 1 FROM ${table} WHERE ${name} = $1`));
  return { ...row, plannedRows: planned.kind === 'told' ? planned.value?.[0]?.rows : undefined };
}
