import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { START, statusOf } from '../support/realServices.ts';
import { createScenario, quietLog, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';

const PEER = `const http = require('node:http');
http.createServer((q, s) => s.end('{}')).listen(Number(process.env.PORT), '127.0.0.1', () => console.log(new Date().toISOString() + ' INFO  listening on ' + process.env.PORT));
`;
/** A gateway that asks another service; `fetch failed` is all that it logs unless `cause` is wanted. */
const gateway = (variable: string, detail: boolean): string => `const http = require('node:http');
const log = (level, msg, more = {}) => console.log(JSON.stringify({ level, time: Date.now(), msg, ...more }));
http.createServer(async (request, response) => {
  try {
    await fetch(process.env.${variable} + request.url);
    log(30, 'served', { status: 200 });
    response.end('ok');
  } catch (error) {
    log(50, ${detail ? "'upstream: ' + error.cause.message + ' ' + (error.cause.errors ?? []).map((e) => e.message).join(' ')" : "'upstream: ' + error.message"}, { status: 502 });
    response.writeHead(502).end();
  }
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

describe('network.refused', () => {
  let scenario: Scenario;
  let port: number;
  let gone: number;
  beforeEach(async () => {
    scenario = await createScenario();
    [port, gone] = await Promise.all([freePort(), freePort()]);
    await scenario.write({
      'package.json': '{ "name": "gateway", "scripts": { "start": "node --env-file=.env app.js" } }\n',
    });
  });
  afterEach(() => scenario.dispose());

  it.each([
    ['its message names the address', true],
    ['its message is only "fetch failed"', false],
  ])('is the root behind a 502 when %s', async (_, detail) => {
    await scenario.write({
      '.env': `PORT=${port}\nPRICING_URL=http://127.0.0.1:${gone}\n`,
      'app.js': gateway('PRICING_URL', detail),
      'logs/gateway.log': quietLog(60, { minutesAgo: 400 }),
    });
    await scenario.start(START, { log: 'logs/gateway.log' });
    await untilListening(port);
    expect(await statusOf(port)).toBe(502);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['network.refused pricing'] });
    expect(report.findings[0]?.summary).toBe(
      `pricing at 127.0.0.1:${gone} refuses the connections of gateway: nothing listens there`,
    );
    expect(ruledOutIn(report)).toContain('service.down gateway');
  });

  it('has one root when the peer is another service of the workspace that does not run', async () => {
    await scenario.write({
      'package.json': '{ "private": true, "workspaces": ["services/*"] }\n',
      'services/gateway/package.json': '{ "name": "gateway", "scripts": { "start": "node app.js" } }\n',
      'services/gateway/.env': `PORT=${port}\nSTOCK_URL=http://localhost:${gone}\n`,
      'services/gateway/app.js': gateway('STOCK_URL', true),
      'services/stock/package.json': '{ "name": "stock", "scripts": { "start": "node app.js" } }\n',
      'services/stock/.env': `PORT=${gone}\n`,
      'services/stock/app.js': PEER,
    });
    await scenario.start(['node', '--env-file=.env', 'app.js'], {
      cwd: 'services/gateway',
      log: 'services/gateway/logs/out.log',
    });
    await untilListening(port);
    expect(await statusOf(port)).toBe(502);
    const report = await scenario.diagnose();
    const causes = report.findings.map(({ cause, target }) => `${cause} ${target}`);
    expect(causes[0]).toMatch(/^(?:service\.down|network\.refused) stock$/);
    expectSound(report, { roots: [causes[0] as string] });
  });

  it('says on which port a running peer really listens', async () => {
    const real = await freePort();
    await scenario.write({
      'package.json': '{ "private": true }\n',
      Procfile:
        'gateway: node --env-file=gateway/.env gateway/app.js\nstock: node --env-file=stock/.env stock/app.js\n',
      'gateway/.env': `PORT=${port}\nSTOCK_HOST=stock\nSTOCK_URL=http://127.0.0.1:${gone}\n`,
      'gateway/app.js': gateway('STOCK_URL', true),
      'stock/.env': `PORT=${real}\n`,
      'stock/app.js': PEER,
    });
    await scenario.start(['node', '--env-file=stock/.env', 'stock/app.js'], { log: 'logs/stock.log' });
    await scenario.start(['node', '--env-file=gateway/.env', 'gateway/app.js'], { log: 'logs/gateway.log' });
    await Promise.all([untilListening(port), untilListening(real)]);
    expect(await statusOf(port)).toBe(502);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['network.refused stock'] });
    expect(ruledOutIn(report)).toContain('service.down stock');
  });

  it.each([
    ['a broker', `AMQP_URL=amqp://guest:guest-Pw-17@127.0.0.1:`, 'AMQP_URL', 'amqp'],
    ['a mail server', `SMTP_HOST=127.0.0.1\nSMTP_PORT=`, 'SMTP_PORT', 'smtp'],
  ])('is the root of a crash loop when %s is down', async (_, settings, variable, target) => {
    await scenario.write({
      '.env': `${settings}${gone}\n`,
      'app.js': `// ${['SMTP_HOST', 'SMTP_PORT', 'AMQP_URL'].join(' ')}
const port = Number(/(\\d+)$/.exec(process.env.${variable})[1]);
console.log(new Date().toISOString() + ' INFO  connecting');
require('node:net').connect(port, '127.0.0.1');
`,
    });
    for (let run = 0; run < 2; run++) await scenario.run(START, { log: 'logs/gateway.log' });
    const report = await scenario.diagnose();
    expectSound(report, { roots: [`network.refused ${target}`], secrets: ['guest-Pw-17'] });
  });

  it('is refuted when the peer is up again', async () => {
    await scenario.start(['node', '-e', PEER], { cwd: scenario.outside, env: { PORT: String(gone) } });
    await untilListening(gone);
    const old = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
    await scenario.write({
      '.env': `PORT=${port}\nPRICING_URL=http://127.0.0.1:${gone}\n`,
      'app.js': gateway('PRICING_URL', true),
      'logs/gateway.log': `${Array.from({ length: 60 }, (_, i) => `${old(300 - i)} ERROR upstream: connect ECONNREFUSED 127.0.0.1:${gone}\n`).join('')}${quietLog(30, { minutesAgo: 200 })}`,
    });
    await scenario.start(START, { log: 'logs/gateway.log' });
    await untilListening(port);
    expect(await statusOf(port)).toBe(200);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(ruledOutIn(report)).toContain('network.refused pricing');
  });

  it('is silent about a collector that a working service cannot reach', async () => {
    await scenario.write({
      '.env': `PORT=${port}\nOTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:${gone}\n`,
      'app.js': `const http = require('node:http');
const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' ' + text);
http.createServer((q, s) => { log('INFO ', 'GET ' + q.url + ' 200'); s.end('ok'); }).listen(Number(process.env.PORT), '127.0.0.1');
http.get(process.env.OTEL_EXPORTER_OTLP_ENDPOINT).on('error', (e) => log('ERROR', 'exporter: ' + e.message));
`,
    });
    await scenario.start(START, { log: 'logs/gateway.log' });
    await untilListening(port);
    await scenario.until('logs/gateway.log', 'ECONNREFUSED');
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  it('is silent about warnings of attempts that were repeated with success', async () => {
    await scenario.start(['node', '-e', PEER], { cwd: scenario.outside, env: { PORT: String(gone) } });
    await untilListening(gone);
    const now = new Date().toISOString();
    await scenario.write({
      '.env': `PORT=${port}\nPRICING_URL=http://127.0.0.1:${gone}\n`,
      'app.js': gateway('PRICING_URL', true),
    });
    await scenario.start(START, { log: 'logs/gateway.log' });
    await untilListening(port);
    await scenario.run(
      [
        'node',
        '-e',
        `for (const [l, t] of [['WARN', 'connect ECONNREFUSED 127.0.0.1:${gone}, retry in 1 s'], ['WARN', 'connect ECONNREFUSED 127.0.0.1:${gone}, retry in 2 s'], ['INFO', 'connected to pricing after 3 attempts']]) console.log('${now} ' + l + ' ' + t)`,
      ],
      { log: 'logs/gateway.log' },
    );
    expectSound(await scenario.diagnose(), { roots: [] });
  });
});
