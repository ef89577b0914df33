import { open, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installPackages, manifest, START } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';
import { type RunningMariadb, startMariadb } from '../support/startMariadb.ts';
import { type RunningPostgres, startPostgres } from '../support/startPostgres.ts';

const PASSWORD = 'indigo-Larch-64';
const LOG = 'logs/shop.log';

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createScenario();
});
afterEach(() => scenario.dispose());

const serve = async (url: string, driver: string, prepare: string, sql: string, says: string): Promise<void> => {
  await installPackages(scenario);
  await scenario.write({
    'package.json': manifest('shop', [driver]),
    '.env': `DATABASE_URL=${url}\n`,
    'app.js': `${prepare}
const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' [shop] ' + text);
setInterval(async () => {
  try { await pool.query(${JSON.stringify(sql)}); log('INFO ', 'listed the orders'); } catch (error) { log('ERROR', 'orders: ' + error.message); }
}, 250);
`,
    [LOG]: quietLog(60, { minutesAgo: 300 }),
  });
  await scenario.start(START, { log: LOG });
  await scenario.until(LOG, says);
};

describe.skipIf(!requireSystem('postgres').available)('database.corrupt, of PostgreSQL', () => {
  let server: RunningPostgres;
  const query = async <T>(sql: string): Promise<T[]> => {
    const { Client } = await import('pg');
    const client = new Client({
      host: path.dirname(server.folder),
      port: server.port,
      user: 'postgres',
      database: 'postgres',
    });
    client.on('error', () => undefined);
    await client.connect();
    return client
      .query(sql)
      .then(({ rows }) => rows as T[])
      .finally(() => client.end());
  };
  /** Two pages of the table's file get other bytes, and the server forgets what it had of them. */
  const damage = async (): Promise<void> => {
    await query(`CREATE ROLE shop LOGIN PASSWORD '${PASSWORD}'`);
    await query("CREATE TABLE orders AS SELECT id, repeat('x', 200) AS note FROM generate_series(1, 3000) id");
    await query('GRANT SELECT ON orders TO shop');
    await query('CHECKPOINT');
    const [where] = await query<{ file: string }>("SELECT pg_relation_filepath('orders') AS file");
    const file = await open(path.join(server.folder, where?.file ?? ''), 'r+');
    await file.write(Buffer.alloc(16_384, 0x5a), 0, 16_384, 3 * 8192);
    await file.close();
    // A lost backend makes the server give up its shared memory, with the pages that it holds.
    const [backend] = await query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'",
    );
    process.kill(backend?.pid ?? -1, 'SIGKILL');
    await expect
      .poll(
        () =>
          query('SELECT 1').then(
            () => 'up',
            () => 'down',
          ),
        { timeout: 20_000, interval: 200 },
      )
      .toBe('up');
  };
  const url = (): string => `postgres://shop:${PASSWORD}@127.0.0.1:${server.port}/postgres`;
  const POOL =
    "const pool = new (require('pg').Pool)({ connectionString: process.env.DATABASE_URL }); pool.on('error', () => {});";
  afterEach(() => server.dispose());

  it('pages of a table hold garbage, and the server counted that; once it is rebuilt, that is over', async () => {
    server = await startPostgres({ checksums: true });
    await damage();
    await serve(url(), 'pg', POOL, 'SELECT sum(length(note)) FROM orders', 'invalid page');
    // What a session counted reaches the statistics within seconds.
    await expect
      .poll(
        () =>
          query<{ n: string }>("SELECT checksum_failures AS n FROM pg_stat_database WHERE datname = 'postgres'").then(
            ([row]) => Number(row?.n),
          ),
        { timeout: 20_000, interval: 300 },
      )
      .toBeGreaterThan(0);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.corrupt postgres'], secrets: [PASSWORD] });
    const [finding] = report.findings;
    expect(finding).toMatchObject({ confidence: 'proved', category: 'database' });
    expect(finding?.summary).toMatch(
      new RegExp(`^PostgreSQL at 127\\.0\\.0\\.1:${server.port} cannot read pages of orders: \\d+ checksum failures`),
    );
  });

  it('without checksums its own error makes it likely; misleading: the table was rebuilt since', async () => {
    server = await startPostgres();
    await damage();
    await serve(url(), 'pg', POOL, 'SELECT sum(length(note)) FROM orders', 'invalid page');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.corrupt postgres'], secrets: [PASSWORD] });
    expect(report.findings[0]).toMatchObject({ confidence: 'likely', summary: expect.stringContaining('of orders') });
    await query('TRUNCATE orders');
    const again = await scenario.diagnose();
    expect(again.findings.map(({ cause }) => cause)).not.toContain('database.corrupt');
  });
});

describe.skipIf(!requireSystem('mariadb').available)('database.corrupt, of MySQL', () => {
  let server: RunningMariadb;
  beforeEach(async () => {
    server = await startMariadb(['--myisam-recover-options=OFF']);
    server.sql(`CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY, note VARCHAR(50)) ENGINE=MyISAM;
      INSERT INTO shop.orders VALUES (1, 'a'), (2, 'b'); CREATE TABLE shop.notes (id INT PRIMARY KEY);
      CREATE USER shop@'127.0.0.1' IDENTIFIED BY '${PASSWORD}'; GRANT ALL ON shop.* TO shop@'127.0.0.1'; FLUSH TABLES`);
  });
  afterEach(() => server.dispose());

  it('the index file of a table is garbage; misleading once it is whole again', async () => {
    const file = path.join(server.folder, 'shop/orders.MYI');
    const whole = await readFile(file);
    await writeFile(file, Buffer.alloc(whole.length, 0x5a));
    server.sql('FLUSH TABLES');
    const url = `mysql://shop:${PASSWORD}@127.0.0.1:${server.port}/shop`;
    await serve(
      url,
      'mysql2',
      "const pool = require('mysql2/promise').createPool(process.env.DATABASE_URL);",
      'SELECT * FROM orders',
      'ERROR',
    );
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.corrupt mysql'], secrets: [PASSWORD] });
    expect(report.findings[0]).toMatchObject({
      confidence: 'proved',
      summary: expect.stringContaining('cannot open the table orders'),
    });
    await writeFile(file, whole);
    server.sql('FLUSH TABLES');
    const again = await scenario.diagnose();
    expect(again.findings.map(({ cause }) => cause)).not.toContain('database.corrupt');
    expect(ruledOutIn(again)).toContain('database.corrupt mysql');
  });
});
