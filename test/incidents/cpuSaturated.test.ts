import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';

const linux = requireSystem('linux');

/** Everything of these tests runs on one core, so that the others of the machine stay free. */
const ON_ONE_CORE = ['taskset', '--cpu-list', '1'] as const;
/** Uses up a core for half a minute at most. */
const BURNER =
  'import os, time\nprint(f"burns as {os.getpid()}.", flush=True)\nend = time.time() + 30\nwhile time.time() < end:\n    sum(range(20000))\n';
/** A health route that takes a fixed amount of CPU time, or waits for something; the environment says how much. */
const SERVICE = `const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' ' + text);
const spend = (milliseconds) => {
  const start = process.cpuUsage().user;
  while (process.cpuUsage().user - start < milliseconds * 1000);
};
require('node:http').createServer((request, response) => {
  if (request.url === '/health') spend(Number(process.env.COST));
  setTimeout(() => response.end('ok'), Number(process.env.WAIT));
}).listen(Number(process.env.PORT), '127.0.0.1', () => {
  log('INFO ', 'listening');
  if (process.env.COMPLAINT) log('WARN ', process.env.COMPLAINT);
});
`;
/** Hashes in three threads of its own. */
const THREADED = `const { Worker, isMainThread } = require('node:worker_threads');
if (!isMainThread) { for (const end = Date.now() + 30_000; Date.now() < end; ); }
else {
  for (let i = 0; i < 3; i++) new Worker(__filename).unref();
  setInterval(() => console.log(new Date().toISOString() + ' WARN  hashing took 4210 ms, expected 300 ms'), 200);
  require('node:http').createServer((request, response) => response.end('ok')).listen(Number(process.env.PORT), '127.0.0.1');
}
`;

describe.skipIf(!linux.available)('cpu.saturated', () => {
  let scenario: Scenario;
  let port: number;
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
  });
  afterEach(() => scenario.dispose());

  const startService = async (settings: { cost?: number; wait?: number; complaint?: string }): Promise<void> => {
    const { cost = 0, wait = 0, complaint = '' } = settings;
    await scenario.write({
      'package.json': '{}\n',
      Procfile: 'api: node api.js\nreport: python3 report.py\n',
      'api.js': SERVICE,
      'report.py': BURNER,
      '../outside/encode.py': BURNER,
    });
    const env = { PORT: String(port), COST: String(cost), WAIT: String(wait), COMPLAINT: complaint };
    await scenario.start([...ON_ONE_CORE, 'node', 'api.js'], { log: 'logs/api.log', env });
    await untilListening(port);
  };
  const burn = async (count: number, file: string): Promise<void> => {
    const pids: number[] = [];
    for (let i = 0; i < count; i++) {
      const options = { log: '../outside/burners.log', cwd: file === 'encode.py' ? '../outside' : '' };
      pids.push((await scenario.start([...ON_ONE_CORE, 'python3', file], options)).pid);
    }
    for (const pid of pids) await scenario.until('../outside/burners.log', `burns as ${pid}.`);
  };

  it('is the root of a slow health route: programs of somebody else have its core', async () => {
    await startService({ cost: 150 });
    await burn(8, 'encode.py');
    const report = await scenario.diagnose({ timeoutMs: 60_000 });
    expectSound(report, { roots: ['cpu.saturated api'] });
    const [root] = report.findings;
    expect(root?.confidence).toBe('proved');
    expect(root?.summary).toMatch(
      /^api got a core for [\d.]+ s and waited [\d.]+ s for one within [\d.]+ s: the core 1 of api is taken by \S*python3 encode\.py \(\d processes, one is pid \d+, [\d.]+ cores\)/,
    );
    expect(root?.evidence.map(({ source }) => source)).toEqual(
      expect.arrayContaining([
        '/proc/stat',
        expect.stringMatching(/^\/proc\/\d+\/task\/\*\/schedstat$/),
        `GET http://127.0.0.1:${port}/health`,
      ]),
    );
  });

  it('is likely while the service rests: another service of the workspace has the core, and it said that it is slow', async () => {
    await startService({ complaint: 'GET /search took 5200 ms' });
    await burn(8, 'report.py');
    const report = await scenario.diagnose({ timeoutMs: 60_000 });
    expectSound(report, { roots: ['cpu.saturated api'] });
    expect(report.findings[0]).toMatchObject({
      confidence: 'likely',
      summary: expect.stringMatching(
        /^api says that it is slow, and the core 1 of api is taken by report \(\d processes/,
      ),
    });
  });

  it('is the root where the service has more busy threads than cores', async () => {
    await scenario.write({
      'package.json': '{ "name": "hasher", "scripts": { "start": "node --env-file=.env app.js" } }\n',
      '.env': `PORT=${port}\n`,
      'app.js': THREADED,
    });
    await scenario.start([...ON_ONE_CORE, 'node', '--env-file=.env', 'app.js'], { log: 'logs/hasher.log' });
    await scenario.until('logs/hasher.log', 'WARN  hashing');
    const report = await scenario.diagnose({ timeoutMs: 60_000 });
    expectSound(report, { roots: ['cpu.saturated hasher'] });
    expect(report.findings[0]?.summary).toMatch(/^hasher itself keeps the core 1 of hasher busy with \d threads/);
  });

  it('misleading: its core is taken, but it waits for something else than a core', async () => {
    await startService({ wait: 1_200, complaint: 'GET /search took 5200 ms, CPU overloaded?' });
    await burn(3, 'encode.py');
    const report = await scenario.diagnose({ timeoutMs: 60_000 });
    expect(report.findings.filter(({ cause }) => cause === 'cpu.saturated')).toEqual([]);
    expect(ruledOutIn(report)).toContain('cpu.saturated api');
  });

  it('healthy look-alike: a build of the workspace has every core, and the service is fine', async () => {
    await startService({ cost: 1 });
    await burn(4, 'report.py');
    const report = await scenario.diagnose({ timeoutMs: 60_000 });
    expectSound(report, { roots: [] });
    expect(ruledOutIn(report)).not.toContain('cpu.saturated api');
  });
});
