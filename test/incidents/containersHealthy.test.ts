import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectSilence } from '../support/expectReport.ts';
import { freePort } from '../support/freePort.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, type Scenario, untilListening } from '../support/scenario.ts';
import { type ComposeStack, composeStack, docker, TINY_IMAGE, untilContainer } from '../support/startContainers.ts';

const engine = requireSystem('docker');
const image = `image: ${TINY_IMAGE}`;
const SERVE = 'echo "INFO serving"; sleep 1000';

describe.skipIf(!engine.available)('containers that look ill and are not', () => {
  let scenario: Scenario;
  let stack: ComposeStack;
  beforeEach(async () => {
    scenario = await createScenario();
    stack = await composeStack(scenario);
  });
  afterEach(() => scenario.dispose());

  const ended = (name: string) => untilContainer(name, '{{.State.Status}}', (text) => text === 'exited');
  const compose = (text: string) => scenario.write({ 'compose.yaml': text });
  const untilSaid = async (name: string, text: string): Promise<void> => {
    for (let tries = 0; !(await docker('logs', name)).includes(text); tries++) {
      if (tries > 100) throw new Error(`${name} never said ${text}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };

  it('healthy look-alike: a command that somebody ran once in a service, and that failed', async () => {
    await compose(`services:\n  api:\n    build: .\n`);
    await stack.add('api', { shell: SERVE });
    const once = `${stack.project}-api-run-1`;
    await ended(
      await stack.add('api', {
        name: once,
        options: ['--label', 'com.docker.compose.oneoff=True'],
        shell: 'echo "Error: no such command: migrte" >&2; exit 1',
      }),
    );
    expectSilence(await scenario.diagnose());
  });

  it('healthy look-alike: a program that answers a stop with exit code 1', async () => {
    await compose(`services:\n  api:\n    build: .\n  worker:\n    build: ./worker\n`);
    await stack.add('api', { shell: SERVE });
    const worker = await stack.add('worker', {
      shell: 'trap "exit 1" TERM; echo "INFO working"; while true; do sleep 0.1; done',
    });
    await untilSaid(worker, 'working');
    await docker('stop', worker);
    expect(await docker('inspect', '--format', '{{.State.ExitCode}}', worker)).toBe('1');
    const report = await scenario.diagnose();
    expectSilence(report);
    expect(report.unknown.map(({ cause, target }) => `${cause} ${target}`)).toContain('container.exited worker');
  });

  it('healthy look-alike: the service runs from the editor, and its old container lies there with an error', async () => {
    const port = await freePort();
    await scenario.write({
      'compose.yaml': `services:\n  api:\n    build: .\n    ports: ["${port}:${port}"]\n`,
      'package.json': JSON.stringify({ name: 'api', scripts: { start: 'node server.js' } }),
      'server.js': `require('node:http').createServer((q, s) => s.end('ok')).listen(${port}, () => console.log('INFO listening'))\n`,
    });
    await ended(await stack.add('api', { shell: 'echo "Error: Cannot find module express" >&2; exit 1' }));
    await scenario.start(['node', 'server.js'], { log: 'logs/api.log' });
    await untilListening(port);
    expectSilence(await scenario.diagnose());
  });

  it('healthy look-alike: the database of this machine stands in for its stopped container', async () => {
    const port = await freePort();
    await compose(
      `services:\n  api:\n    build: .\n    environment:\n      STORE_URL: http://127.0.0.1:${port}\n    depends_on: [store]\n  store:\n    ${image}\n    ports: ["${port}:7000"]\n`,
    );
    await scenario.write({
      '../outside/stand-in.js': `require('node:http').createServer((q, s) => s.end()).listen(${port})\n`,
    });
    await scenario.start(['node', 'stand-in.js'], { cwd: scenario.outside });
    await untilListening(port);
    await docker('stop', await stack.add('store', { shell: SERVE }));
    await stack.add('api', { shell: SERVE });
    expectSilence(await scenario.diagnose());
  });

  it('healthy look-alike: a check that failed while the service warmed up', async () => {
    await compose(`services:\n  api:\n    build: .\n`);
    const name = await stack.add('api', {
      options: ['--health-cmd', 'test -e /tmp/warm || { echo still loading; exit 1; }', '--health-interval', '200ms'],
      shell: 'sleep 1; touch /tmp/warm; echo "INFO serving"; sleep 1000',
    });
    await untilContainer(name, '{{.State.Health.Status}}', (text) => text === 'healthy');
    expect(await docker('inspect', '--format', '{{json .State.Health.Log}}', name)).toContain('still loading');
    expectSilence(await scenario.diagnose());
  });

  it('healthy look-alike: a service that is still in its start period', async () => {
    await compose(`services:\n  api:\n    build: .\n`);
    await stack.add('api', {
      options: ['--health-cmd', 'exit 1', '--health-interval', '200ms', '--health-start-period', '60s'],
      shell: SERVE,
    });
    await new Promise((resolve) => setTimeout(resolve, 800));
    expectSilence(await scenario.diagnose());
  });

  it('healthy look-alike: a tight memory limit that holds', async () => {
    await compose(`services:\n  api:\n    build: .\n    mem_limit: 8m\n`);
    await stack.add('api', {
      options: ['--memory', '8m', '--memory-swap', '8m'],
      shell: 'echo "WARN memory limit is only 8m"; echo "INFO serving"; sleep 1000',
    });
    expectSilence(await scenario.diagnose());
  });

  it('healthy look-alike: restarted twice, and up since', async () => {
    await compose(`services:\n  api:\n    build: .\n    restart: always\n`);
    const name = await stack.add('api', {
      options: ['--restart', 'always'],
      shell:
        'n=$(cat /tmp/n 2>/dev/null); n=$((n+1)); echo $n > /tmp/n; test $n -gt 2 || { echo "ERROR lock is held" >&2; exit 1; }; echo "INFO serving"; sleep 1000',
    });
    await untilContainer(name, '{{.RestartCount}} {{.State.Status}}', (text) => text === '2 running');
    await untilSaid(name, 'serving');
    expectSilence(await scenario.diagnose());
  });

  it('healthy look-alike: an image that is not here, of a service that nobody started', async () => {
    await compose(
      `services:\n  api:\n    build: .\n  metrics:\n    image: tektra-test/never-pulled:1\n  tools:\n    image: tektra-test/not-here:2\n    depends_on: [api]\n`,
    );
    await stack.add('api', { shell: SERVE });
    expectSilence(await scenario.diagnose());
  });

  it('healthy look-alike: a stack that was never started', async () => {
    await compose(
      `services:\n  api:\n    build: .\n    depends_on: [store]\n    volumes: ["./data:/data"]\n  store:\n    image: tektra-test/never-pulled:1\n    networks: [back]\nnetworks:\n  back: {}\n`,
    );
    expect((await scenario.diagnose()).findings).toEqual([]);
  });

  it('healthy look-alike: a compose file of all notations', async () => {
    await compose(
      [
        'x-common: &common { restart: unless-stopped }',
        'services:',
        '  api:',
        '    <<: *common',
        '    build: .',
        '    ports: ["127.0.0.1:0:80", "9000-9001:9000-9001/udp"]',
        // Never set, and not required.
        `    environment: { LEVEL: "\${LEVEL:-info}", PRICE: "5$$", KEY: }`,
        '    env_file: [{ path: local.env, required: false }]',
        '    volumes: ["named:/data", "/anonymous", { type: tmpfs, target: /t }]',
        '    networks: { back: { aliases: [a] }, default: }',
        '    depends_on: { store: { condition: service_started, required: false } }',
        'networks: { back: { external: true } }',
        'volumes: { named: }',
        '',
      ].join('\n'),
    );
    expect((await scenario.diagnose()).findings).toEqual([]);
  });

  it('healthy look-alike: a dependency that was late once; the service tried again', async () => {
    await compose(
      `services:\n  api:\n    build: .\n    environment:\n      STORE_URL: http://store:7000\n    depends_on: [store]\n  store:\n    ${image}\n`,
    );
    await stack.add('store', { shell: 'sleep 1; exec nc -ll -p 7000 -e cat' });
    const api = await stack.add('api', {
      shell:
        'until echo | nc -w 1 store 7000; do echo "Error: connect ECONNREFUSED store:7000, retrying" >&2; sleep 0.3; done; i=0; while test $i -lt 8; do echo "INFO served $i"; i=$((i+1)); done; sleep 1000',
    });
    await untilSaid(api, 'served 7');
    expectSilence(await scenario.diagnose());
  });

  it('healthy look-alike: a mount that only its owner may use, by its owner', async () => {
    const data = path.join(scenario.workspace, 'data');
    await mkdir(data, { mode: 0o700 });
    await compose(`services:\n  api:\n    build: .\n    volumes:\n      - ./data:/data\n`);
    const name = await stack.add('api', {
      options: ['--volume', `${data}:/data`],
      shell: 'touch /data/db && echo "INFO permission checked: /data may be written"; sleep 1000',
    });
    await untilSaid(name, 'checked');
    expectSilence(await scenario.diagnose());
  });

  it('healthy look-alike: services apart on purpose', async () => {
    const back = await stack.network('back');
    await compose(
      `services:\n  api:\n    build: .\n  store:\n    ${image}\n    networks: [back]\nnetworks:\n  back: {}\n`,
    );
    await stack.add('store', { shell: SERVE, network: back });
    await stack.add('api', { shell: 'echo "INFO store is not needed here"; sleep 1000' });
    expectSilence(await scenario.diagnose());
  });

  it('healthy look-alike: another project of this machine is broken', async () => {
    await compose(`services:\n  api:\n    build: .\n`);
    await stack.add('api', { shell: SERVE });
    const foreign = await composeStack({
      workspace: scenario.outside,
      onDispose: (dispose) => scenario.onDispose(dispose),
    });
    await ended(await foreign.add('api', { shell: 'echo "FATAL other project" >&2; exit 1' }));
    const report = await scenario.diagnose();
    expectSilence(report);
    expect(JSON.stringify(report)).not.toContain('other project');
  });

  it('knows its containers also where the folder was opened through a link', async () => {
    const link = path.join(scenario.outside, 'link');
    await symlink(scenario.workspace, link);
    const linked = await composeStack({ workspace: link, onDispose: (dispose) => scenario.onDispose(dispose) });
    await compose(`services:\n  api:\n    build: .\n`);
    await ended(await linked.add('api', { shell: 'echo "FATAL by link" >&2; exit 1' }));
    const report = await scenario.diagnose();
    expect(report.findings[0]).toMatchObject({ cause: 'container.exited', target: 'api' });
  });
});
