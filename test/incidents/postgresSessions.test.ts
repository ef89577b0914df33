import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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

describe.skipIf(!postgres.available)('sessions, locks and limits of PostgreSQL', () => {
  let server: RunningPostgres;
  let scenario: Scenario;
  let port: number;
  beforeAll(async () => {
    server = await startPostgres({ settings: ['max_connections = 20', 'deadlock_timeout = 200ms'] });
    for (const role of ['shop', 'ledger']) server.sql(`CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`);
    server.sql('CREATE DATABASE shop OWNER shop');
    await inShop(
      'shop',
      'CREATE TABLE orders (id INT PRIMARY KEY, paid INT NOT NULL); INSERT INTO orders VALUES (1, 0), (2, 0); GRANT ALL ON orders TO ledger',
    );
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

  const url = (at = server.port, user = 'shop'): string => `postgres://${user}:${PASSWORD}@127.0.0.1:${at}/shop`;
  const inShop = async (user: string, sql: string, at = server.port): Promise<void> => {
    const client = new Client({ connectionString: url(at, user) });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  const serve = async (rest = '', at = server.port): Promise<void> => {
    await scenario.write({ '.env': `PORT=${port}\nDATABASE_URL=${url(at)}\n${rest}` });
    await scenario.start(START, { log: LOG });
    await untilListening(port);
  };
  /** A session that is ended with the scenario. */
  const session = async (user = 'shop', at = server.port): Promise<Client> => {
    const client = new Client({ connectionString: url(at, user) });
    client.on('error', () => undefined);
    await client.connect();
    scenario.onDispose(() => client.end());
    return client;
  };
  const causesOf = ({ findings }: { findings: { cause: string }[] }): string[] => findings.map(({ cause }) => cause);

  it('database.connections-exhausted: forgotten sessions hold every connection', async () => {
    const small = await startPostgres({ settings: ['max_connections = 6', 'superuser_reserved_connections = 2'] });
    scenario.onDispose(() => small.dispose());
    small.sql(`CREATE ROLE shop LOGIN PASSWORD '${PASSWORD}'`);
    small.sql('CREATE DATABASE shop OWNER shop');
    for (let held = 0; held < 4; held++) await (await session('shop', small.port)).query('BEGIN');
    await serve('', small.port);
    expect(await statusOf(port, '/')).toBe(500);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.connections-exhausted postgres'], secrets: [PASSWORD] });
    expect(report.findings[0]).toMatchObject({ confidence: 'proved' });
    expect(report.findings[0]?.summary).toMatch(/takes no more connections: .*reserved.*, and shop needs it/);
    // Nobody is let in to ask; on this machine the titles of the server's processes tell.
    expect(report.findings[0]?.evidence.map(({ text }) => text)).toContain(
      'connections are held by 4 of shop (4 idle in transaction)',
    );
    expect(ruledOutIn(report)).toContain('database.unreachable postgres');
  });

  it('misleading: it was full a minute ago, and has free connections now', async () => {
    const small = await startPostgres({ settings: ['max_connections = 6', 'superuser_reserved_connections = 2'] });
    scenario.onDispose(() => small.dispose());
    small.sql(`CREATE ROLE shop LOGIN PASSWORD '${PASSWORD}'`);
    small.sql('CREATE DATABASE shop OWNER shop');
    const others = await Promise.all(Array.from({ length: 4 }, () => session('shop', small.port)));
    await serve('', small.port);
    expect(await statusOf(port, '/')).toBe(500);
    // One is given back, and we take it to look: then there is none again, and who holds the rest can be told.
    await others[0]?.end();
    await sleep(300);
    const nearly = await scenario.diagnose();
    expectSound(nearly, { roots: ['database.connections-exhausted postgres'], secrets: [PASSWORD] });
    expect(nearly.findings[0]).toMatchObject({ confidence: 'likely' });
    expect(nearly.findings[0]?.summary).toMatch(/at its limit of 4 connections: 3 of shop \(3 idle\)/);
    for (const other of others) await other.end();
    await sleep(300);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [], secrets: [PASSWORD] });
    expect(report.ruledOut.find(({ cause }) => cause === 'database.connections-exhausted')?.because).toMatch(
      /has [01] of 4 connections in use/,
    );
  });

  it('database.pool-exhausted: open transactions hold the whole pool', async () => {
    await serve();
    for (let held = 0; held < 3; held++) void statusOf(port, '/hold').catch(() => undefined);
    await scenario.until(LOG, '/hold 200');
    expect(await statusOf(port, '/')).toBe(500);
    const report = await scenario.diagnose();
    // All but the first wait for the row that the first left locked: that is the deeper cause.
    expect(causesOf(report)).toContain('database.pool-exhausted');
    const pool = report.findings.find(({ cause }) => cause === 'database.pool-exhausted');
    expect(pool?.summary).toMatch(
      /The connection pool of shop is used up: 3 of its 3 sessions at .* are idle in transaction \(1, .*\) and at work \(2, .*\), while the server has \d+ free/,
    );
    expect(pool?.evidence.map(({ source }) => source)).toContain('app.js:5');
    expectSound(report, { roots: [`${report.findings[0]?.cause} postgres`], secrets: [PASSWORD, '777001', 'amber'] });
  });

  it('database.pool-exhausted: connections are taken and never given back', async () => {
    await serve();
    for (let held = 0; held < 3; held++) expect(await statusOf(port, '/leak')).toBe(200);
    expect(await statusOf(port, '/')).toBe(500);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.pool-exhausted postgres'], secrets: [PASSWORD] });
    expect(report.findings[0]?.summary).toMatch(/3 of its 3 sessions at .* are taken and not used/);
    expect(report.findings[0]?.advice.first).toContain('finally');
    expect(ruledOutIn(report)).toContain('database.unreachable postgres');
  });

  it.each([
    [
      'SQLAlchemy',
      'sqlalchemy.exc.TimeoutError: QueuePool limit of size 1 overflow 1 reached, connection timed out, timeout 30.00',
    ],
    [
      'HikariCP',
      'HikariPool-1 - Connection is not available, request timed out after 30000ms (total=2, active=2, idle=0, waiting=3)',
    ],
    [
      'Prisma',
      'Timed out fetching a new connection from the connection pool. (Current connection pool timeout: 10, connection limit: 2)',
    ],
  ])('database.pool-exhausted: %s says how large its pool is', async (_, words) => {
    await serve();
    for (let held = 0; held < 2; held++) await (await session()).query('BEGIN');
    await scenario.write({ [LOG]: `${new Date().toISOString()} ERROR [shop] ${words}\n` });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.pool-exhausted postgres'], secrets: [PASSWORD] });
    expect(report.findings[0]).toMatchObject({ confidence: 'proved' });
    expect(report.findings[0]?.summary).toMatch(/2 of its 2 sessions at .* are idle in transaction/);
  });

  it('misleading: the pool was used up, and its sessions are free again', async () => {
    await serve();
    const others = await Promise.all(Array.from({ length: 3 }, () => statusOf(port, '/swap?ids=1').catch(() => 0)));
    expect(others).toEqual([200, 200, 200]);
    await scenario.write({
      [LOG]: `${new Date().toISOString()} ERROR [shop] / 500 timeout exceeded when trying to connect\n`,
    });
    const report = await scenario.diagnose();
    expectSound(report, { roots: [], secrets: [PASSWORD] });
    expect(ruledOutIn(report)).toContain('database.pool-exhausted postgres');
  });

  it('database.lock-wait: a forgotten transaction of the same login; the fix ends it', async () => {
    const holder = await session();
    await holder.query('BEGIN');
    await holder.query("UPDATE orders SET paid = 424242 WHERE id = 1 AND 'quartz' <> ''");
    await serve('LOCK_TIMEOUT=800\n');
    expect(await statusOf(port, '/pay')).toBe(500);
    const waiter = await session();
    const waiting = waiter.query('UPDATE orders SET paid = 5 WHERE id = 1').catch(() => undefined);
    await sleep(3_600);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.lock-wait postgres'], secrets: [PASSWORD, '424242', 'quartz'] });
    const [root] = report.findings;
    expect(root).toMatchObject({ confidence: 'proved' });
    expect(root?.summary).toMatch(
      /PostgreSQL at .*: a session waits for a lock on orders, the longest for [\d.]+ s, held by session \d+ of shop, idle in its transaction, open for [\d.]+ s, after "UPDATE orders SET paid = \? WHERE id = \? AND \? <> \?"/,
    );
    expect(root?.evidence.some(({ text }) => text.includes('due to lock timeout'))).toBe(true);
    const applied = await expectFixVerifies(scenario, root);
    expect(applied.undo).toBe(false);
    await waiting;
    expect(await statusOf(port, '/pay')).toBe(200);
  });

  it('database.lock-wait: another role holds it, whose doings the login may not see, so no fix is offered', async () => {
    const holder = await session('ledger');
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
    await serve();
    const waiter = await session();
    waiter.query('SELECT * FROM orders').catch(() => undefined);
    await sleep(3_600);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.lock-wait postgres'], secrets: [PASSWORD] });
    expect(report.findings[0]?.summary).toMatch(/held by session \d+ of ledger, whose doings this login may not see/);
    expect(report.findings[0]?.fixes).toEqual([]);
  });

  it('database.lock-wait is unknown, with what to ask, where the service gave up and the holder cannot be seen', async () => {
    const holder = await session('ledger');
    await holder.query('BEGIN');
    await holder.query('UPDATE orders SET paid = 3 WHERE id = 1');
    await serve('LOCK_TIMEOUT=300\n');
    expect(await statusOf(port, '/pay')).toBe(500);
    const report = await scenario.diagnose();
    expect(causesOf(report)).toEqual([]);
    expect(report.unknown.find(({ cause }) => cause === 'database.lock-wait')).toMatchObject({
      target: 'postgres',
      because: expect.stringContaining('pg_read_all_stats'),
      next: expect.stringContaining('as an administrator'),
    });
    // Once it is given back, the complaint of the log is past.
    await holder.query('ROLLBACK');
    const after = await scenario.diagnose();
    expectSound(after, { roots: [], secrets: [PASSWORD] });
    expect(ruledOutIn(after)).toContain('database.lock-wait postgres');
  });

  it('healthy look-alike: a second worker waits for the advisory lock of the one that leads', async () => {
    const leader = await session();
    await leader.query('SELECT pg_advisory_lock(77)');
    await serve();
    expect(await statusOf(port, '/pay')).toBe(200);
    const second = await session();
    second.query('SELECT pg_advisory_lock(77)').catch(() => undefined);
    await sleep(3_600);
    expectSound(await scenario.diagnose(), { roots: [], secrets: [PASSWORD] });
  });

  it('healthy look-alike: it works beside a long open transaction of another session', async () => {
    const other = await session();
    await other.query('BEGIN');
    await other.query('UPDATE orders SET paid = 1 WHERE id = 2');
    await serve();
    expect(await statusOf(port, '/pay')).toBe(200);
    expectSound(await scenario.diagnose(), { roots: [], secrets: [PASSWORD] });
  });

  it('database.deadlock: two transactions take the same rows in different order', async () => {
    await serve();
    // A session writes its counters at the end of a transaction, when it did so a second ago or longer.
    await Promise.all([statusOf(port, '/swap?ids=1'), statusOf(port, '/swap?ids=2')]);
    await sleep(1_300);
    const statuses = await Promise.all([statusOf(port, '/swap?ids=1,2'), statusOf(port, '/swap?ids=2,1')]);
    expect(statuses.sort()).toEqual([200, 500]);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.deadlock postgres'], secrets: [PASSWORD] });
    expect(report.findings[0]).toMatchObject({ confidence: 'proved' });
    expect(report.findings[0]?.evidence.some(({ text }) => text.includes('40P01'))).toBe(true);
  });

  it('healthy look-alike: the service meets a deadlock now and then, and tries again as it should', async () => {
    await serve();
    await scenario.write({
      [LOG]: `${new Date().toISOString()} WARN  [shop] 40P01: deadlock detected, retrying (1/3)\n${new Date().toISOString()} INFO  [shop] /swap 200\n`,
    });
    expectSound(await scenario.diagnose(), { roots: [], secrets: [PASSWORD] });
  });

  it('misleading: the log speaks of a deadlock, and the server has counted none', async () => {
    const fresh = await startPostgres();
    scenario.onDispose(() => fresh.dispose());
    fresh.sql(`CREATE ROLE shop LOGIN PASSWORD '${PASSWORD}'`);
    fresh.sql('CREATE DATABASE shop OWNER shop');
    await serve('', fresh.port);
    await scenario.write({
      [LOG]: `${new Date().toISOString()} ERROR [shop] /import 500 upstream answered: deadlock detected\n`,
    });
    // Until then the server may not have counted it yet.
    await sleep(15_200);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [], secrets: [PASSWORD] });
    expect(ruledOutIn(report)).toContain('database.deadlock postgres');
  });

  it('database.read-only: every transaction of the role is made read-only, and reads still work', async () => {
    server.sql('ALTER ROLE shop IN DATABASE shop SET default_transaction_read_only = on');
    try {
      await serve();
      expect(await statusOf(port, '/pay')).toBe(500);
      const report = await scenario.diagnose();
      expectSound(report, { roots: ['database.read-only postgres'], secrets: [PASSWORD] });
      expect(report.findings[0]?.summary).toContain('set by ALTER ROLE … IN DATABASE');
    } finally {
      server.sql('ALTER ROLE shop IN DATABASE shop RESET default_transaction_read_only');
    }
    const after = await scenario.diagnose();
    expectSound(after, { roots: [], secrets: [PASSWORD] });
    expect(ruledOutIn(after)).toContain('database.read-only postgres');
  });

  it('database.read-only: the service writes to a standby, which answers its reads', async () => {
    const standby = await startPostgres({
      inRecovery: true,
      settings: ['hot_standby = on'],
      rules: ['host all all all trust'],
    });
    scenario.onDispose(() => standby.dispose());
    await scenario.write({
      '.env': `PORT=${port}\nDATABASE_URL=postgres://postgres@127.0.0.1:${standby.port}/postgres\nSTATEMENT="CREATE TABLE orders (id INT)"\n`,
    });
    await scenario.start(START, { log: LOG });
    await untilListening(port);
    // It lets nobody in before what it has is consistent.
    await expect.poll(() => statusOf(port, '/'), { timeout: 15_000, interval: 300 }).toBe(200);
    expect(await statusOf(port, '/ask')).toBe(500);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.read-only postgres'] });
    expect(report.findings[0]).toMatchObject({ confidence: 'proved' });
    expect(report.findings[0]?.summary).toContain('is a standby in recovery');
    expect(report.findings[0]?.advice.first).toContain('primary');
  });

  it('healthy look-alike: yesterday it had no connection left, deadlocks and lock timeouts', async () => {
    const old = new Date(Date.now() - 20 * 3_600_000).toISOString();
    const lines = [
      'sorry, too many clients already',
      '40P01: deadlock detected',
      'canceling statement due to lock timeout',
      'timeout exceeded when trying to connect',
      'cannot execute UPDATE in a read-only transaction',
    ];
    await scenario.write({
      [LOG]: `${lines.map((line) => `${old} ERROR [shop] / 500 ${line}\n`).join('')}${quietLog(60, { minutesAgo: 900 })}`,
    });
    await serve();
    expect(await statusOf(port, '/')).toBe(200);
    expectSound(await scenario.diagnose(), { roots: [], secrets: [PASSWORD] });
  });
});
