import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { EAGER_SERVICE, installPackages, manifest, PATIENT_SERVICE, START, statusOf } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';
import { type RunningPostgres, startPostgres } from '../support/startPostgres.ts';
import { startRedis } from '../support/startRedis.ts';

const RIGHT = 'walnut/Bridge#42';
const WRONG = 'walnut@Brigde?42';
const postgres = requireSystem('postgres');
const redis = requireSystem('redis');

describe.skipIf(!postgres.available)('database.auth-failed', () => {
  let db: RunningPostgres;
  let scenario: Scenario;
  let port: number;
  beforeAll(async () => {
    db = await startPostgres({ rules: ['host all outsider all reject'] });
    db.sql(`CREATE ROLE ledger LOGIN PASSWORD '${RIGHT}'`);
    db.sql('CREATE DATABASE ledger OWNER ledger');
    db.sql(`CREATE ROLE outsider LOGIN PASSWORD '${RIGHT}'`);
    db.sql(`CREATE ROLE reader PASSWORD '${RIGHT}'`);
  });
  afterAll(() => db.dispose());
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
    await installPackages(scenario);
    await scenario.write({ 'package.json': manifest('ledger-api'), 'app.js': EAGER_SERVICE });
  });
  afterEach(() => scenario.dispose());

  const url = (user: string, password: string): string =>
    `postgresql://${user}:${encodeURIComponent(password)}@localhost:${db.port}/ledger`;

  it.skipIf(!redis.available)(
    'is the root behind a 503 when the password is wrong, while the cache and the server are fine',
    async () => {
      const cache = await startRedis();
      scenario.onDispose(() => cache.dispose());
      await scenario.write({
        'app.js': PATIENT_SERVICE,
        '.env': `PORT=${port}\nDATABASE_URL="${url('ledger', WRONG)}"\nREDIS_URL=redis://127.0.0.1:${cache.port}/0\n`,
        'var/log/ledger.log': quietLog(60, { minutesAgo: 300 }),
      });
      await scenario.start(START, { log: 'var/log/ledger.log' });
      await untilListening(port);
      expect(await statusOf(port)).toBe(503);
      const report = await scenario.diagnose();
      expectSound(report, { roots: ['database.auth-failed postgres'], secrets: [WRONG, RIGHT] });
      expect(report.findings[0]).toMatchObject({
        confidence: 'proved',
        summary: `PostgreSQL at localhost:${db.port} rejects the password of ledger from DATABASE_URL`,
      });
      expect(ruledOutIn(report)).toEqual(
        expect.arrayContaining(['database.unreachable postgres', 'cache.unreachable redis', 'service.down ledger-api']),
      );
    },
  );

  it.each([
    ['a user that does not exist', 'ledgre', WRONG, /has no user ledgre|rejects the password of ledgre/],
    ['a user that pg_hba.conf rejects', 'outsider', RIGHT, /no rule in pg_hba\.conf that lets outsider in/],
    ['a user that may not log in', 'reader', RIGHT, /does not permit reader to log in/],
  ])('is the root of a crash loop with %s', async (_, user, password, summary) => {
    await scenario.write({ '.env': `PORT=${port}\nDATABASE_URL=${url(user, password)}\n` });
    for (let run = 0; run < 2; run++) await scenario.run(START, { log: 'logs/api.log' });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.auth-failed postgres'], secrets: [password] });
    expect(report.findings[0]?.summary).toMatch(summary);
  });

  it('says that no password is configured when the service fails on it', async () => {
    await scenario.write({ '.env': `PORT=${port}\nDATABASE_URL=postgresql://ledger@localhost:${db.port}/ledger\n` });
    await scenario.run(START, { log: 'logs/api.log' });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.auth-failed postgres'] });
    expect(report.findings[0]?.summary).toContain('asks ledger for a password, and none is configured');
  });

  it('is unknown when the service works with a password that the files do not hold', async () => {
    await scenario.write({
      'app.js': PATIENT_SERVICE,
      '.env': `PORT=${port}\nDATABASE_URL=postgresql://ledger@localhost:${db.port}/ledger\n`,
    });
    await scenario.start(START, { log: 'logs/api.log', env: { PGPASSWORD: RIGHT } });
    await untilListening(port);
    expect(await statusOf(port)).toBe(200);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [], secrets: [RIGHT] });
    expect(report.unknown.map(({ cause }) => cause)).toContain('database.auth-failed');
  });

  it('is refuted when the password is right, whatever older lines of the log say', async () => {
    await scenario.write({
      'app.js': PATIENT_SERVICE,
      '.env': `PORT=${port}\nDATABASE_URL=${url('ledger', RIGHT)}\n`,
      'logs/api.log': `${new Date(Date.now() - 7_200_000).toISOString()} ERROR password authentication failed for user "ledger"\n${quietLog(40, { minutesAgo: 90 })}`,
    });
    await scenario.start(START, { log: 'logs/api.log' });
    await untilListening(port);
    expect(await statusOf(port)).toBe(200);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [], secrets: [RIGHT] });
    expect(ruledOutIn(report)).toEqual(
      expect.arrayContaining(['database.auth-failed postgres', 'database.missing postgres']),
    );
  });
});
