import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { EAGER_SERVICE, installPackages, manifest, PATIENT_SERVICE, START, statusOf } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';
import { type RunningPostgres, startPostgres } from '../support/startPostgres.ts';

const PASSWORD = 'mango-Kettle-77';
const postgres = requireSystem('postgres');

describe.skipIf(!postgres.available)('database.missing', () => {
  let db: RunningPostgres;
  let scenario: Scenario;
  let port: number;
  beforeAll(async () => {
    db = await startPostgres();
    db.sql(`CREATE ROLE clinic LOGIN PASSWORD '${PASSWORD}'`);
    db.sql('CREATE DATABASE appointments OWNER clinic');
  });
  afterAll(() => db.dispose());
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
    await installPackages(scenario);
    await scenario.write({ 'package.json': manifest('clinic'), 'app.js': EAGER_SERVICE });
  });
  afterEach(() => scenario.dispose());

  const url = (database: string): string => `postgres://clinic:${PASSWORD}@127.0.0.1:${db.port}/${database}`;

  it('is the root of a crash loop, and names the database that was meant', async () => {
    await scenario.write({ '.env': `PORT=${port}\nDATABASE_URL=${url('apointments')}\n` });
    for (let run = 0; run < 2; run++) await scenario.run(START, { log: 'logs/clinic.log' });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.missing postgres'], secrets: [PASSWORD] });
    expect(report.findings[0]?.summary).toBe(
      `PostgreSQL at 127.0.0.1:${db.port} has no database "apointments"; it has one called "appointments"`,
    );
    expect(report.findings[0]?.fixes).toEqual([]);
    expect(ruledOutIn(report)).toEqual(
      expect.arrayContaining(['database.unreachable postgres', 'database.auth-failed postgres']),
    );
  });

  it('offers to create it when there is none of a similar name, behind a 503', async () => {
    await scenario.write({ 'app.js': PATIENT_SERVICE, '.env': `PORT=${port}\nDATABASE_URL=${url('billing')}\n` });
    await scenario.start(START, { log: 'logs/clinic.log' });
    await untilListening(port);
    expect(await statusOf(port)).toBe(503);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.missing postgres'], secrets: [PASSWORD] });
    expect(report.findings[0]?.fixes[0]?.changes).toEqual([
      {
        kind: 'command',
        argv: ['createdb', '--host', '127.0.0.1', '--port', String(db.port), '--username', 'clinic', '--', 'billing'],
      },
    ]);
  });

  it('is refuted once it was created', async () => {
    await scenario.write({ '.env': `PORT=${port}\nDATABASE_URL=${url('archive')}\n` });
    await scenario.run(START, { log: 'logs/clinic.log' });
    db.sql('CREATE DATABASE archive OWNER clinic');
    await scenario.start(START, { log: 'logs/clinic.log' });
    await untilListening(port);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [], secrets: [PASSWORD] });
    expect(ruledOutIn(report)).toContain('database.missing postgres');
  });

  it('is not said when the configuration names no database', async () => {
    await scenario.write({
      '.env': `PORT=${port}\nDB_HOST=127.0.0.1\nDB_PORT=${db.port}\nDB_USER=clinic\nDB_PASSWORD=${PASSWORD}\n`,
      'app.js': `const { DB_HOST: host, DB_PORT: at, DB_USER: user, DB_PASSWORD: password } = process.env;
const pool = new (require('pg').Pool)({ host, port: Number(at), user, password, database: ['appoint', 'ments'].join('') });
require('node:http').createServer(async (q, s) => { await pool.query('select 1'); s.end('ok'); }).listen(Number(process.env.PORT), '127.0.0.1');
`,
    });
    await scenario.start(START, { log: 'logs/clinic.log' });
    await untilListening(port);
    expect(await statusOf(port)).toBe(200);
    expectSound(await scenario.diagnose(), { roots: [], secrets: [PASSWORD] });
  });
});
