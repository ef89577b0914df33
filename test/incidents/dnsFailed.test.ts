import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { EAGER_SERVICE, installPackages, manifest, PATIENT_SERVICE, START, statusOf } from '../support/realServices.ts';
import { createScenario, quietLog, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';

const PASSWORD = 'velvet-Anchor-31';

/** Calls another service for each request and logs what fails. */
const CALLER = `import json, os, sys, datetime, urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
def log(level, text):
    print(f"{datetime.datetime.now():%Y-%m-%d %H:%M:%S},000 {level} rates: {text}", flush=True)
class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args): pass
    def do_GET(self):
        try:
            urllib.request.urlopen(os.environ["RATES_API_URL"], timeout=3).read()
            self.send_response(200)
        except OSError as error:
            log("ERROR", f"request failed: {error}")
            self.send_response(502)
        self.end_headers()
log("INFO", "listening")
HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;

describe('dns.failed', () => {
  let scenario: Scenario;
  let port: number;
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
    await installPackages(scenario);
    await scenario.write({ 'package.json': manifest('atlas'), 'app.js': EAGER_SERVICE });
  });
  afterEach(() => scenario.dispose());

  it('is the root when the database’s host is a compose name and the service runs outside', async () => {
    await scenario.write({
      'compose.yaml': `services:\n  db:\n    image: postgres:16\n    ports: ["127.0.0.1:5544:5432"]\n    environment:\n      POSTGRES_PASSWORD: ${PASSWORD}\n`,
      '.env': `PORT=${port}\nDATABASE_URL=postgres://postgres:${PASSWORD}@db:5432/atlas\n`,
    });
    for (let run = 0; run < 2; run++) await scenario.run(START, { log: 'logs/atlas.log' });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['dns.failed db'], secrets: [PASSWORD] });
    expect(report.findings[0]?.summary).toBe(
      'The host name db (from DATABASE_URL) exists only inside the compose network, and the service runs outside it',
    );
    expect(report.findings.map(({ cause }) => cause)).not.toContain('database.unreachable');
  });

  it('names the host that was meant, behind a 503', async () => {
    await scenario.write({
      'app.js': PATIENT_SERVICE,
      '.env': `PORT=${port}\nDATABASE_URL=postgres://atlas:${PASSWORD}@localhots:5432/atlas\n`,
      'logs/atlas.log': quietLog(50, { minutesAgo: 200 }),
    });
    await scenario.start(START, { log: 'logs/atlas.log' });
    await untilListening(port);
    expect(await statusOf(port)).toBe(503);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['dns.failed postgres'], secrets: [PASSWORD] });
    expect(report.findings[0]?.summary).toContain('did you mean localhost?');
  });

  it('is found when the error names no host, as Python’s does', async () => {
    await scenario.write({
      'package.json': '{}\n',
      Procfile: 'web: python3 rates.py\n',
      'rates.py': CALLER,
      '.env': `PORT=${port}\nRATES_API_URL=http://rates.internal.invalid:8080/latest\n`,
    });
    await scenario.start(['python3', 'rates.py'], {
      log: 'logs/web.log',
      env: { PORT: String(port), RATES_API_URL: 'http://rates.internal.invalid:8080/latest' },
    });
    await untilListening(port);
    expect(await statusOf(port)).toBe(502);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['dns.failed rates'] });
    expect(report.findings[0]?.summary).toContain('The host name rates.internal.invalid (from RATES_API_URL)');
  });

  it('is found when only the log names the host', async () => {
    await scenario.write({
      '.env': `PORT=${port}\n`,
      'app.js': `require('node:dns').lookup(['catalog', 'shop', 'invalid'].join('.'), (error) => { if (error) throw error; });\n`,
    });
    for (let run = 0; run < 2; run++) await scenario.run(START, { log: 'logs/atlas.log' });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['dns.failed atlas'] });
    expect(report.findings[0]?.summary).toContain('catalog.shop.invalid');
  });

  it('is silent about names that nothing complains of, and about collectors of a service that works', async () => {
    const port2 = port;
    await scenario.write({
      '.env': `PORT=${port}\nSENTRY_DSN=https://abc@sentry.nowhere.invalid/1\nSTRIPE_URL=https://api.stripe.invalid\nOTEL_EXPORTER_OTLP_ENDPOINT=http://otel.nowhere.invalid:4318\n`,
      'app.js': `process.env.SENTRY_DSN, process.env.STRIPE_URL;
const http = require('node:http');
const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' ' + text);
http.createServer((q, s) => { log('INFO ', 'GET ' + q.url + ' 200'); s.end('ok'); }).listen(Number(process.env.PORT), '127.0.0.1');
http.get(process.env.OTEL_EXPORTER_OTLP_ENDPOINT).on('error', (e) => log('ERROR', '[otel] export of spans failed: ' + e.message));
`,
    });
    await scenario.start(START, { log: 'logs/atlas.log' });
    await untilListening(port2);
    await scenario.until('logs/atlas.log', 'export of spans failed');
    expect(await statusOf(port2)).toBe(200);
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  it('is refuted when older entries name a host that resolves now', async () => {
    const old = new Date(Date.now() - 5 * 3_600_000).toISOString();
    await scenario.write({
      '.env': `PORT=${port}\n`,
      'app.js': `require('node:http').createServer((q, s) => s.end('ok')).listen(Number(process.env.PORT), '127.0.0.1');\n`,
      'logs/atlas.log': `${old} ERROR getaddrinfo EAI_AGAIN localhost\n${old} ERROR getaddrinfo EAI_AGAIN localhost\n${quietLog(30, { minutesAgo: 200 })}`,
    });
    await scenario.start(START, { log: 'logs/atlas.log' });
    await untilListening(port);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(ruledOutIn(report)).toContain('dns.failed atlas');
  });
});
