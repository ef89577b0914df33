import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { EAGER_MYSQL_SERVICE, PATIENT_MYSQL_SERVICE } from '../support/mysqlService.ts';
import { installPackages, manifest, START, statusOf } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';
import { type RunningMariadb, startMariadb } from '../support/startMariadb.ts';

const mariadb = requireSystem('mariadb');
const PASSWORD = 'amber-Quay-31';
const LOG = 'logs/shop.log';

describe.skipIf(!mariadb.available)('MySQL and MariaDB', () => {
  let server: RunningMariadb;
  let scenario: Scenario;
  let port: number;
  beforeAll(async () => {
    server = await startMariadb(['--max-connections=10', '--innodb-print-all-deadlocks=0']);
    server.sql(`CREATE DATABASE shop; CREATE DATABASE archive;
      CREATE USER shop@'127.0.0.1' IDENTIFIED BY '${PASSWORD}'; GRANT ALL ON shop.* TO shop@'127.0.0.1'; GRANT SELECT ON archive.* TO shop@'127.0.0.1';
      CREATE TABLE shop.orders (id INT PRIMARY KEY, paid INT NOT NULL); INSERT INTO shop.orders VALUES (1, 0), (2, 0)`);
  });
  afterAll(() => server.dispose());
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
    await installPackages(scenario);
    await scenario.write({
      'package.json': manifest('shop', ['mysql2']),
      'app.js': PATIENT_MYSQL_SERVICE,
      [LOG]: quietLog(60, { minutesAgo: 300 }),
    });
  });
  afterEach(() => scenario.dispose());

  const url = (change: { password?: string; at?: number; database?: string } = {}): string =>
    `mysql://shop:${change.password ?? PASSWORD}@127.0.0.1:${change.at ?? server.port}/${change.database ?? 'shop'}`;
  const configure = (address: string, rest = ''): Promise<void> =>
    scenario.write({ '.env': `PORT=${port}\nDATABASE_URL=${address}\n${rest}` });
  const serve = async (place: string, status: number): Promise<void> => {
    await scenario.start(START, { log: LOG });
    await untilListening(port);
    expect(await statusOf(port, place)).toBe(status);
  };
  const failToStart = async (): Promise<void> => {
    await scenario.write({ 'app.js': EAGER_MYSQL_SERVICE });
    for (let time = 0; time < 2; time++) expect(await scenario.run(START, { log: LOG })).not.toBe(0);
  };
  /** A session of the same user that is ended with the scenario. */
  const session = async () => {
    const connection = await createConnection(url());
    connection.on('error', () => undefined);
    scenario.onDispose(() => connection.destroy());
    return connection;
  };

  it('database.unreachable: the server is stopped, and the service cannot start', async () => {
    const gone = await freePort();
    await configure(url({ at: gone }));
    await failToStart();
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.unreachable mysql'], secrets: [PASSWORD] });
    expect(report.findings[0]?.summary).toContain(
      `MySQL refuses connections at 127.0.0.1:${gone}: nothing listens there; the server listens on ${server.port}`,
    );
  });

  it('database.unreachable: something takes connections at the address and never greets', async () => {
    const silent = createServer((socket) => socket.on('error', () => socket.destroy()));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    scenario.onDispose(() => void silent.close());
    await configure(url({ at: (silent.address() as { port: number }).port }));
    await scenario.start(START, { log: LOG });
    await untilListening(port);
    const begin = performance.now();
    const report = await scenario.diagnose();
    expect(performance.now() - begin).toBeLessThan(8_000);
    expectSound(report, { roots: ['database.unreachable mysql'], secrets: [PASSWORD] });
    expect(report.findings[0]?.summary).toContain('does not answer');
  });

  it('database.auth-failed: the password is wrong, and is nowhere in the report', async () => {
    await configure(url({ password: 'silver-Dune-82' }));
    await failToStart();
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.auth-failed mysql'], secrets: ['silver-Dune-82'] });
    expect(report.findings[0]).toMatchObject({ confidence: 'proved' });
    expect(report.findings[0]?.summary).toContain('rejects the password of shop from DATABASE_URL');
    expect(ruledOutIn(report)).toContain('database.unreachable mysql');
  });

  it('database.missing: the name is not one of those that the server has', async () => {
    server.sql(`GRANT ALL ON shopp.* TO shop@'127.0.0.1'`);
    await configure(url({ database: 'shopp' }));
    await failToStart();
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.missing mysql'], secrets: [PASSWORD] });
    expect(report.findings[0]?.summary).toContain('has no database "shopp"; it has one called "shop"');
  });

  it('database.connections-exhausted: others hold every connection', async () => {
    await configure(url());
    // MariaDB keeps one more for administrators.
    for (let held = 0; held < 10; held++) await session();
    await serve('/', 500);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.connections-exhausted mysql'], secrets: [PASSWORD] });
    expect(report.findings[0]?.summary).toMatch(/takes no more connections: Too many connections, and shop needs it/);
  });

  it('database.lock-wait: a forgotten transaction holds the row that requests wait for', async () => {
    server.sql(`GRANT PROCESS ON *.* TO shop@'127.0.0.1'`);
    await configure(url(), 'LOCK_WAIT=1\n');
    const holder = await session();
    await holder.beginTransaction();
    await holder.query('UPDATE orders SET paid = 424242 WHERE id = 1');
    await serve('/pay', 500);
    const waiter = await session();
    waiter.query('UPDATE orders SET paid = 5 WHERE id = 1').catch(() => undefined);
    await sleep(4_500);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.lock-wait mysql'], secrets: [PASSWORD, '424242'] });
    const [root] = report.findings;
    expect(root).toMatchObject({ confidence: 'proved' });
    expect(root?.summary).toMatch(
      /MariaDB at .*: a session waits for a lock on shop\.orders, the longest for \d+ s, held by session \d+ of shop, idle in its transaction for \d+ s/,
    );
    expect(root?.evidence.some(({ text }) => text.includes('UPDATE orders SET paid = ? WHERE id = ?'))).toBe(true);
    expect(root?.evidence.some(({ text }) => text.includes('Lock wait timeout exceeded'))).toBe(true);
    // Once it is given back, the complaint of the log is past.
    await holder.rollback();
    await sleep(200);
    const after = await scenario.diagnose();
    expect(after.findings.map(({ cause }) => cause)).not.toContain('database.lock-wait');
    expect(ruledOutIn(after)).toContain('database.lock-wait mysql');
    server.sql(`REVOKE PROCESS ON *.* FROM shop@'127.0.0.1'`);
  });

  it('database.lock-wait is unknown, with what to do, when the login may not see locks', async () => {
    await configure(url(), 'LOCK_WAIT=1\n');
    const holder = await session();
    await holder.beginTransaction();
    await holder.query('UPDATE orders SET paid = 3 WHERE id = 1');
    await serve('/pay', 500);
    const report = await scenario.diagnose();
    expect(report.findings.map(({ cause }) => cause)).not.toContain('database.lock-wait');
    expect(report.unknown.find(({ cause }) => cause === 'database.lock-wait')).toMatchObject({
      because: expect.stringContaining('PROCESS'),
      next: expect.stringContaining('innodb_trx'),
    });
  });

  it('database.deadlock: two transactions take the same rows in different order', async () => {
    server.sql(`GRANT PROCESS ON *.* TO shop@'127.0.0.1'`);
    await configure(url());
    await serve('/', 200);
    const statuses = await Promise.all([statusOf(port, '/swap?ids=1,2'), statusOf(port, '/swap?ids=2,1')]);
    expect(statuses.sort()).toEqual([200, 500]);
    const report = await scenario.diagnose();
    server.sql(`REVOKE PROCESS ON *.* FROM shop@'127.0.0.1'`);
    expectSound(report, { roots: ['database.deadlock mysql'], secrets: [PASSWORD] });
    expect(report.findings[0]).toMatchObject({ confidence: 'proved' });
    expect(report.findings[0]?.summary).toContain('"UPDATE orders SET paid = paid + ? WHERE id = ?"');
  });

  it('database.read-only: the server was made read-only', async () => {
    server.sql('SET GLOBAL read_only = 1');
    try {
      await configure(url());
      await serve('/pay', 500);
      const report = await scenario.diagnose();
      expectSound(report, { roots: ['database.read-only mysql'], secrets: [PASSWORD] });
      expect(report.findings[0]?.summary).toContain('is read-only (read_only is on), so shop cannot write');
    } finally {
      server.sql('SET GLOBAL read_only = 0');
    }
    const after = await scenario.diagnose();
    expect(after.findings).toEqual([]);
    expect(ruledOutIn(after)).toContain('database.read-only mysql');
  });

  it('healthy look-alike: it works beside a long transaction of another session', async () => {
    server.sql(`GRANT PROCESS ON *.* TO shop@'127.0.0.1'`);
    await configure(url());
    const other = await session();
    await other.beginTransaction();
    await other.query('UPDATE orders SET paid = 1 WHERE id = 2');
    await serve('/pay', 200);
    const report = await scenario.diagnose();
    server.sql(`REVOKE PROCESS ON *.* FROM shop@'127.0.0.1'`);
    expectSound(report, { roots: [], secrets: [PASSWORD] });
    expect(ruledOutIn(report)).toEqual(
      expect.arrayContaining(['database.auth-failed mysql', 'database.missing mysql', 'database.unreachable mysql']),
    );
  });

  it('healthy look-alike: yesterday it had no connection left and a wrong password', async () => {
    const old = new Date(Date.now() - 20 * 3_600_000).toISOString();
    await scenario.write({
      [LOG]: `${`${old} ERROR [shop] / 500 ER_CON_COUNT_ERROR: Too many connections\n${old} ERROR [shop] / 500 ER_ACCESS_DENIED_ERROR: Access denied for user 'shop'@'127.0.0.1' (using password: YES)\n`.repeat(20)}${quietLog(60, { minutesAgo: 900 })}`,
    });
    await configure(url());
    await serve('/', 200);
    expectSound(await scenario.diagnose(), { roots: [], secrets: [PASSWORD] });
  });

  it('misleading: the log is full of lock timeouts, but the server that is asked now is gone', async () => {
    const own = await startMariadb();
    own.sql(
      `CREATE DATABASE shop; CREATE USER shop@'127.0.0.1' IDENTIFIED BY '${PASSWORD}'; GRANT ALL ON shop.* TO shop@'127.0.0.1'`,
    );
    own.sql('CREATE TABLE shop.orders (id INT PRIMARY KEY, paid INT NOT NULL); INSERT INTO shop.orders VALUES (1, 0)');
    await configure(url({ at: own.port }), 'LOCK_WAIT=1\n');
    const holder = await createConnection(url({ at: own.port }));
    holder.on('error', () => undefined);
    await holder.beginTransaction();
    await holder.query('UPDATE orders SET paid = 3 WHERE id = 1');
    await serve('/pay', 500);
    holder.destroy();
    await own.dispose();
    expect(await statusOf(port, '/pay')).toBe(500);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.unreachable mysql'], secrets: [PASSWORD] });
  });
});
