import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';
import { startRedis } from '../support/startRedis.ts';

const redis = requireSystem('redis');

/** Asks its peer for each request, waits 700 ms at most, and says so when that is not enough. */
const SHOP = `const http = require('node:http');
const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' ' + text);
const peer = process.env.BILLING_URL;
const ask = async () => {
  const response = await fetch(peer + '/price', { signal: AbortSignal.timeout(700) });
  return response.text();
};
http.createServer(async (request, response) => {
  try {
    await ask();
    log('INFO ', request.url + ' 200');
    response.end('ok');
  } catch (error) {
    log('ERROR', 'GET ' + peer + '/price failed: timed out after 700 ms (' + error.name + ')');
    response.writeHead(request.url === '/health' ? 503 : 502).end('billing is slow');
  }
}).listen(Number(process.env.PORT), '127.0.0.1', () => log('INFO ', 'listening'));
`;
/** Answers after as many milliseconds as the file says; /price alone is slow. */
const BILLING = `const { readFileSync } = require('node:fs');
require('node:http').createServer((request, response) => {
  const delay = request.url === '/price' ? Number(readFileSync('delay.txt', 'utf8')) : 0;
  setTimeout(() => response.end('7'), delay);
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

describe('upstream.slow', () => {
  let scenario: Scenario;
  let port: number;
  let peerPort: number;
  beforeEach(async () => {
    scenario = await createScenario();
    [port, peerPort] = [await freePort(), await freePort()];
  });
  afterEach(() => scenario.dispose());

  const ask = async (place: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${port}${place}`, { signal: AbortSignal.timeout(8_000) })).status;
  /** The peer is no part of the workspace. */
  const withOutsider = async (delayMs: number, shop = SHOP): Promise<void> => {
    await scenario.write({
      'package.json': '{ "name": "shop", "scripts": { "start": "node --env-file=.env app.js" } }\n',
      '.env': `PORT=${port}\nBILLING_URL=http://127.0.0.1:${peerPort}\n`,
      'app.js': shop,
      '../outside/billing.js': BILLING,
      '../outside/delay.txt': String(delayMs),
    });
    await scenario.start(['node', 'billing.js'], { cwd: '../outside', env: { PORT: String(peerPort) } });
    await scenario.start(['node', '--env-file=.env', 'app.js'], { log: 'logs/shop.log' });
    await Promise.all([untilListening(port), untilListening(peerPort)]);
  };

  it('is the root when the peer that the log names takes too long now; the health route that fails follows from it', async () => {
    await withOutsider(2_500);
    for (let i = 0; i < 3; i++) expect(await ask('/items')).toBe(502);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['upstream.slow billing'] });
    const [root] = report.findings;
    expect(root).toMatchObject({ category: 'performance', confidence: 'proved' });
    expect(root?.summary).toMatch(
      new RegExp(
        `^billing at 127\\.0\\.0\\.1:${peerPort} answers slowly: .* though it takes connections at once; shop waits 0\\.7 s for it$`,
      ),
    );
    expect(root?.evidence.map(({ source }) => source)).toEqual(
      expect.arrayContaining([`GET http://127.0.0.1:${peerPort}/price`, `tcp://127.0.0.1:${peerPort}`, '.env:2']),
    );
    expect(report.findings.map(({ cause, target }) => `${cause} ${target}`)).toContain('service.down shop');
  });

  it('is found by a health route that takes too long, with no word in the log', async () => {
    await withOutsider(
      2_500,
      `require('node:http').createServer(async (request, response) => {
  if (request.url === '/health') {
    await fetch(process.env.BILLING_URL + '/price');
  }
  response.end('ok');
}).listen(Number(process.env.PORT), '127.0.0.1', () => console.log('INFO listening'));\n`,
    );
    // What the variable names is what is asked: here it is the slow path.
    await scenario.write({ '.env': `PORT=${port}\nBILLING_URL=http://127.0.0.1:${peerPort}/price\n` });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['upstream.slow billing'] });
    expect(report.findings[0]?.summary).toMatch(/shop answers nothing meanwhile$/);
  });

  it('follows from the event loop of the peer that is blocked, a service of the same workspace', async () => {
    await scenario.write({
      'package.json': '{ "private": true, "workspaces": ["services/*"] }\n',
      'services/shop/package.json': '{ "name": "shop", "scripts": { "start": "node --env-file=.env app.js" } }\n',
      'services/shop/.env': `PORT=${port}\nBILLING_URL=http://127.0.0.1:${peerPort}\n`,
      'services/shop/app.js': SHOP,
      'services/billing/package.json': '{ "name": "billing", "scripts": { "start": "node --env-file=.env app.js" } }\n',
      'services/billing/.env': `PORT=${peerPort}\n`,
      'services/billing/app.js': `require('node:http').createServer((request, response) => response.end('7')).listen(Number(process.env.PORT), '127.0.0.1');
setTimeout(() => { for (;;) Math.sqrt(2); }, 6_000);\n`,
    });
    const start = ['node', '--env-file=.env', 'app.js'] as const;
    await scenario.start(start, { cwd: 'services/billing', log: 'services/billing/logs/billing.log' });
    await untilListening(peerPort);
    await new Promise((resolve) => setTimeout(resolve, 6_500));
    await scenario.start(start, { cwd: 'services/shop', log: 'services/shop/logs/shop.log' });
    await untilListening(port);
    for (let i = 0; i < 2; i++) expect(await ask('/items')).toBe(502);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['event-loop.blocked billing'] });
    expect(report.findings.map(({ cause, target }) => `${cause} ${target}`)).toContain('upstream.slow billing');
  });

  it('misleading: the log complains of the peer, which answers at once now', async () => {
    await withOutsider(2_500);
    expect(await ask('/items')).toBe(502);
    await scenario.write({ '../outside/delay.txt': '0' });
    const report = await scenario.diagnose();
    expect(report.findings.map(({ cause }) => cause)).not.toContain('upstream.slow');
    expect(ruledOutIn(report)).toContain('upstream.slow billing');
  });

  it('misleading: the slow call was a POST, and what may be asked is quick: unknown', async () => {
    await withOutsider(2_500, SHOP.replace("'GET '", "'POST '"));
    expect(await ask('/items')).toBe(502);
    const report = await scenario.diagnose();
    expect(report.findings.map(({ cause }) => cause)).not.toContain('upstream.slow');
    expect(report.unknown.find(({ cause }) => cause === 'upstream.slow')?.because).toContain('the slow call was POST');
  });

  it('healthy look-alike: the peer was slow, and calls succeed since', async () => {
    await withOutsider(2_500);
    expect(await ask('/items')).toBe(502);
    await scenario.write({ '../outside/delay.txt': '0' });
    for (let i = 0; i < 8; i++) expect(await ask('/items')).toBe(200);
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  it('healthy look-alike: a slow peer of which nobody complains', async () => {
    await withOutsider(2_500, SHOP.replace('timeout(700)', 'timeout(9000)'));
    expect(await ask('/items')).toBe(200);
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  describe.skipIf(!redis.available)('of a Redis', () => {
    const CART = `const http = require('node:http');
const net = require('node:net');
const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' ' + text);
const target = new URL(process.env.REDIS_URL);
http.createServer((request, response) => {
  const started = Date.now();
  const socket = net.connect(Number(target.port), target.hostname, () => socket.write('GET cart:1\\r\\n'));
  socket.once('error', () => response.writeHead(502).end());
  socket.once('data', () => {
    socket.destroy();
    const took = Date.now() - started;
    log(took > 100 ? 'WARN ' : 'INFO ', 'redis GET cart took ' + took + ' ms');
    response.end('ok');
  });
}).listen(Number(process.env.PORT), '127.0.0.1', () => log('INFO ', 'listening'));
`;
    const withCart = async (): Promise<Awaited<ReturnType<typeof startRedis>>> => {
      const server = await startRedis(['--enable-debug-command', 'yes']);
      scenario.onDispose(() => server.dispose());
      await scenario.write({
        'package.json':
          '{ "name": "cart", "scripts": { "start": "node --env-file=.env app.js" }, "dependencies": { "redis": "^4.0.0" } }\n',
        'node_modules/redis/package.json': '{ "name": "redis", "version": "4.0.0" }\n',
        '.env': `PORT=${port}\nREDIS_URL=redis://127.0.0.1:${server.port}\n`,
        'app.js': CART,
      });
      await scenario.start(['node', '--env-file=.env', 'app.js'], { log: 'logs/cart.log' });
      await untilListening(port);
      return server;
    };

    it('names the command that holds everybody up', async () => {
      const server = await withCart();
      server.cli('debug', 'populate', '1000000', 'session', '10');
      for (let i = 0; i < 3; i++) {
        const walk = scenario.run([
          'redis-cli',
          '-p',
          String(server.port),
          'eval',
          "redis.call('keys', '*'); redis.call('keys', '*'); return 1",
          '0',
        ]);
        await new Promise((resolve) => setTimeout(resolve, 60));
        expect(await ask('/cart')).toBe(200);
        await walk;
      }
      await scenario.run(['redis-cli', '-p', String(server.port), 'keys', '*'], { log: '../outside/keys.txt' });
      const report = await scenario.diagnose();
      expectSound(report, { roots: ['upstream.slow redis'] });
      const [root] = report.findings;
      expect(root?.summary).toMatch(/^Redis at 127\.0\.0\.1:\d+ is slow: (?:EVAL|KEYS) held it up for \d+ ms/);
      expect(root?.evidence[0]).toMatchObject({ kind: 'database' });
      expect(root?.evidence.some(({ kind, text }) => kind === 'log' && text.includes('redis GET cart took'))).toBe(
        true,
      );
    });

    it('healthy look-alike: a slow command at night that nobody noticed', async () => {
      const server = await withCart();
      server.cli('debug', 'sleep', '0.3');
      for (let i = 0; i < 5; i++) expect(await ask('/cart')).toBe(200);
      expectSound(await scenario.diagnose(), { roots: [] });
    });

    it('misleading: it says that Redis is slow, and Redis knows nothing of it', async () => {
      await withCart();
      await scenario.run(
        ['node', '-e', "console.log(new Date().toISOString() + ' WARN  redis GET cart took 900 ms')"],
        { log: 'logs/cart.log' },
      );
      const report = await scenario.diagnose();
      expectSound(report, { roots: [] });
      expect(ruledOutIn(report)).toContain('upstream.slow redis');
    });
  });
});
