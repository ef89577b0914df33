import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectFixVerifies } from '../support/applyFix.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';
import { type ComposeStack, composeStack, docker, TINY_IMAGE, untilContainer } from '../support/startContainers.ts';

const engine = requireSystem('docker');
const image = `image: ${TINY_IMAGE}`;

describe.skipIf(!engine.available)('containers', () => {
  let scenario: Scenario;
  let stack: ComposeStack;
  beforeEach(async () => {
    scenario = await createScenario();
    stack = await composeStack(scenario);
  });
  afterEach(() => scenario.dispose());

  const ended = (name: string) => untilContainer(name, '{{.State.Status}}', (text) => text === 'exited');
  const compose = (text: string) => scenario.write({ 'compose.yaml': text });

  it('container.exited: a service that ended with an error', async () => {
    await compose(`services:\n  api:\n    ${image}\n    build: .\n  web:\n    ${image}\n`);
    await ended(
      await stack.add('api', { shell: 'echo starting; echo "ERROR: no route table in routes.conf" >&2; exit 3' }),
    );
    await stack.add('web', { shell: 'echo listening; sleep 100' });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['container.exited api'] });
    expect(report.findings[0]?.summary).toMatch(/exit code 3.*no route table/);
    expect(report.findings[0]?.evidence.map(({ kind }) => kind)).toContain('container');
  });

  it('container.exited: a stopped database that a service needs, started again by the fix and stopped by its undo', async () => {
    await compose(
      `services:\n  api:\n    build: .\n    environment:\n      STORE_URL: http://store:7000\n    depends_on: [store]\n  store:\n    ${image}\n`,
    );
    const store = await stack.add('store', { shell: 'echo up; sleep 1000' });
    await stack.add('api', {
      shell:
        'while true; do echo | nc -w 1 store 7000 2>/dev/null || echo "$(date -Iseconds) ERROR connect to http://store:7000: getaddrinfo ENOTFOUND store"; sleep 1; done',
    });
    await docker('stop', '--timeout', '0', store);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const report = await scenario.diagnose();
    expect(report.findings[0], JSON.stringify(report, null, 1)).toMatchObject({
      cause: 'container.exited',
      target: 'store',
    });
    expect(report.findings[0]?.summary).toContain('was stopped');
    const applied = await expectFixVerifies(scenario, report.findings[0]);
    expect(applied.undo).toBe(true);
    expect(await docker('inspect', '--format', '{{.State.Status}}', store)).toBe('exited');
  });

  it('container.oom-killed: raises the limit in the file and for the container', async () => {
    await compose(`services:\n  api:\n    build: .\n    mem_limit: 8m\n`);
    const name = await stack.add('api', {
      options: ['--memory', '8m', '--memory-swap', '8m'],
      // More than 8 MB in the shell's own memory, and less than 16.
      shell: 'echo loading; x=$(head -c 5000000 /dev/zero | tr "\\0" x); echo loaded; sleep 1000',
    });
    await ended(name);
    expect(await docker('inspect', '--format', '{{.State.OOMKilled}}', name)).toBe('true');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['container.oom-killed api'] });
    expect(report.findings[0]?.summary).toContain('8.0 MiB');
    const fix = report.findings[0]?.fixes[0];
    expect(fix?.changes[0]).toMatchObject({
      kind: 'edit',
      file: 'compose.yaml',
      before: '    mem_limit: 8m',
      after: '    mem_limit: 16m',
    });
    await expectFixVerifies(scenario, report.findings[0]);
    expect(await docker('inspect', '--format', '{{.HostConfig.Memory}}', name)).toBe(String(8 << 20));
  });

  it('container.restarting: a loop under a restart policy', async () => {
    await compose(`services:\n  api:\n    build: .\n    restart: always\n`);
    const name = await stack.add('api', {
      options: ['--restart', 'always'],
      shell: 'echo starting; sleep 0.1; echo "FATAL license key expired" >&2; exit 1',
    });
    await untilContainer(name, '{{.RestartCount}}', (text) => Number(text) >= 3);
    const report = await scenario.diagnose();
    expect(report.findings[0], JSON.stringify(report, null, 1)).toMatchObject({
      cause: 'container.restarting',
      target: 'api',
    });
    expect(report.findings[0]?.summary).toContain('license key expired');
  });

  it('container.unhealthy: shows what the check says', async () => {
    await compose(`services:\n  api:\n    build: .\n`);
    const name = await stack.add('api', {
      options: ['--health-cmd', 'echo queue is stuck; exit 1', '--health-interval', '300ms', '--health-retries', '2'],
      shell: 'echo serving; sleep 1000',
    });
    await untilContainer(name, '{{.State.Health.Status}}', (text) => text === 'unhealthy');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['container.unhealthy api'] });
    expect(report.findings[0]?.summary).toContain('queue is stuck');
  });

  it('dependency.not-ready: started too early, repaired by starting it once more', async () => {
    await compose(
      `services:\n  api:\n    build: .\n    environment:\n      STORE_URL: http://store:7000\n    depends_on: [store]\n  store:\n    ${image}\n`,
    );
    await stack.add('store', {
      options: ['--health-cmd', 'echo | nc -w 1 127.0.0.1 7000', '--health-interval', '300ms'],
      shell: 'sleep 2; exec nc -ll -p 7000 -e cat',
    });
    const api = await stack.add('api', {
      shell:
        'echo | nc -w 1 store 7000 || { echo "Error: connect ECONNREFUSED store:7000" >&2; exit 1; }; echo connected; sleep 1000',
    });
    await ended(api);
    await untilContainer(`${stack.project}-store-1`, '{{.State.Health.Status}}', (text) => text === 'healthy');
    const report = await scenario.diagnose();
    expect(report.findings[0], JSON.stringify(report, null, 1)).toMatchObject({
      cause: 'dependency.not-ready',
      target: 'api',
    });
    await expectFixVerifies(scenario, report.findings[0]);
  });

  it('image.missing: a service that was left behind', async () => {
    await compose(
      `services:\n  api:\n    build: .\n    depends_on: [search]\n  search:\n    image: tektra-test/does-not-exist:7\n`,
    );
    await stack.add('api', { shell: 'echo serving; sleep 1000' });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['image.missing search'] });
    expect(report.findings[0]?.summary).toContain('tektra-test/does-not-exist:7');
  });

  it('volume.permission: a bind mount of another owner', async () => {
    const data = path.join(scenario.workspace, 'data');
    await mkdir(data);
    await chmod(data, 0o755);
    await compose(`services:\n  api:\n    build: .\n    user: "65534:65534"\n    volumes:\n      - ./data:/data\n`);
    const name = await stack.add('api', {
      options: ['--user', '65534:65534', '--volume', `${data}:/data`],
      shell:
        'echo starting; touch /data/db || { echo "ERROR: EACCES: permission denied, open \'/data/db\'" >&2; exit 1; }; sleep 1000',
    });
    await ended(name);
    const report = await scenario.diagnose();
    expect(report.findings[0], JSON.stringify(report, null, 1)).toMatchObject({
      cause: 'volume.permission',
      target: 'api',
    });
    await expectFixVerifies(scenario, report.findings[0]);
  });

  it('container.network-mismatch: connected by the fix', async () => {
    const other = await stack.network('back');
    await compose(
      `services:\n  api:\n    build: .\n    environment:\n      STORE_URL: http://store:7000\n  store:\n    ${image}\n    networks: [back]\nnetworks:\n  back: {}\n`,
    );
    await stack.add('store', { shell: 'sleep 1000', network: other });
    await stack.add('api', {
      shell: 'while true; do echo "ERROR getaddrinfo ENOTFOUND store"; sleep 1; done',
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const report = await scenario.diagnose();
    expect(report.findings[0], JSON.stringify(report, null, 1)).toMatchObject({
      cause: 'container.network-mismatch',
      target: 'api',
    });
    await expectFixVerifies(scenario, report.findings[0]);
  });

  it('compose.invalid: names the line', async () => {
    await compose('services:\n  api:\n    build: .\n    depends_on: [nobody]\n');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['compose.invalid api'] });
    expect(report.findings[0]?.evidence[0]?.source).toBe('compose.yaml:4');
  });

  it('healthy look-alike: a stack that runs, with a finished job, a past restart and old errors', async () => {
    await compose(
      `services:\n  api:\n    build: .\n    depends_on: [migrate]\n  migrate:\n    build: .\n  store:\n    ${image}\n`,
    );
    await stack.add('migrate', { shell: 'echo "done: 3 migrations applied"' });
    await stack.add('store', {
      shell: 'echo "ERROR: retrying disk check"; echo ok; echo ready; echo serving; echo serving; sleep 1000',
    });
    const api = await stack.add('api', {
      options: ['--restart', 'on-failure:3'],
      shell: 'test -e /tmp/again || { touch /tmp/again; exit 1; }; echo serving; sleep 1000',
    });
    await untilContainer(api, '{{.RestartCount}}', (text) => text === '1');
    await untilContainer(api, '{{.State.Status}}', (text) => text === 'running');
    const report = await scenario.diagnose();
    expect(report.findings).toEqual([]);
    expect(report.status).toBe('pass');
  });

  it('healthy look-alike: a stack that somebody stopped as a whole', async () => {
    await compose(`services:\n  api:\n    build: .\n  store:\n    ${image}\n`);
    for (const service of ['api', 'store']) {
      const name = await stack.add(service, { shell: 'echo serving; sleep 1000' });
      await docker('stop', '--timeout', '0', name);
    }
    expect((await scenario.diagnose()).findings).toEqual([]);
  });

  it('misleading: exit code 137 is no lack of memory when the kernel says so', async () => {
    await compose(
      `services:\n  api:\n    build: .\n    environment:\n      STORE_URL: http://store:7000\n    depends_on: [store]\n  store:\n    ${image}\n    mem_limit: 64m\n`,
    );
    const store = await stack.add('store', {
      options: ['--memory', '64m'],
      shell: 'echo "WARN memory is getting low"; sleep 1000',
    });
    await stack.add('api', {
      shell: 'while true; do echo "ERROR store:7000 unreachable, out of memory?"; sleep 1; done',
    });
    await docker('kill', store);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    const report = await scenario.diagnose();
    expect(report.findings[0]).toMatchObject({ cause: 'container.exited', target: 'store' });
    expect(report.findings.map(({ cause }) => cause)).not.toContain('container.oom-killed');
    expect(ruledOutIn(report)).toContain('container.oom-killed store');
  });

  it('keeps the credentials of containers out of the report', async () => {
    const secret = 'sk-veryprivate-8842';
    await compose(`services:\n  api:\n    build: .\n`);
    await ended(
      await stack.add('api', {
        options: ['--env', `API_TOKEN=${secret}`, '--health-cmd', `echo ${secret}; exit 1`],
        shell: 'echo "ERROR rejected token $API_TOKEN" >&2; exit 1',
      }),
    );
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['container.exited api'], secrets: [secret] });
  });
});
