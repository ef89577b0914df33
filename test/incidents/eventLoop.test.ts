import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { createScenario, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';

const NOW = 'new Date().toISOString()';
/** Offers a health route; `work` is called once a client asked for `/start`, and `ready` when it listens. */
const service = (work: string, ready = ''): string => `const http = require('node:http');
const log = (level, text) => console.log(${NOW} + ' ' + level + ' ' + text);
const port = Number(process.env.PORT);
function work() {
${work}
}
http.createServer((request, response) => {
  if (request.url === '/start') setTimeout(work, 50);
  if (request.url === '/health') return response.end('ok');
  response.end('ok');
}).listen(port, '127.0.0.1', () => { log('INFO ', 'listening'); ${ready} });
`;
const COMPUTES = '  for (let i = 0; ; i++) Math.sqrt(i);';

describe('event-loop.blocked', () => {
  let scenario: Scenario;
  let port: number;
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
    await scenario.write({
      'package.json': '{ "name": "reports", "scripts": { "start": "node --env-file=.env app.js" } }\n',
      '.env': `PORT=${port}\n`,
    });
  });
  afterEach(() => scenario.dispose());

  const log = { log: 'logs/reports.log' };
  const start = async (app: string): Promise<void> => {
    await scenario.write({ 'app.js': app });
    await scenario.start(['node', '--env-file=.env', 'app.js'], log);
    await untilListening(port);
  };
  /** What a service does at its start is not judged. */
  const grown = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 6_500));
  const ask = async (place: string): Promise<void> => {
    await fetch(`http://127.0.0.1:${port}${place}`, { signal: AbortSignal.timeout(5_000) });
    await new Promise((resolve) => setTimeout(resolve, 200));
  };

  it('is the root when the one thread computes and the health route is not answered', async () => {
    await start(service(COMPUTES));
    await grown();
    await ask('/start');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['event-loop.blocked reports'] });
    const [root] = report.findings;
    expect(root).toMatchObject({ category: 'performance', confidence: 'proved' });
    expect(root?.summary).toMatch(
      /^The event loop of reports is blocked: its one thread computes all the time \(\d+ % of a core\) and gives no answer within 2\.\d s$/,
    );
    expect(root?.evidence.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['probe', 'process']));
    expect(root?.advice.first).toMatch(/kill -USR1 \d+/);
  });

  it('is found without a health route, when nobody takes the connection', async () => {
    await start(service(COMPUTES).replace(/.*'\/health'.*\n/, ''));
    await grown();
    await ask('/start');
    expectSound(await scenario.diagnose(), { roots: ['event-loop.blocked reports'] });
  });

  it('is found in an asyncio service, and names the line that its own debug log names', async () => {
    await scenario.write({
      'package.json': '{}\n',
      Procfile: 'api: python3 api.py\n',
      'api.py': `import asyncio, logging, os, time
logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.INFO)

async def crunch():
    end = time.monotonic() + 1.2
    while time.monotonic() < end: pass

async def work():
    await asyncio.sleep(0.5)
    await asyncio.create_task(crunch())
    while True: pass

async def handle(reader, writer):
    request = (await reader.readline()).decode()
    if "/start" in request: asyncio.get_running_loop().kept = asyncio.create_task(work())
    writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\nok")
    await writer.drain()
    writer.close()

async def main():
    asyncio.get_running_loop().slow_callback_duration = 0.5
    server = await asyncio.start_server(handle, "127.0.0.1", ${port})
    logging.info("ready")
    await server.serve_forever()

asyncio.run(main(), debug=True)
`,
    });
    await scenario.start(['python3', 'api.py'], { log: 'logs/api.log' });
    await untilListening(port);
    await grown();
    await ask('/start');
    await scenario.until('logs/api.log', 'took 1.');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['event-loop.blocked api'] });
    const sources = report.findings[0]?.evidence.map(({ kind, source }) => `${kind} ${source.replace(/:\d+$/, '')}`);
    expect(sources).toEqual(expect.arrayContaining(['log logs/api.log', 'code api.py']));
    expect(report.findings[0]?.advice.first).toMatch(/py-spy dump --pid \d+/);
  });

  it('is found when its thread does not compute but waits in a blocking call', async () => {
    await start(service("  require('node:child_process').execSync('sleep 30');"));
    await grown();
    await ask('/start');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['event-loop.blocked reports'] });
    expect(report.findings[0]).toMatchObject({ confidence: 'likely' });
    expect(report.findings[0]?.summary).toContain('waits in a blocking call, takes no connection');
  });

  it('misleading: it says that its loop was blocked, and answers at once now', async () => {
    await start(
      service('', `log('WARN ', 'event loop blocked for 2400 ms'); setInterval(() => log('INFO ', 'tick'), 400);`),
    );
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(ruledOutIn(report)).toContain('event-loop.blocked reports');
    expect(report.ruledOut.find(({ cause }) => cause === 'event-loop.blocked')?.because).toMatch(
      /^it answers in \d+ ms now$/,
    );
  });

  it('is told as likely when it says so again and again, though it answers just now', async () => {
    await start(
      service(
        '',
        `for (let i = 0; i < 4; i++) { const end = Date.now() + 1100; while (Date.now() < end); log('WARN ', 'event loop blocked for 1100 ms'); } log('INFO ', 'calm');`,
      ),
    );
    await scenario.until('logs/reports.log', 'calm');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['event-loop.blocked reports'] });
    expect(report.findings[0]).toMatchObject({ confidence: 'likely' });
    expect(report.findings[0]?.summary).toContain('blocked 4 times within two minutes');
  });

  it('misleading: it answers nothing and complains of its loop, but its thread is idle: it waits for a peer', async () => {
    await start(
      `require('node:http').createServer((request, response) => { if (request.url === '/health') setTimeout(() => response.end('ok'), 60_000); })
  .listen(Number(process.env.PORT), '127.0.0.1', () => console.log(${NOW} + ' WARN  event loop lag of 400 ms'));\n`,
    );
    await grown();
    const report = await scenario.diagnose();
    expect(report.findings.map(({ cause }) => cause)).not.toContain('event-loop.blocked');
    expect(report.ruledOut.find(({ cause }) => cause === 'event-loop.blocked')?.because).toContain(
      'its first thread is idle',
    );
  });

  it('healthy look-alike: a busy service that still answers', async () => {
    await start(service('  const end = Date.now() + 40; while (Date.now() < end); setImmediate(work);', 'work();'));
    await grown();
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  it('healthy look-alike: a batch job that computes and has no port', async () => {
    await scenario.write({
      'package.json': '{ "name": "reports", "scripts": { "start": "node app.js" } }\n',
      '.env': '',
    });
    await scenario.write({ 'app.js': `console.log(${NOW} + ' INFO  crunching');\n${COMPUTES}\n` });
    await scenario.start(['node', 'app.js'], log);
    await scenario.until('logs/reports.log', 'crunching');
    await grown();
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  it('healthy look-alike: a server of another protocol that computes and serves its clients', async () => {
    await start(`require('node:net').createServer((socket) => socket.on('data', (data) => { if (String(data).startsWith('PING')) socket.end('PONG'); }))
  .listen(Number(process.env.PORT), '127.0.0.1');
const work = () => { const end = Date.now() + 40; while (Date.now() < end); setImmediate(work); };
work();\n`);
    await grown();
    expectSound(await scenario.diagnose(), { roots: [] });
  });
});
