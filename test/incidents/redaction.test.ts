import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { installPackages, manifest, START } from '../support/realServices.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';
import { expectSound } from '../support/soundReport.ts';

const SECRETS = {
  database: 'Zebra/Pencil#7 &x',
  file: 'heron-Quarry-5512',
  compose: 'otter!Velvet(88)',
  cookie: 'ck-77aa-Magnet-02',
  header: 'hdr-0044-Falcon-zz',
  inactive: 'prod-9917-Marble-k',
};

describe('the report of a program that logs its secrets', () => {
  let scenario: Scenario;
  beforeEach(async () => {
    scenario = await createScenario();
    await installPackages(scenario);
  });
  afterEach(() => scenario.dispose());

  it('names the cause and holds none of them, in no form', async () => {
    const gone = await freePort();
    const url = `postgres://vault:${encodeURIComponent(SECRETS.database)}@127.0.0.1:${gone}/vault`;
    await scenario.write({
      'package.json': manifest('vault'),
      '.env': `PORT=${await freePort()}\nDATABASE_URL="${url}"\nCOOKIE_KEY=${SECRETS.cookie}\n`,
      '.env.production': `ADMIN_TOKEN=${SECRETS.inactive}\n`,
      'config/mail.json': `{\n  "smtp": { "user": "post" },\n  "password": "${SECRETS.file}"\n}\n`,
      'compose.yaml': `services:\n  cache:\n    image: redis:7\n    environment:\n      REDIS_PASSWORD: "${SECRETS.compose}"\n`,
      'app.js': `const { Client } = require('pg');
const mail = require('./config/mail.json');
const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' ' + text);
const own = decodeURIComponent(new URL(process.env.DATABASE_URL).password);
new Client({ connectionString: process.env.DATABASE_URL }).connect().catch((error) => {
  log('ERROR', error.message + ' url=' + process.env.DATABASE_URL + ' pw=' + own + ' b64=' + Buffer.from('vault:' + own).toString('base64'));
  log('ERROR', error.message + ' ' + JSON.stringify({ mail, own, cache: ${JSON.stringify(SECRETS.compose)} }));
  log('ERROR', error.message + ' cookie=' + process.env.COOKIE_KEY + ' X-Api-Key: ${SECRETS.header} admin ${SECRETS.inactive} ' + encodeURIComponent(own));
  const failure = new Error(error.message + ' for postgres://vault:' + own + '@127.0.0.1:${gone}/vault');
  setTimeout(() => { throw failure; });
});
`,
    });
    for (let run = 0; run < 2; run++) await scenario.run(START, { log: 'logs/vault.log' });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.unreachable postgres'], secrets: Object.values(SECRETS) });
    const text = JSON.stringify(report);
    expect(text).toContain('‹redacted:DATABASE_URL›');
    expect(text).not.toContain('Zebra');
    expect(text).toContain(`127.0.0.1:${gone}`);
  });

  it('stays readable when the password is the name of the database', async () => {
    const gone = await freePort();
    await scenario.write({
      'package.json': manifest('orders'),
      '.env': `DATABASE_URL=postgres://orders:orders@127.0.0.1:${gone}/orders\n`,
      'app.js': `new (require('pg').Client)({ connectionString: process.env.DATABASE_URL }).connect();\n`,
    });
    for (let run = 0; run < 2; run++) await scenario.run(START, { log: 'logs/orders.log' });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.unreachable postgres'] });
    expect(report.findings[0]?.summary).toBe(
      `PostgreSQL refuses connections at 127.0.0.1:${gone}: nothing listens there, and orders needs it`,
    );
    expect(JSON.stringify(report)).not.toContain('orders:orders@');
  });
});
