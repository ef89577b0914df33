import type { AppliedMigrations, MigrationTool, PostgresTarget } from './postgres.ts';
import { attempt, inSession } from './postgresSession.ts';

const MAX_ROWS = 5_000;
/** SQLSTATE undefined_table and invalid_schema_name. */
const NO_TABLE = new Set(['42P01', '3F000']);

/** Where each tool notes what it applied: `name` as its files are called, `failed` for what it did not end. */
const NOTES: Readonly<Record<MigrationTool, { table: string; columns: string; where?: string }>> = {
  prisma: {
    table: '"_prisma_migrations"',
    columns: 'migration_name AS name, finished_at IS NULL AS failed',
    where: 'rolled_back_at IS NULL',
  },
  knex: { table: 'knex_migrations', columns: 'name, false AS failed' },
  sequelize: { table: '"SequelizeMeta"', columns: 'name, false AS failed' },
  'node-pg-migrate': { table: 'pgmigrations', columns: 'name, false AS failed' },
  drizzle: { table: 'drizzle."__drizzle_migrations"', columns: 'created_at::text AS name, false AS failed' },
  alembic: { table: 'alembic_version', columns: 'version_num AS name, false AS failed' },
  django: { table: 'django_migrations', columns: `app || '/' || name AS name, false AS failed` },
  flyway: {
    table: 'flyway_schema_history',
    columns: 'script AS name, NOT success AS failed',
    where: 'version IS NOT NULL',
  },
  'golang-migrate': { table: 'schema_migrations', columns: 'version::text AS name, dirty AS failed' },
  rails: { table: 'schema_migrations', columns: 'version AS name, false AS failed' },
};

/** @throws as {@link inSession} */
export function readMigrations(
  target: PostgresTarget,
  tls: boolean,
  tool: MigrationTool,
  signal: AbortSignal,
): Promise<AppliedMigrations> {
  const { table, columns, where } = NOTES[tool];
  return inSession(target, tls, signal, async (query): Promise<AppliedMigrations> => {
    const told = await attempt(query, () =>
      query<{ name: string; failed: boolean }>(
        `SELECT ${columns} FROM ${table}${where === undefined ? '' : ` WHERE ${where}`} LIMIT ${MAX_ROWS}`,
      ),
    );
    if (told.kind === 'refused')
      return NO_TABLE.has(told.code)
        ? { kind: 'noTable', table: table.replaceAll('"', '') }
        : { kind: 'withheld', because: told.because };
    const namesOf = (failed: boolean): string[] =>
      told.value.filter((row) => row.failed === failed).map(({ name }) => name);
    return { kind: 'applied', names: namesOf(false), failed: namesOf(true) };
  });
}
