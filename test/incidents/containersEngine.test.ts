import { readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diagnoseWithEngine } from '../support/diagnoseWithEngine.ts';
import { expectRoot } from '../support/expectReport.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';
import { type ComposeStack, composeStack, TINY_IMAGE, untilContainer } from '../support/startContainers.ts';

const engine = requireSystem('docker');

describe.skipIf(!engine.available)('the container engine in a diagnosis', () => {
  let scenario: Scenario;
  let stack: ComposeStack;
  beforeEach(async () => {
    scenario = await createScenario();
    stack = await composeStack(scenario);
  });
  afterEach(() => scenario.dispose());

  const compose = (text: string) => scenario.write({ 'compose.yaml': text });

  it('keeps credentials of commands, checks and their output out of the report', async () => {
    const secret = 'Zu9-kh27-Qw';
    await compose(`services:\n  api:\n    build: .\n    labels: { "proxy.auth": "admin:${secret}" }\n`);
    const name = await stack.add('api', {
      options: [
        ...['--label', `proxy.auth=admin:${secret}`],
        ...['--health-cmd', `echo NOAUTH ${secret}; redis-cli -a ${secret} ping`],
        ...['--health-interval', '200ms', '--health-retries', '1'],
      ],
      shell: `echo "INFO login with ${secret}"; sleep 1000`,
    });
    await untilContainer(name, '{{.State.Health.Status}}', (text) => text === 'unhealthy');
    expectRoot(await scenario.diagnose(), { cause: 'container.unhealthy', target: 'api', secrets: [secret] });
  });

  it('an engine that takes the connection and says nothing: a bounded run and a clear unknown', async () => {
    const socket = path.join(scenario.outside, 'engine.sock');
    const server = createServer(() => undefined).listen(socket);
    scenario.onDispose(() => void server.close());
    await compose(`services:\n  api:\n    image: ${TINY_IMAGE}\n`);
    const started = performance.now();
    const report = await diagnoseWithEngine(scenario.workspace, socket);
    expect(performance.now() - started).toBeLessThan(6_000);
    expect(report.findings).toEqual([]);
    expect(report.unknown.map(({ because }) => because).join('\n')).toMatch(/did not answer within/);
  });

  it('an engine that dies after its list of containers: an unknown, and no false finding', async () => {
    const socket = path.join(scenario.outside, 'engine.sock');
    let asked = 0;
    const server = createServer((near) => {
      const far = connect('/var/run/docker.sock');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const)
        from.on('error', () => to.destroy()).on('close', () => to.destroy());
      // The list passes; whoever asks for one container is cut off.
      near.on('data', (chunk) => {
        if (/GET \/containers\/[0-9a-f]{64}/.test(chunk.toString('latin1'))) {
          asked += 1;
          near.destroy();
        } else far.write(chunk);
      });
      far.on('data', (chunk) => near.write(chunk));
    }).listen(socket);
    scenario.onDispose(() => void server.close());
    await compose(`services:\n  api:\n    image: ${TINY_IMAGE}\n`);
    await untilContainer(await stack.add('api', { shell: 'exit 3' }), '{{.State.Status}}', (text) => text === 'exited');
    const report = await diagnoseWithEngine(scenario.workspace, socket);
    expect(asked).toBeGreaterThan(0);
    expect(report.findings).toEqual([]);
    expect(report.unknown).toContainEqual(
      expect.objectContaining({
        cause: 'container.exited',
        because: expect.stringContaining('the container engine at'),
      }),
    );
  });

  it('a compose file that points outside the workspace reads nothing from there', async () => {
    await scenario.write({
      '../outside/other.yaml': 'services:\n  api:\n    image: x\n    environment: { API_TOKEN: outside-secret-1 }\n',
      '../outside/secret.env': 'API_TOKEN=outside-secret-2\n',
      'compose.yaml':
        'include: [../outside/other.yaml]\nservices:\n  web:\n    extends: { file: ../outside/other.yaml, service: api }\n  worker:\n    build: ../outside\n    env_file: ../outside/secret.env\n    volumes: ["../outside:/data"]\n',
    });
    const report = await scenario.diagnose();
    expect(JSON.stringify(report)).not.toContain('outside-secret');
    expect(report.findings).toEqual([]);
    expect(await readFile(path.join(scenario.outside, 'secret.env'), 'utf8')).toContain('outside-secret-2');
  });
});
