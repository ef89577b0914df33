import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { START, statusOf } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';
import { startRedis } from '../support/startRedis.ts';

const redis = requireSystem('redis');
const PASSWORD = 'copper+Lantern/5';

/** Counts hits in Redis; an answer other than a number, or none, is a 500. */
const COUNTER = `const http = require('node:http');
const net = require('node:net');
const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' [counter] ' + text);
const target = process.env.REDIS_URL ? new URL(process.env.REDIS_URL) : { hostname: process.env.CACHE_HOST, port: process.env.CACHE_PORT };
const incr = () => new Promise((resolve, reject) => {
  const socket = net.connect(Number(target.port), target.hostname, () => {
    if (target.password) socket.write('AUTH ' + decodeURIComponent(target.password) + '\\r\\n');
    socket.write('INCR hits\\r\\n');
  });
  socket.once('error', reject).on('data', (data) => {
    const error = /-(\\w+ .*)\\r/.exec(String(data));
    if (error) reject(new Error('redis: ' + error[1]));
    else if (/:\\d/.test(String(data))) resolve();
    else return;
    socket.destroy();
  });
});
http.createServer((request, response) => incr().then(() => response.end('ok'), (error) => {
  log('ERROR', request.url + ' 500 ' + error.message);
  response.writeHead(500).end();
})).listen(Number(process.env.PORT), '127.0.0.1', () => log('INFO ', 'ready'));
`;

describe.skipIf(!redis.available)('cache', () => {
  let scenario: Scenario;
  let port: number;
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
    await scenario.write({
      'package.json':
        '{ "name": "counter", "scripts": { "start": "node --env-file=.env app.js" }, "dependencies": { "redis": "^4.0.0" } }\n',
      'node_modules/redis/package.json': '{ "name": "redis", "version": "4.0.0" }\n',
      'app.js': COUNTER,
      'logs/counter.log': quietLog(50, { minutesAgo: 240 }),
    });
  });
  afterEach(() => scenario.dispose());

  const serve = async (status: number): Promise<void> => {
    await scenario.start(START, { log: 'logs/counter.log' });
    await untilListening(port);
    expect(await statusOf(port)).toBe(status);
  };

  it.each([
    ['a URL', (at: number) => `REDIS_URL=redis://127.0.0.1:${at}/2`],
    ['a host and a port', (at: number) => `CACHE_HOST=localhost\nCACHE_PORT=${at}`],
  ])('is unreachable by %s when it was stopped', async (_, settings) => {
    const server = await startRedis();
    await scenario.write({ '.env': `PORT=${port}\n${settings(server.port)}\n` });
    await serve(200);
    await server.dispose();
    expect(await statusOf(port)).toBe(500);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['cache.unreachable redis'] });
    expect(report.findings[0]).toMatchObject({ confidence: 'proved' });
    expect(report.findings[0]?.summary).toContain(`Redis refuses connections at`);
  });

  it('rejects the password, and is not called unreachable', async () => {
    const server = await startRedis(['--requirepass', PASSWORD]);
    scenario.onDispose(() => server.dispose());
    await scenario.write({
      '.env': `PORT=${port}\nREDIS_URL=redis://:${encodeURIComponent(`${PASSWORD}x`)}@127.0.0.1:${server.port}\n`,
    });
    await serve(500);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['cache.auth-failed redis'], secrets: [PASSWORD, `${PASSWORD}x`] });
    expect(ruledOutIn(report)).toContain('cache.unreachable redis');
  });

  it('asks for a password that is not configured', async () => {
    const server = await startRedis(['--requirepass', PASSWORD]);
    scenario.onDispose(() => server.dispose());
    await scenario.write({ '.env': `PORT=${port}\nREDIS_URL=redis://127.0.0.1:${server.port}\n` });
    await serve(500);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['cache.auth-failed redis'], secrets: [PASSWORD] });
    expect(report.findings[0]?.summary).toContain('asks for a password, and none is configured');
  });

  it('database.starting: one that still loads its data set is there, and is not called unreachable', async () => {
    const server = await startRedis(['--dir', scenario.outside]);
    server.cli('EVAL', "for i = 1, 2000 do redis.call('SET', 'key' .. i, string.rep('x', 64)) end", '0');
    server.cli('SAVE');
    await server.dispose();
    const address = ['--port', String(server.port), '--bind', '127.0.0.1', '--dir', scenario.outside, '--save', ''];
    // Thirty milliseconds for each key, and a look at its clients in between.
    const slowly = ['--key-load-delay', '30000', '--loading-process-events-interval-bytes', '1024'];
    await scenario.start(['redis-server', ...address, ...slowly], { log: '../redis.log' });
    await untilListening(server.port);
    await scenario.write({ '.env': `PORT=${port}\nREDIS_URL=redis://127.0.0.1:${server.port}\n` });
    await serve(500);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.starting redis'] });
    expect(report.findings[0]?.summary).toMatch(/Redis at .* still loads its data set from the disk/);
    expect(ruledOutIn(report)).toContain('cache.unreachable redis');
  });

  it('is fine with the right password, whatever was wrong yesterday', async () => {
    const server = await startRedis(['--requirepass', PASSWORD]);
    scenario.onDispose(() => server.dispose());
    const old = new Date(Date.now() - 20 * 3_600_000).toISOString();
    await scenario.write({
      '.env': `PORT=${port}\nREDIS_URL=redis://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${server.port}\n`,
      'logs/counter.log': `${`${old} ERROR [counter] redis: WRONGPASS invalid username-password pair\n`.repeat(80)}${quietLog(60, { minutesAgo: 900 })}`,
    });
    await serve(200);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [], secrets: [PASSWORD] });
    expect(ruledOutIn(report)).toEqual(expect.arrayContaining(['cache.auth-failed redis', 'cache.unreachable redis']));
  });
});
