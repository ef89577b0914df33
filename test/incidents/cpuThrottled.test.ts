import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectFixVerifies } from '../support/applyFix.ts';
import { freePort } from '../support/freePort.ts';
import { makeGroup } from '../support/makeGroup.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';
import { composeStack, docker, TINY_IMAGE } from '../support/startContainers.ts';

const cgroups = requireSystem('cgroups');
const engine = requireSystem('docker');

/** Its health route renders something that takes a fixed amount of CPU time, however long that lasts. */
const RENDERER = `const spend = (milliseconds) => {
  const start = process.cpuUsage().user;
  while (process.cpuUsage().user - start < milliseconds * 1000);
};
require('node:http').createServer((request, response) => {
  if (request.url === '/health') spend(Number(process.env.COST));
  response.end('ok');
}).listen(Number(process.env.PORT), '127.0.0.1', () => console.log(new Date().toISOString() + ' INFO  listening'));
`;
/** Counts to a number again and again, and complains of each time that took longer than it should. */
const COUNTER =
  'echo "INFO started"; while true; do read start rest < /proc/uptime; i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; ' +
  'read end rest < /proc/uptime; took=$(( (${end%.*}${end#*.} - ${start%.*}${start#*.}) * 10 )); ' +
  'if [ $took -gt 1000 ]; then echo "WARN batch took $took ms, its budget is 1000 ms"; else echo "INFO batch took $took ms"; sleep 1; fi; done';

describe('cpu.throttled', () => {
  let scenario: Scenario;
  let port: number;
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
  });
  afterEach(() => scenario.dispose());

  describe.skipIf(!cgroups.available)('with a cgroup of its own', () => {
    const startRenderer = async (options: { cost: number; quotaMicros: number }): Promise<void> => {
      const group = makeGroup('cpu', {});
      scenario.onDispose(() => group.dispose());
      await scenario.write({
        'package.json': '{ "name": "renderer", "scripts": { "start": "node --env-file=.env app.js" } }\n',
        '.env': `PORT=${port}\nCOST=${options.cost}\n`,
        'app.js': RENDERER,
      });
      await scenario.start([...group.enter, 'node', '--env-file=.env', 'app.js'], { log: 'logs/renderer.log' });
      await untilListening(port);
      // Only now: to start Node.js takes half a second of CPU time.
      writeFileSync(`/sys/fs/cgroup/cpu${group.path}/cpu.cfs_quota_us`, String(options.quotaMicros));
    };

    it('is the root of a slow health route under a quota of a tenth of a core', async () => {
      await startRenderer({ cost: 110, quotaMicros: 10_000 });
      const report = await scenario.diagnose();
      expectSound(report, { roots: ['cpu.throttled renderer'] });
      const [root] = report.findings;
      expect(root?.confidence).toBe('proved');
      expect(root?.summary).toMatch(
        /^renderer may use 0\.1 cores and needs more: the kernel stopped it in \d+ of \d+ periods within [\d.]+ s$/,
      );
      expect(root?.evidence[0]).toMatchObject({
        kind: 'host',
        source: expect.stringMatching(/^\/sys\/fs\/cgroup\/cpu\/.*\/cpu\.stat$/),
      });
      expect(root?.evidence[1]).toMatchObject({ kind: 'probe', source: `GET http://127.0.0.1:${port}/health` });
    });

    it('misleading: the log calls it throttled and slow, and the quota never stopped it', async () => {
      await startRenderer({ cost: 0, quotaMicros: 400_000 });
      await scenario.write({
        'logs/renderer.log': `${quietLog(20, { minutesAgo: 1 })}${new Date().toISOString()} WARN  page took 4100 ms, throttled by the CPU quota?\n`,
      });
      const report = await scenario.diagnose();
      expectSound(report, { roots: [] });
      expect(ruledOutIn(report)).toContain('cpu.throttled renderer');
    });

    it('healthy look-alike: it uses up its quota all the time, and nobody waits for it', async () => {
      const group = makeGroup('cpu', {});
      scenario.onDispose(() => group.dispose());
      await scenario.write({
        'package.json': '{}\n',
        Procfile: 'indexer: node indexer.js\n',
        'indexer.js': `console.log(new Date().toISOString() + ' INFO  indexing');\nfor (const end = Date.now() + 40_000; Date.now() < end; );\n`,
      });
      await scenario.start([...group.enter, 'node', 'indexer.js'], { log: 'logs/indexer.log' });
      await scenario.until('logs/indexer.log', 'INFO  indexing');
      writeFileSync(`/sys/fs/cgroup/cpu${group.path}/cpu.cfs_quota_us`, '5000');
      const report = await scenario.diagnose();
      expectSound(report, { roots: [] });
      expect(ruledOutIn(report)).not.toContain('cpu.throttled indexer');
    });
  });

  it.skipIf(!engine.available)(
    'the compose file sets the quota; the fix raises it there and for the container',
    async () => {
      await scenario.write({
        'compose.yaml': `services:\n  counter:\n    build: .\n    cpus: "0.1"   # the smallest plan\n`,
        Dockerfile: `FROM ${TINY_IMAGE}\n`,
      });
      const stack = await composeStack(scenario);
      const name = await stack.add('counter', { options: ['--cpus', '0.1'], shell: COUNTER });
      const end = Date.now() + 30_000;
      while (!(await docker('logs', name)).includes('WARN') && Date.now() < end)
        await new Promise((resolve) => setTimeout(resolve, 200));
      const report = await scenario.diagnose();
      expectSound(report, { roots: ['cpu.throttled counter'] });
      const [root] = report.findings;
      expect(root?.evidence.map(({ source }) => source)).toContain('compose.yaml:4');
      expect(root?.fixes[0]).toMatchObject({
        title: 'Let counter use 1 core instead of 0.1 cores',
        changes: [
          { kind: 'edit', line: 4, after: '    cpus: "1.0"   # the smallest plan' },
          { kind: 'command', argv: ['docker', 'update', '--cpus', '1', name] },
        ],
      });
      await expectFixVerifies(scenario, root);
      expect(await docker('inspect', '--format', '{{.HostConfig.NanoCpus}}', name)).toBe('100000000');
      expect(await readFile(`${scenario.workspace}/compose.yaml`, 'utf8')).toContain('cpus: "0.1"');
    },
  );
});
