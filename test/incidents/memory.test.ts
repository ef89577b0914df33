import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../server/protocol/diagnosis.ts';
import { applyFix, fixesOf } from '../support/applyFix.ts';
import { freePort } from '../support/freePort.ts';
import { makeGroup, type TestGroup } from '../support/makeGroup.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';

const cgroups = requireSystem('cgroups');

/** Fills 4 MiB every 20 ms and says how much that is; never gives anything back. */
const LEAK = `import os, time
print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "INFO ready", flush=True)
kept = []
while True:
    kept.append(bytearray(b"x" * (4 << 20)))
    time.sleep(0.02)
    rss = int(open("/proc/self/statm").read().split()[1]) * 4096
    print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), f"INFO handled request {len(kept)}, rss={rss >> 20}MB", flush=True)
`;
/** Takes 80 MiB at once, as an index that is loaded at the start. */
const GREEDY = `import time
print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "INFO loading the index", flush=True)
index = bytearray(b"x" * (80 << 20))
print("loaded", flush=True)
`;
/** Loads an index of 60 MB onto V8's heap before it listens. */
const INDEX = `console.log(new Date().toISOString() + ' INFO  loading the index');
const index = [];
for (let i = 0; i < 900; i++) index.push(Array.from({ length: 8000 }, () => Math.random() + i));
require('node:http').createServer((request, response) => response.end('ok')).listen(Number(process.env.PORT), '127.0.0.1', () => console.log(new Date().toISOString() + ' INFO  listening'));
`;

describe('memory', () => {
  let scenario: Scenario;
  let port: number;
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
  });
  afterEach(() => scenario.dispose());

  const python = (program: string): Promise<void> =>
    scenario.write({
      'package.json': '{}\n',
      Procfile: 'indexer: python3 indexer.py\n',
      'indexer.py': program,
      'logs/indexer.log': quietLog(40, { minutesAgo: 300, stepSeconds: 60 }),
    });
  const log = { log: 'logs/indexer.log' };

  describe.skipIf(!cgroups.available)('with a cgroup of its own', () => {
    const limited = (): TestGroup => {
      const group = makeGroup('memory', { 'memory.limit_in_bytes': String(40 << 20) });
      scenario.onDispose(() => group.dispose());
      return group;
    };

    it('memory.oom-kill: the kernel killed it at the limit of its cgroup', async () => {
      const group = limited();
      await python(GREEDY);
      expect(await scenario.run([...group.enter, 'python3', 'indexer.py'], log)).toBe('killed');
      const report = await scenario.diagnose();
      expectSound(report, { roots: ['memory.oom-kill indexer'] });
      const [root] = report.findings;
      expect(root?.confidence).toBe('proved');
      expect(root?.summary).toMatch(
        new RegExp(
          `^The kernel killed indexer \\(python3, pid \\d+\\) while it held \\d+ MiB: its cgroup ${group.path} was at its limit of 40 MiB`,
        ),
      );
      expect(root?.evidence[0]).toMatchObject({ kind: 'host', source: 'dmesg' });
    });

    it('memory.limit-too-low: killed at the limit in each of its starts', async () => {
      const group = limited();
      await python(GREEDY);
      for (let start = 0; start < 3; start++) await scenario.run([...group.enter, 'python3', 'indexer.py'], log);
      const report = await scenario.diagnose();
      expectSound(report, { roots: ['memory.limit-too-low indexer'] });
      expect(report.findings[0]?.summary).toContain(`may use 40 MiB (cgroup ${group.path})`);
      expect(report.findings.map(({ cause }) => cause)).toContain('memory.oom-kill');
    });

    it('memory.leak: its own figures rose until the kernel killed it', async () => {
      const group = limited();
      await python(LEAK);
      await scenario.run([...group.enter, 'python3', 'indexer.py'], log);
      const report = await scenario.diagnose();
      expectSound(report, { roots: ['memory.leak indexer'] });
      expect(report.findings[0]?.summary).toMatch(
        /^rss of indexer grew from \d+ MiB to \d+ MiB .* until the kernel killed it$/,
      );
    });

    it('misleading: another python3 was killed for memory while this one was killed by a person', async () => {
      const group = limited();
      await python('import os\nprint("INFO ready", flush=True)\nos.kill(os.getpid(), 9)\n');
      await scenario.write({ 'run.sh': 'python3 indexer.py\nexit $?\n', '../outside/other.py': GREEDY });
      await scenario.run([...group.enter, 'python3', '../outside/other.py'], { log: '../outside/other.log' });
      await scenario.run(['bash', 'run.sh'], log);
      const report = await scenario.diagnose();
      expectSound(report, { roots: ['service.down indexer'] });
      expect(ruledOutIn(report)).toContain('memory.oom-kill indexer');
    });

    it('healthy look-alike: it was killed once, and runs well since', async () => {
      const group = limited();
      await scenario.write({
        'package.json': '{}\n',
        Procfile: 'indexer: python3 indexer.py\n',
        'indexer.py': GREEDY,
      });
      await scenario.run([...group.enter, 'python3', 'indexer.py'], log);
      await scenario.write({
        'indexer.py': `import time\nprint(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "INFO ready", flush=True)\ntime.sleep(60)\n`,
      });
      await scenario.start(['python3', 'indexer.py'], log);
      await scenario.until('logs/indexer.log', 'INFO ready');
      expectSound(await scenario.diagnose(), { roots: [] });
    });
  });

  it('memory.leak: a service that still runs takes more with every request', async () => {
    await python(LEAK.replace('while True', 'while len(kept) < 200').replace('0.02', '0.05'));
    await scenario.start(['python3', 'indexer.py'], log);
    await scenario.until('logs/indexer.log', 'handled request 40,');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['memory.leak indexer'] });
    expect(report.findings[0]).toMatchObject({ confidence: 'proved' });
    expect(report.findings[0]?.evidence.at(-1)).toMatchObject({ kind: 'process' });
  });

  it('healthy look-alike: a heap that grows and is collected again', async () => {
    await scenario.write({
      'package.json': '{ "name": "shop", "scripts": { "start": "node app.js" } }\n',
      'app.js': `const kept = [];
const say = () => console.log(new Date().toISOString() + ' INFO  heapUsed=' + (30 + (kept.length % 9) * 20) + 'MB');
console.log(new Date().toISOString() + ' INFO  listening');
setInterval(() => { kept.push(1); say(); }, 20);
require('node:http').createServer((request, response) => response.end('ok')).listen(${port}, '127.0.0.1');
`,
    });
    await scenario.start(['node', 'app.js'], { log: 'logs/shop.log' });
    await untilListening(port);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  it('memory.limit-too-low: the heap flag of the start script; the fix raises it', async () => {
    await scenario.write({
      'package.json': `{\n  "name": "search",\n  "scripts": {\n    "start": "node --max-old-space-size=24 --env-file=.env app.js"\n  }\n}\n`,
      '.env': `PORT=${port}\n`,
      'app.js': INDEX,
      'logs/search.log': quietLog(40, { minutesAgo: 300, stepSeconds: 60 }),
    });
    for (let start = 0; start < 2; start++)
      await scenario.run(['node', '--max-old-space-size=24', '--env-file=.env', 'app.js'], { log: 'logs/search.log' });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['memory.limit-too-low search'] });
    const [root] = report.findings;
    expect(root?.confidence).toBe('proved');
    expect(root?.summary).toMatch(
      /^search may use a heap of 24 MiB \(--max-old-space-size=24\) and needs more: it died at that limit [\d.]+ s after its start/,
    );
    expect(root?.evidence.map(({ source }) => source)).toContain('package.json:4');
    expect(root?.fixes[0]?.changes).toMatchObject([{ kind: 'edit', file: 'package.json', line: 4 }]);
    const { applied } = await applyFix(await fixesOf(scenario), scenario, root as Finding);
    expect(applied.outcome).toMatchObject({ kind: 'verified' });
    await scenario.start(['node', '--max-old-space-size=512', '--env-file=.env', 'app.js'], { log: 'logs/search.log' });
    await untilListening(port);
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  it('memory.limit-too-low: NODE_OPTIONS of the env file', async () => {
    await scenario.write({
      'package.json': '{ "name": "search", "scripts": { "start": "node app.js" } }\n',
      '.env': `PORT=${port}\nNODE_OPTIONS=--max-old-space-size=20\n`,
      'app.js': INDEX,
    });
    await scenario.run(['node', 'app.js'], {
      log: 'logs/search.log',
      env: { NODE_OPTIONS: '--max-old-space-size=20' },
    });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['memory.limit-too-low search'] });
    expect(report.findings[0]?.fixes[0]?.changes).toMatchObject([{ file: '.env', line: 2 }]);
  });

  it('misleading: "heap out of memory" stands in what a user wrote', async () => {
    await scenario.write({
      'package.json': '{ "name": "forum", "scripts": { "start": "node --max-old-space-size=64 app.js" } }\n',
      'app.js': `console.log(new Date().toISOString() + ' INFO  listening');
console.log(new Date().toISOString() + ' INFO  POST /threads 201 title="FATAL ERROR: Reached heap limit - JavaScript heap out of memory, Killed"');
require('node:http').createServer((request, response) => response.end('ok')).listen(${port}, '127.0.0.1');
`,
    });
    await scenario.start(['node', '--max-old-space-size=64', 'app.js'], { log: 'logs/forum.log' });
    await untilListening(port);
    expectSound(await scenario.diagnose(), { roots: [] });
  });
});
