import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { expectFixVerifies } from '../support/applyFix.ts';
import { expectRoot } from '../support/expectReport.ts';
import { freePort } from '../support/freePort.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, type Scenario, untilListening } from '../support/scenario.ts';
import { ruledOutIn } from '../support/soundReport.ts';
import { type ComposeStack, composeStack, docker, TINY_IMAGE, untilContainer } from '../support/startContainers.ts';

const engine = requireSystem('docker');
const image = `image: ${TINY_IMAGE}`;
const SERVE = 'echo "INFO serving"; sleep 1000';

describe.skipIf(!engine.available)('containers and what surrounds them', () => {
  let scenario: Scenario;
  let stack: ComposeStack;
  beforeEach(async () => {
    scenario = await createScenario();
    stack = await composeStack(scenario);
  });
  afterEach(() => scenario.dispose());

  const ended = (name: string) => untilContainer(name, '{{.State.Status}}', (text) => text === 'exited');
  const compose = (text: string) => scenario.write({ 'compose.yaml': text });
  const withStore = (rest = '') =>
    `services:\n  api:\n    build: .\n    environment:\n      STORE_URL: http://store:7000\n${rest}  store:\n    ${image}\n`;
  const untilServing = (name: string) =>
    vi.waitFor(() => docker('exec', name, 'sh', '-c', 'echo | nc -w 1 127.0.0.1 7000'), { timeout: 30_000 });
  /** Starts a container that the engine must refuse. */
  const refusedStart = async (name: string): Promise<void> => {
    await expect(docker('start', name)).rejects.toThrow();
  };

  it('port.conflict: a container of another project publishes the port; the fix stops it and starts ours', async () => {
    const port = await freePort();
    await compose(`services:\n  api:\n    build: .\n    ports: ["${port}:7000"]\n`);
    const foreign = await composeStack({
      workspace: scenario.outside,
      onDispose: (dispose) => scenario.onDispose(dispose),
    });
    const holder = await foreign.add('web', { options: ['--publish', `${port}:7000`], shell: SERVE });
    const name = await stack.add('api', { options: ['--publish', `${port}:7000`], shell: SERVE, start: false });
    await refusedStart(name);
    const report = await scenario.diagnose();
    const root = expectRoot(report, {
      cause: 'port.conflict',
      target: 'api',
      mentions: [holder, `${port}`, 'compose.yaml:4', foreign.project],
    });
    expect(report.findings.map(({ cause }) => cause)).toContain('container.exited');
    await expectFixVerifies(scenario, root);
  });

  it('port.conflict: a process of this machine holds the port of a database', async () => {
    const port = await freePort();
    const server = createServer().listen(port, '0.0.0.0');
    scenario.onDispose(() => void server.close());
    await untilListening(port);
    await compose(
      `services:\n  api:\n    build: .\n    environment:\n      STORE_URL: http://127.0.0.1:${port}\n    depends_on: [store]\n  store:\n    ${image}\n    ports: ["${port}:7000"]\n`,
    );
    const name = await stack.add('store', { options: ['--publish', `${port}:7000`], shell: SERVE, start: false });
    await refusedStart(name);
    await stack.add('api', { shell: SERVE });
    expectRoot(await scenario.diagnose(), {
      cause: 'port.conflict',
      target: 'store',
      mentions: [`pid ${process.pid}`, `${port}`],
    });
  });

  it('container.exited: a command that the image does not have', async () => {
    await compose(`services:\n  api:\n    build: .\n`);
    const name = await stack.add('api', {
      options: ['--entrypoint', '/app/bin/start'],
      shell: SERVE,
      start: false,
      init: false,
    });
    await refusedStart(name);
    expectRoot(await scenario.diagnose(), {
      cause: 'container.exited',
      target: 'api',
      mentions: [/could not be started.*\/app\/bin\/start/],
    });
  });

  it('container.exited: names what the engine could free when there is no space left', async () => {
    await compose(`services:\n  api:\n    build: .\n`);
    await ended(
      await stack.add('api', {
        options: ['--tmpfs', '/full:size=64k'],
        shell:
          'head -c 200000 /dev/zero > /full/file || { echo "ERROR write /full/file: No space left on device" >&2; exit 1; }',
      }),
    );
    const report = await scenario.diagnose();
    const finding = report.findings.find(({ cause }) => cause === 'container.exited');
    expect(finding?.evidence.find(({ source }) => source === 'docker system df')?.text).toMatch(
      /^images [\d.]+ [KMG]iB/,
    );
  });

  it('container.oom-killed: restarted at once, so that the engine forgot; its events did not', async () => {
    await compose(`services:\n  api:\n    build: .\n    mem_limit: 12m\n    restart: always\n`);
    const name = await stack.add('api', {
      options: ['--memory', '12m', '--memory-swap', '12m', '--restart', 'always'],
      shell:
        'echo "INFO loading"; x=$(head -c 4000000 /dev/zero | tr "\\0" x); y="$x$x$x"; echo "INFO loaded"; sleep 1000',
    });
    await untilContainer(name, '{{.RestartCount}}', (text) => Number(text) >= 1);
    const root = expectRoot(await scenario.diagnose(), {
      cause: 'container.oom-killed',
      target: 'api',
      mentions: ['12 MiB', 'docker events', 'compose.yaml:4'],
    });
    expect(root.fixes[0]?.changes.map(({ kind }) => kind)).toEqual(['edit', 'command', 'container']);
  });

  it('container.restarting: the engine gave up', async () => {
    await compose(`services:\n  api:\n    build: .\n    restart: on-failure:3\n`);
    const name = await stack.add('api', {
      options: ['--restart', 'on-failure:3'],
      shell: 'echo "FATAL cannot parse feature flags" >&2; exit 1',
    });
    await untilContainer(name, '{{.RestartCount}} {{.State.Status}}', (text) => text === '3 exited');
    expectRoot(await scenario.diagnose(), {
      cause: 'container.restarting',
      target: 'api',
      mentions: ['gave up', 'feature flags'],
    });
  });

  it('dependency.not-ready: the fix lets compose wait, and starts the service', async () => {
    await compose(withStore('    depends_on:\n      - store\n'));
    await stack.add('store', {
      options: ['--health-cmd', 'echo | nc -w 1 127.0.0.1 7000', '--health-interval', '300ms'],
      shell: 'sleep 1.5; exec nc -ll -p 7000 -e cat',
    });
    await ended(
      await stack.add('api', {
        shell:
          'echo | nc -w 1 store 7000 || { echo "Error: connect ECONNREFUSED store:7000" >&2; exit 1; }; echo connected; sleep 1000',
      }),
    );
    await untilContainer(`${stack.project}-store-1`, '{{.State.Health.Status}}', (text) => text === 'healthy');
    const root = expectRoot(await scenario.diagnose(), { cause: 'dependency.not-ready', target: 'api' });
    expect(root.fixes[0]?.changes[0]).toEqual({
      kind: 'edit',
      file: 'compose.yaml',
      line: 6,
      before: '    depends_on:\n      - store',
      after: '    depends_on:\n      store:\n        condition: service_healthy',
    });
    await expectFixVerifies(scenario, root);
  });

  it('dependency.not-ready: no depends_on at all', async () => {
    await compose(withStore());
    const store = await stack.add('store', { shell: 'sleep 1.5; exec nc -ll -p 7000 -e cat' });
    await ended(
      await stack.add('api', {
        shell:
          'echo | nc -w 1 store 7000 || { echo "Error: connect ECONNREFUSED store:7000" >&2; exit 1; }; sleep 1000',
      }),
    );
    await untilServing(store);
    expectRoot(await scenario.diagnose(), {
      cause: 'dependency.not-ready',
      target: 'api',
      mentions: ['no depends_on for store'],
    });
  });

  it('image.missing: the pull that failed stands in the log of the start', async () => {
    await scenario.write({
      'compose.yaml': `services:\n  search:\n    image: registry.invalid/team/search:9\n`,
      'logs/compose.log':
        " search Pulling \n search Error \nError response from daemon: pull access denied for registry.invalid/team/search, repository does not exist or may require 'docker login'\n",
    });
    expectRoot(await scenario.diagnose(), {
      cause: 'image.missing',
      target: 'search',
      mentions: ['registry.invalid/team/search:9', 'logs/compose.log', 'compose.yaml:2'],
    });
  });

  it('volume.permission: a named volume, and a user that only the image knows by number', async () => {
    await compose(
      'services:\n  api:\n    build: .\n    user: nobody\n    volumes:\n      - store:/data\nvolumes:\n  store: {}\n',
    );
    const name = await stack.add('api', {
      options: ['--user', 'nobody', '--volume', `${stack.project}_store:/data`],
      shell:
        'touch /data/db || { echo "ERROR: EACCES: permission denied, open \'/data/db\'" >&2; exit 1; }; sleep 1000',
    });
    scenario.onDispose(async () => {
      await docker('rm', '--force', name);
      await docker('volume', 'rm', '--force', `${stack.project}_store`);
    });
    await ended(name);
    const root = expectRoot(await scenario.diagnose(), {
      cause: 'volume.permission',
      target: 'api',
      mentions: ['uid 65534', 'owner 0:0', 'compose.yaml:6'],
      confidence: 'proved',
    });
    await expectFixVerifies(scenario, root);
  });

  it('volume.permission: mounted read-only', async () => {
    const data = path.join(scenario.workspace, 'data');
    await mkdir(data);
    await compose(`services:\n  api:\n    build: .\n    volumes:\n      - ./data:/data:ro\n`);
    await ended(
      await stack.add('api', {
        options: ['--volume', `${data}:/data:ro`],
        shell: 'touch /data/db || { echo "ERROR: touch /data/db: Read-only file system" >&2; exit 1; }; sleep 1000',
      }),
    );
    expectRoot(await scenario.diagnose(), {
      cause: 'volume.permission',
      target: 'api',
      mentions: ['mounted read-only', 'compose.yaml:5'],
    });
  });

  it('container.network-mismatch: the fix writes the network into the file, too', async () => {
    const back = await stack.network('back');
    await compose(`${withStore()}    networks: [back]\nnetworks:\n  back: {}\n`);
    await stack.add('store', { shell: 'sleep 1000', network: back });
    await stack.add('api', {
      shell:
        'while true; do nslookup store >/dev/null 2>&1 || echo "ERROR getaddrinfo ENOTFOUND store"; sleep 0.3; done',
    });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const root = expectRoot(await scenario.diagnose(), { cause: 'container.network-mismatch', target: 'api' });
    expect(root.fixes[0]?.changes[0]).toEqual({
      kind: 'edit',
      file: 'compose.yaml',
      line: 3,
      before: '',
      after: '    networks: [default, back]',
    });
    await expectFixVerifies(scenario, root);
  });

  it('misleading: a stopped mail catcher is not why the service fails', async () => {
    await compose(
      `services:\n  api:\n    build: .\n    environment:\n      MAIL_URL: smtp://mail:1025\n    depends_on: [mail]\n  mail:\n    ${image}\n`,
    );
    await docker('stop', await stack.add('mail', { shell: SERVE }));
    await ended(await stack.add('api', { shell: 'echo "ERROR: no route table in routes.conf" >&2; exit 3' }));
    const root = expectRoot(await scenario.diagnose(), { cause: 'container.exited', target: 'api' });
    expect(root.summary).toContain('routes.conf');
  });

  it('misleading: refused connections, but the store itself lost its memory', async () => {
    await compose(`${withStore('    depends_on: [store]\n')}    mem_limit: 12m\n`);
    const store = await stack.add('store', {
      options: ['--memory', '12m', '--memory-swap', '12m'],
      shell: 'echo "INFO up"; sleep 1; x=$(head -c 4000000 /dev/zero | tr "\\0" x); y="$x$x$x"; sleep 1000',
    });
    await stack.add('api', {
      shell: 'while true; do echo "ERROR connect ECONNREFUSED store:7000 (is the network down?)"; sleep 0.3; done',
    });
    await ended(store);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expectRoot(await scenario.diagnose(), { cause: 'container.oom-killed', target: 'store' });
  });

  it('misleading: an unknown name in a shared network is a name that is wrong', async () => {
    await compose(withStore());
    await stack.add('store', { shell: SERVE });
    await stack.add('api', { shell: 'while true; do echo "ERROR getaddrinfo EAI_AGAIN store"; sleep 0.3; done' });
    await new Promise((resolve) => setTimeout(resolve, 800));
    const report = await scenario.diagnose();
    expect(report.findings.map(({ cause }) => cause)).not.toContain('container.network-mismatch');
    expect(ruledOutIn(report)).toContain('container.network-mismatch api');
  });

  it('misleading: permission denied on a mount that the user may write; another file is meant', async () => {
    const data = path.join(scenario.workspace, 'data');
    await mkdir(data, { mode: 0o777 });
    await docker(
      'run',
      '--rm',
      '--volume',
      `${data}:/data`,
      TINY_IMAGE,
      'sh',
      '-c',
      'chmod 777 /data 2>/dev/null; true',
    ).catch(() => '');
    await compose(`services:\n  api:\n    build: .\n    user: "65534:65534"\n    volumes:\n      - ./data:/data\n`);
    await ended(
      await stack.add('api', {
        options: ['--user', '65534:65534', '--volume', `${data}:/data`],
        shell: 'touch /data/ok; echo "ERROR: EACCES: permission denied, open \'/data/../etc/app.key\'" >&2; exit 1',
      }),
    );
    const report = await scenario.diagnose();
    expect(report.findings.map(({ cause }) => cause)).not.toContain('volume.permission');
  });
});
