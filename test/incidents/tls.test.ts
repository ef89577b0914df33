import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Authority, createAuthority } from '../support/certificates.ts';
import { freePort } from '../support/freePort.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound } from '../support/soundReport.ts';

const openssl = requireSystem('openssl');

/** Calls its peer twice a second and logs what came of it. */
const CALLER = `const https = require('node:https');
const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' ' + text);
const options = process.env.LAX ? { rejectUnauthorized: false } : {};
const call = () => https.get(process.env.BILLING_URL, options, (response) => {
  response.resume();
  log('INFO ', 'billing answered ' + response.statusCode);
}).on('error', (error) => log('ERROR', 'billing failed: ' + error.message + ' ' + error.code));
require('node:http').createServer((request, response) => response.end('ok')).listen(Number(process.env.PORT), '127.0.0.1', () => log('INFO ', 'listening'));
call();
setInterval(call, 300);
`;
const PEER = `const [port, key, cert] = process.argv.slice(1);
const { readFileSync } = require('node:fs');
require('node:https').createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => response.end('ok')).listen(Number(port), '127.0.0.1');
`;

describe.skipIf(!openssl.available)('certificates of peers', () => {
  let scenario: Scenario;
  let authority: Authority;
  let port: number;
  beforeEach(async () => {
    scenario = await createScenario();
    authority = await createAuthority(scenario.outside);
    port = await freePort();
  });
  afterEach(() => scenario.dispose());

  const start = async (options: {
    names: string[];
    days: number;
    host?: string;
    trust?: boolean;
    lax?: boolean;
    log?: string;
  }) => {
    const own = await freePort();
    const { key, certificate } = await authority.issue('billing', options);
    await copyFile(authority.file, path.join(scenario.workspace, 'ca.pem'));
    await scenario.write({
      'package.json': '{ "name": "shop", "scripts": { "start": "node --env-file=.env app.js" } }\n',
      'app.js': CALLER,
      '.env': `PORT=${own}\nBILLING_URL=https://${options.host ?? 'localhost'}:${port}/\n${options.trust === false ? '' : 'NODE_EXTRA_CA_CERTS=ca.pem\n'}${options.lax ? 'LAX=1\n' : ''}`,
    });
    await scenario.start(['node', '-e', PEER, '--', String(port), key, certificate], { cwd: scenario.outside });
    await untilListening(port);
    // NODE_EXTRA_CA_CERTS is read before any env file.
    const env: Record<string, string> = options.trust === false ? {} : { NODE_EXTRA_CA_CERTS: 'ca.pem' };
    await scenario.start(['node', '--env-file=.env', 'app.js'], { log: 'logs/shop.log', env });
    await untilListening(own);
    await scenario.until('logs/shop.log', options.log ?? 'billing failed');
  };
  const valid = { names: ['DNS:localhost', 'IP:127.0.0.1'], days: 20 };

  it('tls.expired: says since when', async () => {
    await start({ ...valid, days: -1 });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['tls.expired billing'] });
    expect(report.findings[0]?.summary).toMatch(/expired 1 day ago/);
  });

  it('tls.untrusted: an authority that the service does not know', async () => {
    await start({ ...valid, trust: false });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['tls.untrusted billing'] });
    expect(report.findings[0]?.evidence.some(({ source }) => source === `tls://localhost:${port}`)).toBe(true);
  });

  it('tls.name-mismatch: says what the certificate is for', async () => {
    await start({ names: ['DNS:billing.internal.test'], days: 20 });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['tls.name-mismatch billing'] });
    expect(report.findings[0]?.summary).toContain('billing.internal.test');
  });

  it('healthy look-alike: a private authority that the service trusts', async () => {
    await start({ ...valid, log: 'billing answered 200' });
    const report = await scenario.diagnose();
    expect(report.findings).toEqual([]);
  });

  it('healthy look-alike: a self-made certificate for another name whose client does not verify', async () => {
    await start({ names: ['DNS:elsewhere.test'], days: 20, trust: false, lax: true, log: 'billing answered 200' });
    expect((await scenario.diagnose()).findings).toEqual([]);
  });

  it('misleading: the log of this morning complains of an expired certificate that was renewed since', async () => {
    await start({ ...valid, log: 'billing answered 200' });
    await scenario.write({
      'logs/shop.log': `${new Date(Date.now() - 3 * 3_600_000).toISOString()} ERROR billing failed: certificate has expired CERT_HAS_EXPIRED\n${new Date(Date.now() - 2 * 3_600_000).toISOString()} INFO  billing answered 200\n`,
    });
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect((await scenario.diagnose()).findings).toEqual([]);
  });
});
