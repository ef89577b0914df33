import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { installPackages, PATIENT_SERVICE, statusOf } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';
import { startPostgres } from '../support/startPostgres.ts';
import { startRedis } from '../support/startRedis.ts';

const PASSWORD = 'p@ss:w/rd#9 x';
const postgres = requireSystem('postgres');
const redis = requireSystem('redis');

const WORKER = `import os, socket, sys, time
from urllib.parse import urlparse
url = urlparse(os.environ["QUEUE_URL"])
print(time.strftime("%Y-%m-%d %H:%M:%S,000"), "INFO worker: started", flush=True)
while True:
    with socket.create_connection((url.hostname, url.port), timeout=2) as connection:
        connection.sendall(b"PING\\r\\n")
        connection.recv(64)
    time.sleep(0.5)
`;

describe.skipIf(!postgres.available || !redis.available)('a healthy workspace', () => {
  let scenario: Scenario;
  beforeEach(async () => {
    scenario = await createScenario();
    await installPackages(scenario);
  });
  afterEach(() => scenario.dispose());

  it('of two services with a database and a queue gives no finding, and says what it asked', async () => {
    const [db, queue, port] = await Promise.all([startPostgres(), startRedis(), freePort()]);
    scenario.onDispose(() => db.dispose());
    scenario.onDispose(() => queue.dispose());
    db.sql(`CREATE ROLE market LOGIN PASSWORD '${PASSWORD}'`);
    db.sql('CREATE DATABASE market OWNER market');
    const gone = await freePort();
    const settings = {
      PORT: String(port),
      DATABASE_URL: `postgres://market:${encodeURIComponent(PASSWORD)}@127.0.0.1:${db.port}/market`,
      QUEUE_URL: `redis://127.0.0.1:${queue.port}/1`,
    };
    await scenario.write({
      'package.json':
        '{ "name": "market", "scripts": { "start": "node --env-file=.env api/app.js" }, "dependencies": { "pg": "*" } }\n',
      Procfile: 'web: npm start\nworker: python3 worker/main.py\n',
      'api/app.js': PATIENT_SERVICE,
      'worker/main.py': WORKER,
      '.env': `${Object.entries(settings)
        .map(([name, value]) => `${name}="${value}"`)
        .join(
          '\n',
        )}\n# DATABASE_URL=postgres://market:old-secret-1@10.255.255.1:5432/market\nLEGACY_DB_URL=postgres://legacy.invalid/old\n`,
      '.env.sample': 'DATABASE_URL=postgres://user:password@db.example.invalid:5432/market\n',
      '.env.test': `DATABASE_URL=postgres://test:test-secret-1@127.0.0.1:${gone}/test\n`,
      'config/test.json': `{ "database": { "host": "127.0.0.1", "port": ${gone} } }\n`,
      'alembic.ini': 'sqlalchemy.url = postgresql://user:pass@nowhere.invalid/dbname\n',
      'tests/db.test.js': `connect('postgres://test@127.0.0.1:${gone}/test')\n`,
      'logs/web.log': quietLog(200, { minutesAgo: 600 }),
    });
    await scenario.start(['node', '--env-file=.env', 'api/app.js'], { log: 'logs/web.log' });
    await scenario.start(['python3', 'worker/main.py'], { log: 'logs/worker.log', env: settings });
    await untilListening(port);
    for (let i = 0; i < 3; i++) expect(await statusOf(port)).toBe(200);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [], secrets: [PASSWORD, 'old-secret-1', 'test-secret-1'] });
    expect(report.targets.map(({ name, kind }) => `${kind} ${name}`).sort()).toEqual([
      'cache redis',
      'database postgres',
      'host host',
      'service market',
      'service worker',
    ]);
    expect(ruledOutIn(report)).toEqual(
      expect.arrayContaining([
        'database.unreachable postgres',
        'database.auth-failed postgres',
        'database.missing postgres',
        'cache.unreachable redis',
        'service.down market',
        'service.down worker',
      ]),
    );
    expect(report.unknown).toEqual([]);
  });

  it('does without what it does not use: sqlite, a socket file, a part that is switched off', async () => {
    const port = await freePort();
    await scenario.write({
      'package.json': '{ "name": "notes", "scripts": { "start": "node --env-file=.env app.js" } }\n',
      '.env': `PORT=${port}\nDATABASE_URL=sqlite:///data/notes.db\nARCHIVE_URL=postgresql:///notes?host=/var/run/nowhere\nREDIS_URL=redis://127.0.0.1:1\nREDIS_ENABLED=false\n`,
      'app.js': `const { DATABASE_URL, ARCHIVE_URL, REDIS_URL, REDIS_ENABLED } = process.env;
require('node:http').createServer((q, s) => s.end(DATABASE_URL)).listen(Number(process.env.PORT), '127.0.0.1', () => console.log('ready'));
`,
    });
    await scenario.start(['node', '--env-file=.env', 'app.js'], { log: 'notes.log' });
    await untilListening(port);
    expectSound(await scenario.diagnose(), { roots: [] });
  });
});
