import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { EAGER_SERVICE, installPackages, manifest, PATIENT_SERVICE, START, statusOf } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';
import { startPostgres } from '../support/startPostgres.ts';
import { startRedis } from '../support/startRedis.ts';

const PASSWORD = 'tulip-Harbour-19';
const postgres = requireSystem('postgres');
const redis = requireSystem('redis');

describe.skipIf(!postgres.available)('database.unreachable', () => {
  let scenario: Scenario;
  let port: number;
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
    await installPackages(scenario);
    await scenario.write({ 'package.json': manifest('orders'), 'app.js': EAGER_SERVICE });
  });
  afterEach(() => scenario.dispose());

  const url = (at: number, database = 'orders'): string => `postgres://orders:${PASSWORD}@127.0.0.1:${at}/${database}`;

  it('is the root when the server is stopped and the service cannot start', async () => {
    const gone = await freePort();
    await scenario.write({
      '.env': `PORT=${port}\nDATABASE_URL=${url(gone)}\n`,
      'logs/orders.log': quietLog(80, { minutesAgo: 600 }),
    });
    for (let run = 0; run < 2; run++) await scenario.run(START, { log: 'logs/orders.log' });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.unreachable postgres'], secrets: [PASSWORD] });
    expect(report.findings[0]?.summary).toBe(
      `PostgreSQL refuses connections at 127.0.0.1:${gone}: nothing listens there, and orders needs it`,
    );
    expect(report.findings[0]?.evidence.map(({ source }) => source)).toContain('.env:2');
    expect(report.findings[0]?.evidence.some(({ text }) => text.includes(`ECONNREFUSED 127.0.0.1:${gone}`))).toBe(true);
  });

  it.skipIf(!redis.available)(
    'is found behind a 503 while the cache is fine, and the server’s last words are shown',
    async () => {
      const [db, cache] = await Promise.all([startPostgres(), startRedis()]);
      scenario.onDispose(() => cache.dispose());
      db.sql(`CREATE ROLE orders LOGIN PASSWORD '${PASSWORD}'`);
      db.sql('CREATE DATABASE orders OWNER orders');
      await scenario.write({
        'app.js': PATIENT_SERVICE,
        '.env': `PORT=${port}\nDATABASE_URL=${url(db.port)}\nREDIS_URL=redis://127.0.0.1:${cache.port}\n`,
        'logs/orders.log': quietLog(80, { minutesAgo: 600 }),
      });
      await scenario.start(START, { log: 'logs/orders.log' });
      await untilListening(port);
      expect(await statusOf(port)).toBe(200);
      await db.dispose();
      expect(await statusOf(port)).toBe(503);
      const report = await scenario.diagnose();
      expectSound(report, { roots: ['database.unreachable postgres'], secrets: [PASSWORD] });
      expect(report.findings[0]?.confidence).toBe('proved');
      expect(ruledOutIn(report)).toEqual(expect.arrayContaining(['cache.unreachable redis', 'service.down orders']));
    },
  );

  it('names the port on which the server really listens', async () => {
    const db = await startPostgres();
    scenario.onDispose(() => db.dispose());
    const wrong = await freePort();
    await scenario.write({
      '.env': `PORT=${port}\nDB_HOST=127.0.0.1\nDB_PORT=${wrong}\nDB_USER=orders\nDB_PASSWORD=${PASSWORD}\nDB_NAME=orders\n`,
      'app.js': `const { Client } = require('pg');
const { DB_HOST: host, DB_PORT, DB_USER: user, DB_PASSWORD: password, DB_NAME: database } = process.env;
new Client({ host, port: Number(DB_PORT), user, password, database }).connect();
`,
    });
    await scenario.run(START, { log: 'app.log' });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.unreachable postgres'], secrets: [PASSWORD] });
    expect(report.findings[0]?.summary).toContain(`the server listens on ${db.port}`);
  });

  it('says when another program answers at the address', async () => {
    await scenario.start(
      ['node', '-e', `require('node:http').createServer((q, s) => s.end('hi')).listen(${port}, '127.0.0.1')`],
      {
        cwd: scenario.outside,
      },
    );
    await untilListening(port);
    await scenario.write({ '.env': `PORT=${await freePort()}\nDATABASE_URL=${url(port)}\n` });
    await scenario.run(START, { log: 'logs/orders.log' });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.unreachable postgres'], secrets: [PASSWORD] });
    expect(report.findings[0]?.summary).toContain('another program answers there');
  });

  it('says when the peer takes connections and never answers', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    scenario.onDispose(() => void silent.close());
    const { port: hanging } = silent.address() as { port: number };
    await scenario.write({
      'app.js': PATIENT_SERVICE,
      '.env': `PORT=${port}\nDATABASE_URL=${url(hanging)}\n`,
    });
    await scenario.start(START, { log: 'logs/orders.log' });
    await untilListening(port);
    expect(await statusOf(port)).toBe(503);
    const begin = performance.now();
    const report = await scenario.diagnose();
    expect(performance.now() - begin).toBeLessThan(8_000);
    expectSound(report, { roots: ['database.unreachable postgres'], secrets: [PASSWORD] });
    expect(report.findings[0]?.summary).toContain('does not answer');
  });

  it('is not said of a server that is starting up or full', async () => {
    const starting = await startPostgres({ inRecovery: true });
    scenario.onDispose(() => starting.dispose());
    await scenario.write({ 'app.js': PATIENT_SERVICE, '.env': `PORT=${port}\nDATABASE_URL=${url(starting.port)}\n` });
    await scenario.start(START, { log: 'logs/orders.log' });
    await untilListening(port);
    expect(await statusOf(port)).toBe(503);
    const report = await scenario.diagnose();
    expect(
      report.findings.filter(({ cause }) => cause === 'database.unreachable' || cause === 'database.auth-failed'),
    ).toEqual([]);
    expect(ruledOutIn(report)).toContain('database.unreachable postgres');
  });

  it('is read from a Python program’s config file, where the start ends in a traceback', async () => {
    const gone = await freePort();
    await scenario.write({
      'package.json': '{}\n',
      Procfile: 'worker: python3 -m worker.main\n',
      'worker/__init__.py': '',
      'worker/main.py': `import json, socket
cfg = json.load(open("config/settings.json"))["database"]
print("INFO worker: connecting to the database", flush=True)
socket.create_connection((cfg["host"], cfg["port"]), timeout=2)
`,
      'config/settings.json': `{\n  "database": {\n    "driver": "postgresql",\n    "host": "127.0.0.1",\n    "port": ${gone},\n    "password": "${PASSWORD}"\n  }\n}\n`,
    });
    for (let run = 0; run < 2; run++) await scenario.run(['python3', '-m', 'worker.main'], { log: 'logs/worker.log' });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.unreachable postgres'], secrets: [PASSWORD] });
    expect(report.findings[0]?.evidence[0]?.source).toBe('config/settings.json:4');
  });

  it('is unknown while nothing that needs the database was started', async () => {
    await scenario.write({ '.env': `PORT=${port}\nDATABASE_URL=${url(await freePort())}\n` });
    const report = await scenario.diagnose();
    expectSound(report, { roots: [], secrets: [PASSWORD] });
    expect(report.unknown.map(({ cause }) => cause)).toContain('database.unreachable');
  });
});
