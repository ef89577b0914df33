import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectFixVerifies } from '../support/applyFix.ts';
import { freePort } from '../support/freePort.ts';
import { productRoot } from '../support/locations.ts';
import { POSTGRES_SERVICE } from '../support/postgresService.ts';
import { statusOf } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';
import { type RunningPostgres, startPostgres } from '../support/startPostgres.ts';

const postgres = requireSystem('postgres');
const PASSWORD = 'amber-Quay-31';
const LOG = 'logs/shop.log';
const USERS = 'CREATE TABLE users (id INT);\n';
const INVOICES = 'CREATE TABLE invoices (id INT PRIMARY KEY);\n';

/** Applies migrations/*.sql and notes them, as the tool of this name does. */
const NODE_PG_MIGRATE = `const { readdirSync, readFileSync } = require('node:fs');
const { Client } = require('pg');
(async () => {
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  await client.query('CREATE TABLE IF NOT EXISTS pgmigrations (id SERIAL PRIMARY KEY, name TEXT NOT NULL, run_on TIMESTAMP NOT NULL)');
  const { rows } = await client.query('SELECT name FROM pgmigrations');
  for (const file of readdirSync('migrations').sort()) {
    const name = file.replace(/\\.sql$/, '');
    if (rows.some((row) => row.name === name)) continue;
    await client.query(readFileSync('migrations/' + file, 'utf8'));
    await client.query('INSERT INTO pgmigrations (name, run_on) VALUES ($1, now())', [name]);
  }
  await client.end();
})();
`;

interface Tool {
  tool: string;
  packages?: string[];
  files: Record<string, string>;
  /** What the tool has noted after the first migration. */
  notes: string;
  /** What it notes after the second. */
  applied: string;
  summary: RegExp;
}

const PY = (revision: string, down: string): string =>
  `"""${revision}"""\nrevision: str = '${revision}'\ndown_revision: Union[str, None] = ${down}\n\ndef upgrade():\n    op.create_table('${down === 'None' ? 'users' : 'invoices'}')\n`;

const TOOLS: Tool[] = [
  {
    tool: 'prisma',
    files: {
      'prisma/migrations/20240101000000_users/migration.sql': USERS,
      'prisma/migrations/20240202000000_invoices/migration.sql': INVOICES,
    },
    notes: `CREATE TABLE "_prisma_migrations" (migration_name TEXT, finished_at TIMESTAMPTZ, rolled_back_at TIMESTAMPTZ);
      INSERT INTO "_prisma_migrations" VALUES ('20240101000000_users', now(), NULL)`,
    applied: `INSERT INTO "_prisma_migrations" VALUES ('20240202000000_invoices', now(), NULL)`,
    summary: /1 of 2 migrations of prisma\/migrations is not applied to shop at .*: 20240202000000_invoices$/,
  },
  {
    tool: 'knex',
    packages: ['knex'],
    files: { 'migrations/20240101_users.ts': USERS, 'migrations/20240202_invoices.ts': INVOICES },
    notes: `CREATE TABLE knex_migrations (id SERIAL, name TEXT, batch INT); INSERT INTO knex_migrations (name) VALUES ('20240101_users.js')`,
    applied: `INSERT INTO knex_migrations (name) VALUES ('20240202_invoices.js')`,
    summary: /1 of 2 migrations of migrations is not applied to shop at .*: 20240202_invoices\.ts$/,
  },
  {
    tool: 'sequelize',
    packages: ['sequelize'],
    files: { 'db/migrations/20240101-users.js': USERS, 'db/migrations/20240202-invoices.js': INVOICES },
    notes: `CREATE TABLE "SequelizeMeta" (name TEXT); INSERT INTO "SequelizeMeta" VALUES ('20240101-users.js')`,
    applied: `INSERT INTO "SequelizeMeta" VALUES ('20240202-invoices.js')`,
    summary: /of db\/migrations is not applied/,
  },
  {
    tool: 'drizzle',
    files: {
      'drizzle/meta/_journal.json': JSON.stringify({
        entries: [
          { idx: 0, version: '7', when: 1704067200000, tag: '0000_users' },
          { idx: 1, version: '7', when: 1706832000000, tag: '0001_invoices' },
        ],
      }),
      'drizzle/0000_users.sql': USERS,
      'drizzle/0001_invoices.sql': INVOICES,
    },
    notes: `CREATE SCHEMA drizzle; CREATE TABLE drizzle."__drizzle_migrations" (id SERIAL, hash TEXT, created_at BIGINT);
      INSERT INTO drizzle."__drizzle_migrations" (created_at) VALUES (1704067200000)`,
    applied: 'INSERT INTO drizzle."__drizzle_migrations" (created_at) VALUES (1706832000000)',
    summary: /1 of 2 migrations of drizzle is not applied/,
  },
  {
    tool: 'alembic',
    files: {
      'alembic.ini': '[alembic]\nscript_location = alembic\n',
      'alembic/versions/aa11_users.py': PY('aa11', 'None'),
      'alembic/versions/bb22_invoices.py': PY('bb22', "'aa11'"),
    },
    notes: `CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('aa11')`,
    applied: `UPDATE alembic_version SET version_num = 'bb22'`,
    summary: /1 of 2 migrations of alembic\/versions is not applied .*: bb22_invoices\.py$/,
  },
  {
    tool: 'django',
    files: {
      'manage.py': '',
      'billing/migrations/__init__.py': '',
      'billing/migrations/0001_initial.py': 'users',
      'billing/migrations/0002_invoices.py': "db_table = 'invoices'\n",
    },
    notes: `CREATE TABLE django_migrations (app TEXT, name TEXT); INSERT INTO django_migrations VALUES ('billing', '0001_initial'), ('auth', '0001_initial')`,
    applied: `INSERT INTO django_migrations VALUES ('billing', '0002_invoices')`,
    summary: /1 of 2 migrations of billing\/migrations is not applied .*: 0002_invoices\.py$/,
  },
  {
    tool: 'flyway',
    files: {
      'src/main/resources/db/migration/V1__users.sql': USERS,
      'src/main/resources/db/migration/V1.1__invoices.sql': INVOICES,
    },
    notes: `CREATE TABLE flyway_schema_history (version TEXT, script TEXT, success BOOL); INSERT INTO flyway_schema_history VALUES ('1', 'V1__users.sql', true)`,
    applied: `INSERT INTO flyway_schema_history VALUES ('1.1', 'V1.1__invoices.sql', true)`,
    summary: /not applied .*: V1\.1__invoices\.sql$/,
  },
  {
    tool: 'golang-migrate',
    files: {
      'migrations/000001_users.up.sql': USERS,
      'migrations/000001_users.down.sql': 'DROP TABLE users;\n',
      'migrations/000002_invoices.up.sql': INVOICES,
    },
    notes:
      'CREATE TABLE schema_migrations (version BIGINT, dirty BOOL); INSERT INTO schema_migrations VALUES (1, false)',
    applied: 'UPDATE schema_migrations SET version = 2',
    summary: /1 of 2 migrations of migrations is not applied .*: 000002_invoices\.up\.sql$/,
  },
  {
    tool: 'rails',
    files: {
      'db/migrate/20240101000000_create_users.rb': 'create_table :users\n',
      'db/migrate/20240202000000_create_invoices.rb': 'create_table :invoices\n',
    },
    notes: `CREATE TABLE schema_migrations (version TEXT); INSERT INTO schema_migrations VALUES ('20240101000000')`,
    applied: `INSERT INTO schema_migrations VALUES ('20240202000000')`,
    summary: /not applied .*: 20240202000000_create_invoices\.rb$/,
  },
];

describe.skipIf(!postgres.available)('database.migration-pending', () => {
  let server: RunningPostgres;
  let scenario: Scenario;
  let port: number;
  beforeAll(async () => {
    server = await startPostgres();
    server.sql(`CREATE ROLE shop LOGIN PASSWORD '${PASSWORD}'`);
    server.sql('CREATE DATABASE shop OWNER shop');
  });
  afterAll(() => server.dispose());
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
    server.sqlIn(
      'shop',
      'DROP SCHEMA IF EXISTS drizzle CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION shop',
    );
    await mkdir(path.join(scenario.workspace, 'node_modules'));
    await symlink(path.join(productRoot, 'node_modules/pg'), path.join(scenario.workspace, 'node_modules/pg'));
    await scenario.write({ 'app.js': POSTGRES_SERVICE, [LOG]: quietLog(60, { minutesAgo: 300 }) });
  });
  afterEach(() => scenario.dispose());

  const url = (): string => `postgres://shop:${PASSWORD}@127.0.0.1:${server.port}/shop`;
  const sql = async (text: string): Promise<void> => {
    const client = new Client({ connectionString: url() });
    await client.connect();
    await client.query(text).finally(() => client.end());
  };
  const manifest = async (packages: readonly string[], scripts: Record<string, string> = {}): Promise<void> => {
    const dependencies = Object.fromEntries(['pg', ...packages].map((each) => [each, '*']));
    await scenario.write({
      'package.json': `${JSON.stringify({ name: 'shop', scripts: { start: 'node --env-file=.env app.js', ...scripts }, dependencies }, null, 2)}\n`,
    });
    for (const each of packages)
      await scenario.write({ [`node_modules/${each}/package.json`]: `{ "name": "${each}", "version": "1.0.0" }\n` });
  };
  const serve = async (statement: string): Promise<void> => {
    await scenario.write({ '.env': `PORT=${port}\nDATABASE_URL=${url()}\nSTATEMENT="${statement}"\n` });
    await scenario.start(['node', '--env-file=.env', 'app.js'], { log: LOG });
    await untilListening(port);
  };

  it.each(TOOLS)('$tool: the second of two migrations is missing, until it is noted', async (each) => {
    await manifest(each.packages ?? []);
    await scenario.write(each.files);
    await sql(each.notes);
    await serve('SELECT * FROM invoices');
    expect(await statusOf(port, '/ask')).toBe(500);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.migration-pending postgres'], secrets: [PASSWORD] });
    const [root] = report.findings;
    expect(root).toMatchObject({ confidence: 'proved', category: 'database' });
    expect(root?.summary).toMatch(each.summary);
    expect(root?.evidence.some(({ kind, text }) => kind === 'file' && text.includes('invoices'))).toBe(true);
    await sql(each.applied);
    const after = await scenario.diagnose();
    expect(after.findings).toEqual([]);
    expect(ruledOutIn(after)).toContain('database.migration-pending postgres');
  });

  it('none was ever applied; the project’s own script applies them, and the service works', async () => {
    await manifest(['node-pg-migrate'], {
      migrate: 'node --env-file=.env node_modules/node-pg-migrate/bin.js up',
      'migrate:down': 'node --env-file=.env node_modules/node-pg-migrate/bin.js down',
    });
    await scenario.write({
      'node_modules/node-pg-migrate/bin.js': NODE_PG_MIGRATE,
      'migrations/1704067200000_users.sql': USERS,
      'migrations/1706832000000_invoices.sql': INVOICES,
    });
    await serve('SELECT * FROM invoices');
    expect(await statusOf(port, '/ask')).toBe(500);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.migration-pending postgres'], secrets: [PASSWORD] });
    const [root] = report.findings;
    expect(root?.summary).toContain('2 of 2 migrations of migrations are not applied');
    expect(root?.fixes[0]).toMatchObject({ risk: 'execute', undo: false });
    expect(root?.fixes[0]?.changes).toEqual([{ kind: 'command', argv: ['npm', 'run', 'migrate'] }]);
    await expectFixVerifies(scenario, root);
    expect(await statusOf(port, '/ask')).toBe(200);
  });

  it('one that failed half-way is named, and no fix is offered that would not get past it', async () => {
    const [prisma] = TOOLS as [Tool];
    await manifest([], { migrate: 'prisma migrate deploy' });
    await scenario.write(prisma.files);
    await sql(`${prisma.notes}; INSERT INTO "_prisma_migrations" VALUES ('20240202000000_invoices', NULL, NULL)`);
    await serve('SELECT * FROM invoices');
    expect(await statusOf(port, '/ask')).toBe(500);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.migration-pending postgres'], secrets: [PASSWORD] });
    expect(report.findings[0]?.summary).toContain(
      'The migration 20240202000000_invoices of prisma/migrations failed half-way',
    );
    expect(report.findings[0]?.fixes).toEqual([]);
  });

  it('is unknown, with the reason, where the login may not read what the tool has noted', async () => {
    const [prisma] = TOOLS as [Tool];
    await manifest([]);
    await scenario.write(prisma.files);
    server.sqlIn('shop', prisma.notes);
    await serve('SELECT * FROM invoices');
    expect(await statusOf(port, '/ask')).toBe(500);
    const report = await scenario.diagnose();
    expect(report.findings).toEqual([]);
    expect(report.unknown.find(({ cause }) => cause === 'database.migration-pending')?.because).toContain(
      'permission denied for table _prisma_migrations',
    );
  });

  it('misleading: a relation is missing by a typing error, and all migrations are applied', async () => {
    const [prisma] = TOOLS as [Tool];
    await manifest([]);
    await scenario.write(prisma.files);
    await sql(`${prisma.notes}; ${prisma.applied}; ${INVOICES}`);
    await serve('SELECT * FROM invocies');
    expect(await statusOf(port, '/ask')).toBe(500);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [], secrets: [PASSWORD] });
    expect(ruledOutIn(report)).toContain('database.migration-pending postgres');
  });

  it('misleading: the folder’s migrations are of another database, and do not make what is missing', async () => {
    await manifest(['knex']);
    await scenario.write({
      'warehouse/migrations/001_facts.js': 'create facts',
      'warehouse/migrations/002_more.js': '',
    });
    await serve('SELECT * FROM invoices');
    expect(await statusOf(port, '/ask')).toBe(500);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [], secrets: [PASSWORD] });
    expect(report.unknown.find(({ cause }) => cause === 'database.migration-pending')?.because).toContain(
      'there is no table knex_migrations',
    );
  });

  it('healthy look-alike: a colleague’s migration was just pulled, and nothing misses it yet', async () => {
    const [prisma] = TOOLS as [Tool];
    await manifest([]);
    await scenario.write(prisma.files);
    await sql(prisma.notes);
    await serve('SELECT 1');
    expect(await statusOf(port, '/ask')).toBe(200);
    expectSound(await scenario.diagnose(), { roots: [], secrets: [PASSWORD] });
  });
});
