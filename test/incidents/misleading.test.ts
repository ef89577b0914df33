import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { EAGER_SERVICE, installPackages, manifest, PATIENT_SERVICE, START, statusOf } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';
import { startPostgres } from '../support/startPostgres.ts';
import { startRedis } from '../support/startRedis.ts';

const PASSWORD = 'saffron-Gate-62';
const postgres = requireSystem('postgres');
const redis = requireSystem('redis');

describe.skipIf(!postgres.available || !redis.available)('misleading incidents', () => {
  let scenario: Scenario;
  let port: number;
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
    await installPackages(scenario);
    await scenario.write({ 'package.json': manifest('bookings'), 'app.js': PATIENT_SERVICE });
  });
  afterEach(() => scenario.dispose());

  const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

  it('the loudest errors are about a cache that is well again; the database is missing', async () => {
    const [db, cache] = await Promise.all([startPostgres(), startRedis()]);
    scenario.onDispose(() => db.dispose());
    scenario.onDispose(() => cache.dispose());
    db.sql(`CREATE ROLE bookings LOGIN PASSWORD '${PASSWORD}'`);
    await scenario.write({
      '.env': `PORT=${port}\nDATABASE_URL=postgres://bookings:${PASSWORD}@127.0.0.1:${db.port}/bookings\nREDIS_URL=redis://127.0.0.1:${cache.port}\n`,
      'logs/bookings.log': `${Array.from({ length: 150 }, (_, i) => `${minutesAgo(600 - i)} ERROR cache: connect ECONNREFUSED 127.0.0.1:${cache.port}\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)\n`).join('')}${minutesAgo(440)} INFO  cache ready\n${quietLog(60, { minutesAgo: 400 })}`,
    });
    await scenario.start(START, { log: 'logs/bookings.log' });
    await untilListening(port);
    expect(await statusOf(port)).toBe(503);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.missing postgres'], secrets: [PASSWORD] });
    expect(ruledOutIn(report)).toEqual(
      expect.arrayContaining([
        'cache.unreachable redis',
        'database.unreachable postgres',
        'database.auth-failed postgres',
      ]),
    );
  });

  it('a warning about the cache stands beside a database that is down', async () => {
    const cacheGone = await freePort();
    const gone = await freePort();
    await scenario.write({
      '.env': `PORT=${port}\nDATABASE_URL=postgres://bookings:${PASSWORD}@127.0.0.1:${gone}/bookings\nREDIS_URL=redis://127.0.0.1:${cacheGone}\n`,
    });
    await scenario.start(START, { log: 'logs/bookings.log' });
    await untilListening(port);
    expect(await statusOf(port)).toBe(503);
    const report = await scenario.diagnose();
    expect(report.findings[0]).toMatchObject({
      cause: 'database.unreachable',
      target: 'postgres',
      confidence: 'proved',
    });
    expect(report.findings.slice(1).map(({ cause, confidence }) => `${cause} ${confidence}`)).toEqual([
      'cache.unreachable likely',
    ]);
  });

  it('a database that is up and fine is innocent of a missing template', async () => {
    const db = await startPostgres();
    scenario.onDispose(() => db.dispose());
    db.sql(`CREATE ROLE bookings LOGIN PASSWORD '${PASSWORD}'`);
    db.sql('CREATE DATABASE bookings OWNER bookings');
    await scenario.write({
      '.env': `PORT=${port}\nDATABASE_URL=postgres://bookings:${PASSWORD}@127.0.0.1:${db.port}/bookings\n`,
      'app.js': EAGER_SERVICE.replace(
        "log('INFO ', 'database ready');",
        "log('INFO ', 'database ready');\n  require('node:fs').readFileSync('templates/ticket.html');",
      ),
      'templates/ticket.html': '<p>ticket</p>\n',
      'logs/bookings.log': `${`${minutesAgo(90)} ERROR connect ECONNREFUSED 127.0.0.1:${db.port}\n`.repeat(70)}${quietLog(50, { minutesAgo: 80 })}`,
    });
    await rm(path.join(scenario.workspace, 'templates/ticket.html'));
    for (let run = 0; run < 2; run++) await scenario.run(START, { log: 'logs/bookings.log' });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['file.missing bookings'], secrets: [PASSWORD] });
    expect(ruledOutIn(report)).toEqual(
      expect.arrayContaining(['database.unreachable postgres', 'database.auth-failed postgres']),
    );
  });

  it('two faults of two services are both roots', async () => {
    const gone = await freePort();
    await scenario.write({
      'package.json': '{ "private": true, "workspaces": ["services/*"] }\n',
      'services/api/package.json': manifest('api'),
      'services/api/.env': `PORT=${port}\nDATABASE_URL=postgres://api:${PASSWORD}@127.0.0.1:${gone}/api\n`,
      'services/api/app.js': PATIENT_SERVICE,
      'services/mailer/package.json': '{ "name": "mailer", "scripts": { "start": "node --env-file=.env app.js" } }\n',
      'services/mailer/.env': 'LAYOUT=layouts/main.txt\n',
      'services/mailer/app.js': `console.log(new Date().toISOString() + ' INFO  starting');\nrequire('node:fs').readFileSync(process.env.LAYOUT);\n`,
    });
    await scenario.start(START, { cwd: 'services/api', log: 'services/api/logs/api.log' });
    await untilListening(port);
    expect(await statusOf(port)).toBe(503);
    for (let run = 0; run < 2; run++)
      await scenario.run(START, { cwd: 'services/mailer', log: 'services/mailer/logs/mailer.log' });
    const report = await scenario.diagnose();
    const explained = new Set(report.findings.flatMap(({ explains }) => explains));
    const roots = report.findings
      .filter(({ id }) => !explained.has(id))
      .map(({ cause, target }) => `${cause} ${target}`);
    expect(roots.sort()).toEqual(['database.unreachable postgres', 'file.missing mailer']);
  });

  it('a name that has no address is the root, not the database behind it, though the log also blames the cache', async () => {
    const cache = await startRedis();
    scenario.onDispose(() => cache.dispose());
    await scenario.write({
      '.env': `PORT=${port}\nDATABASE_URL=postgres://bookings:${PASSWORD}@primary.db.invalid:5432/bookings\nREDIS_URL=redis://127.0.0.1:${cache.port}\n`,
      'logs/old.log': `${minutesAgo(50)} ERROR redis: connect ETIMEDOUT 127.0.0.1:${cache.port}\n`,
    });
    await rename(path.join(scenario.workspace, 'logs/old.log'), path.join(scenario.workspace, 'logs/bookings.log'));
    await scenario.start(START, { log: 'logs/bookings.log' });
    await untilListening(port);
    expect(await statusOf(port)).toBe(503);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['dns.failed postgres'], secrets: [PASSWORD] });
    expect(ruledOutIn(report)).toContain('cache.unreachable redis');
  });
});
