import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DiagnosisReport } from '../../server/protocol/diagnosis.ts';
import { expectFixVerifies } from '../support/applyFix.ts';
import { freePort } from '../support/freePort.ts';
import { POSTGRES_SERVICE } from '../support/postgresService.ts';
import { installPackages, manifest, START, statusOf } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';
import { type RunningPostgres, startPostgres } from '../support/startPostgres.ts';

const postgres = requireSystem('postgres');
const PASSWORD = 'amber-Quay-31';
const LOG = 'logs/shop.log';
/** For each of sixty customers it reads all orders. */
const REPORT =
  'SELECT c.id, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) AS orders FROM customers c WHERE c.region = $1';

describe.skipIf(!postgres.available)('slow statements of PostgreSQL', () => {
  let server: RunningPostgres;
  let scenario: Scenario;
  let port: number;
  beforeAll(async () => {
    server = await startPostgres({
      settings: ['autovacuum = off', "shared_preload_libraries = 'pg_stat_statements'", 'synchronous_commit = off'],
    });
    server.sql(`CREATE ROLE shop LOGIN PASSWORD '${PASSWORD}'`);
    server.sql('CREATE DATABASE shop OWNER shop');
    await sql(`CREATE TABLE customers (id INT PRIMARY KEY, region TEXT NOT NULL);
      CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT NOT NULL, note TEXT NOT NULL);
      CREATE TABLE small (id INT, customer_id INT NOT NULL);
      CREATE TABLE events (id INT, kind INT NOT NULL, note TEXT NOT NULL);
      CREATE TABLE carts (id INT PRIMARY KEY, total INT NOT NULL);
      INSERT INTO customers SELECT n, CASE WHEN n <= 60 THEN 'north' ELSE 'south' END FROM generate_series(1, 3000) n;
      INSERT INTO orders SELECT n, 1 + n % 3000, repeat('x', 80) FROM generate_series(1, 200000) n;
      INSERT INTO small SELECT n, n FROM generate_series(1, 400) n;
      INSERT INTO events SELECT n, n, '' FROM generate_series(1, 500) n;
      INSERT INTO carts SELECT n, 0 FROM generate_series(1, 12000) n;
      ANALYZE;
      INSERT INTO events SELECT n, n % 4, repeat('y', 40) FROM generate_series(1, 100000) n`);
    for (let round = 0; round < 4; round++) await sql('UPDATE carts SET total = total + 1');
  });
  afterAll(() => server.dispose());
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
    await installPackages(scenario);
    await scenario.write({
      'package.json': manifest('shop'),
      'app.js': POSTGRES_SERVICE,
      [LOG]: quietLog(60, { minutesAgo: 300 }),
    });
  });
  afterEach(() => scenario.dispose());

  const url = (): string => `postgres://shop:${PASSWORD}@127.0.0.1:${server.port}/shop`;
  const sql = async (text: string): Promise<void> => {
    const client = new Client({ connectionString: url() });
    await client.connect();
    await client.query(text).finally(() => client.end());
  };
  const serve = async (statement: string, values: unknown[], rest = ''): Promise<void> => {
    await scenario.write({
      '.env': `PORT=${port}\nDATABASE_URL=${url()}\nSTATEMENT="${statement}"\nVALUES='${JSON.stringify(values)}'\n${rest}`,
    });
    await scenario.start(START, { log: LOG });
    await untilListening(port);
  };
  const ask = async (): Promise<number> => statusOf(port, '/ask').catch(() => 0);
  /** Two clients that ask again and again until the scenario ends. */
  const keepAsking = (): void => {
    let ended = false;
    const loop = async (): Promise<void> => {
      while (!ended) await ask();
    };
    const loops = [loop(), loop()];
    scenario.onDispose(async () => {
      ended = true;
      await Promise.all(loops);
    });
  };
  const causesOf = ({ findings }: DiagnosisReport): string[] => findings.map(({ cause }) => cause);

  it('database.missing-index: each of many lookups reads the whole table; the fix builds the index and takes it back', async () => {
    await serve(REPORT, ['north']);
    expect(await ask()).toBe(200);
    await scenario.until(LOG, 'slow query');
    keepAsking();
    await sleep(900);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.missing-index postgres'], secrets: [PASSWORD, 'north'] });
    const [root, slow] = report.findings;
    expect(root).toMatchObject({ confidence: 'proved', category: 'database' });
    expect(root?.summary).toMatch(
      /public\.orders at .* has no index on customer_id: "SELECT c\.id, .*" reads all of its 200000 rows for about \d+/,
    );
    expect(slow).toMatchObject({ cause: 'database.slow-query', confidence: 'proved' });
    expect(root?.explains).toContain(slow?.id);
    const sources = root?.evidence.map(({ source }) => source.replace(/^\S+ /, '')) ?? [];
    expect(sources).toEqual(expect.arrayContaining(['pg_stat_activity', 'EXPLAIN', 'pg_index', 'TABLESAMPLE']));
    const applied = await expectFixVerifies(scenario, root);
    expect(applied.undo).toBe(true);
  });

  it('database.missing-index: the log alone names the statement, and its plan is asked for now', async () => {
    await serve('SELECT count(note) FROM orders WHERE customer_id = $1', [17], 'SLOW_MS=1\n');
    expect(await ask()).toBe(200);
    await scenario.until(LOG, 'slow query');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.missing-index postgres'], secrets: [PASSWORD] });
    expect(report.findings[0]?.fixes[0]?.changes[0]).toMatchObject({
      statement: 'CREATE INDEX CONCURRENTLY "orders_customer_id_idx" ON public.orders ("customer_id")',
      undo: 'DROP INDEX CONCURRENTLY IF EXISTS public."orders_customer_id_idx"',
    });
  });

  it('misleading: it is slow by itself, and reaches its row by an index', async () => {
    await serve('SELECT pg_sleep(1.2) FROM orders WHERE id = $1', [17]);
    expect(await ask()).toBe(200);
    keepAsking();
    await sleep(1_100);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.slow-query postgres'], secrets: [PASSWORD] });
    expect(report.findings[0]).toMatchObject({ confidence: 'proved' });
    expect(report.ruledOut.find(({ cause }) => cause === 'database.missing-index')?.because).toContain('orders_pkey');
  });

  it('misleading: a slow statement reads a small table, which an index would not help', async () => {
    await serve('SELECT pg_sleep(0.4) FROM small WHERE customer_id = $1', [17]);
    expect(await ask()).toBe(200);
    await scenario.until(LOG, 'slow query');
    const report = await scenario.diagnose();
    // That the log says so is no proof: it may have been a cold start.
    expectSound(report, { roots: [], secrets: [PASSWORD] });
    expect(report.unknown.find(({ cause }) => cause === 'database.slow-query')?.because).toMatch(
      /the log calls "SELECT pg_sleep\(\?\) FROM small WHERE customer_id = \$1" slow; it does not run/,
    );
  });

  it('healthy look-alike: a batch job of the same login reads everything, and nobody complains', async () => {
    await serve('SELECT 1', [], 'SLOW_MS=60000\n');
    expect(await ask()).toBe(200);
    const job = new Client({ connectionString: url() });
    job.on('error', () => undefined);
    await job.connect();
    scenario.onDispose(() => job.end());
    void job.query(`SELECT count(*), pg_sleep(4) FROM orders WHERE note LIKE '%q%'`).catch(() => undefined);
    await sleep(2_200);
    expectSound(await scenario.diagnose(), { roots: [], secrets: [PASSWORD] });
  });

  it('a lone long statement beside timeouts of another kind is not taken for their cause', async () => {
    await serve('SELECT 1', [], 'SLOW_MS=60000\n');
    await scenario.write({
      [LOG]: `${new Date().toISOString()} ERROR [shop] /mail 502 request to the mail gateway timed out\n`,
    });
    const job = new Client({ connectionString: url() });
    job.on('error', () => undefined);
    await job.connect();
    scenario.onDispose(() => job.end());
    void job.query('SELECT pg_sleep(5)').catch(() => undefined);
    await sleep(1_500);
    const report = await scenario.diagnose();
    expect(causesOf(report)).not.toContain('database.slow-query');
    expect(report.unknown.find(({ cause }) => cause === 'database.slow-query')?.because).toContain(
      'runs "SELECT pg_sleep(?)"',
    );
  });

  it('database.stale-statistics: the table grew after its last analysis; ANALYZE mends it', async () => {
    await serve('SELECT count(note) FROM events WHERE kind = $1', [2], 'SLOW_MS=1\n');
    expect(await ask()).toBe(200);
    await scenario.until(LOG, 'slow query');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.stale-statistics postgres'], secrets: [PASSWORD] });
    const [root] = report.findings;
    expect(root?.summary).toMatch(
      /statistics of public\.events at .* are out of date: it expects \d{1,3} rows for one kind, and there are about \d{5}/,
    );
    const applied = await expectFixVerifies(scenario, root);
    expect(applied.outcome).toMatchObject({ because: expect.stringContaining('analyzed at') });
    const after = await scenario.diagnose();
    expect(causesOf(after)).not.toContain('database.stale-statistics');
    expect(ruledOutIn(after)).toContain('database.stale-statistics postgres');
  });

  it('database.bloat: most of the table is dead; VACUUM clears it', async () => {
    await serve('SELECT count(*) FROM carts WHERE total = $1', [3], 'SLOW_MS=0\n');
    expect(await ask()).toBe(200);
    await scenario.until(LOG, 'slow query');
    const report = await scenario.diagnose();
    expect(causesOf(report)).toContain('database.bloat');
    const bloat = report.findings.find(({ cause }) => cause === 'database.bloat');
    expect(bloat?.summary).toMatch(/public\.carts at .* is mostly dead rows: 4[78]\d{3} beside 12000 living ones/);
    await expectFixVerifies(scenario, bloat);
    expect(ruledOutIn(await scenario.diagnose())).toContain('database.bloat postgres');
  });

  it('database.slow-query is unknown, with what to do, where a timeout names no statement and nothing is kept', async () => {
    await serve('SELECT pg_sleep(5)', [], 'STATEMENT_TIMEOUT=200\n');
    expect(await statusOf(port, '/')).toBe(200);
    expect(await ask()).toBe(500);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [], secrets: [PASSWORD] });
    expect(report.unknown.find(({ cause }) => cause === 'database.slow-query')).toMatchObject({
      target: 'postgres',
      because: expect.stringContaining('pg_stat_statements is not installed'),
      next: expect.stringContaining('CREATE EXTENSION pg_stat_statements'),
    });
  });

  it('pg_stat_statements tells what took long before, also to an ordinary login', async () => {
    server.sqlIn('shop', 'CREATE EXTENSION pg_stat_statements');
    scenario.onDispose(() => server.sqlIn('shop', 'DROP EXTENSION pg_stat_statements'));
    await serve('SELECT pg_sleep(0.3), count(note) FROM orders WHERE customer_id = $1', [5]);
    for (let time = 0; time < 3; time++) expect(await ask()).toBe(200);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.missing-index postgres'], secrets: [PASSWORD] });
    const slow = report.findings.find(({ cause }) => cause === 'database.slow-query');
    expect(slow?.summary).toMatch(/\d{3} ms on average over 3 calls/);
  });

  it('misleading: the log is full of slow queries of yesterday, and the server is gone', async () => {
    const old = new Date(Date.now() - 20 * 3_600_000).toISOString();
    const gone = await freePort();
    await scenario.write({
      [LOG]: `${`${old} WARN  [shop] slow query (2300 ms): SELECT * FROM orders WHERE customer_id = $1\n`.repeat(20)}${quietLog(60, { minutesAgo: 900 })}`,
      '.env': `PORT=${port}\nDATABASE_URL=postgres://shop:${PASSWORD}@127.0.0.1:${gone}/shop\n`,
    });
    await scenario.start(START, { log: LOG });
    await untilListening(port);
    expect(await statusOf(port, '/')).toBe(500);
    expectSound(await scenario.diagnose(), { roots: ['database.unreachable postgres'], secrets: [PASSWORD] });
  });
});
