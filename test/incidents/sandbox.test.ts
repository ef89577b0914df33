import { randomBytes } from 'node:crypto';
import { chmod, rename, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installPackages } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';
import { composeStack, docker, TINY_IMAGE, tinyImage } from '../support/startContainers.ts';

const LOG = 'logs/agent.log';
const ENGINE = 'unix:///var/run/docker.sock';
const START = ['node', '--env-file=.env', 'agent.js'] as const;
const ABSENT = 'tektra-test/no-such-sandbox:7';

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createScenario();
});
afterEach(() => scenario.dispose());

/** An agent that runs a task in a container three times a second. */
const agent = (task: string): string => `const Docker = require('dockerode');
const { execFile } = require('node:child_process');
const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' [agent] ' + text);
const docker = new Docker();
const inContainer = async (options) => {
  const container = await docker.createContainer({ Image: process.env.SANDBOX_IMAGE, Cmd: ['true'], Labels: { 'tektra-test': process.env.SANDBOX_LABEL }, HostConfig: { NetworkMode: 'none', ...options } });
  try { await container.start(); } finally { await container.remove({ force: true }); }
};
const byCommand = (...args) => new Promise((resolve, reject) => execFile('docker', args, (error, out, err) => (error ? reject(new Error((err || error.message).split('\\n')[0])) : resolve(out))));
log('INFO ', 'agent started');
const run = async () => {
  try { ${task}; log('INFO ', 'task done'); } catch (error) { log('ERROR', 'sandbox failed: ' + error.message); }
  setTimeout(run, 300);
};
run();
`;
const write = async (task: string, variables: Record<string, string> = {}): Promise<void> => {
  await installPackages(scenario);
  // An agent that is stopped in the middle leaves its container behind.
  const label = randomBytes(6).toString('hex');
  scenario.onDispose(async () => {
    const left = await docker('ps', '--all', '--quiet', '--filter', `label=tektra-test=${label}`);
    if (left !== '') await docker('rm', '--force', ...left.split('\n'));
  });
  const env = { DOCKER_HOST: ENGINE, SANDBOX_IMAGE: TINY_IMAGE, SANDBOX_LABEL: label, ...variables };
  await scenario.write({
    'package.json':
      '{ "name": "agent", "scripts": { "start": "node --env-file=.env agent.js" }, "dependencies": { "dockerode": "*" } }\n',
    'agent.js': agent(task),
    '.env': Object.entries(env)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
    [LOG]: quietLog(60, { minutesAgo: 300 }),
  });
};
const serve = async (says: string, env: Record<string, string> = {}): Promise<void> => {
  await scenario.start(START, { log: LOG, env });
  await scenario.until(LOG, says);
};
const never = async (cause: string): Promise<void> => {
  const report = await scenario.diagnose();
  expect(report.findings.map((finding) => finding.cause)).not.toContain(cause);
  expect(ruledOutIn(report)).toContain(`${cause} agent`);
};

describe.skipIf(!requireSystem('docker').available)('sandbox.unavailable', () => {
  it('there is no engine where the service looks for it', async () => {
    const socket = path.join(scenario.outside, 'docker.sock');
    await write('await inContainer({})', { DOCKER_HOST: `unix://${socket}` });
    await serve('ENOENT');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['sandbox.unavailable agent'] });
    expect(report.findings[0]).toMatchObject({
      confidence: 'proved',
      category: 'security',
      summary: `agent cannot run its sandboxes: there is no container engine at ${socket}`,
    });
    expect(report.findings[0]?.evidence.map(({ source }) => source)).toEqual([
      `unix://${socket}`,
      '.env:1',
      expect.stringMatching(/^logs\/agent\.log:\d+$/),
    ]);
  });

  it("the engine died and left its socket behind, by the engine's own command", async () => {
    const socket = path.join(scenario.outside, 'docker.sock');
    const program = `require('node:net').createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 'SIGKILL'))`;
    expect(await scenario.run(['node', '-e', program])).toBe('killed');
    await write(`await byCommand('run', '--rm', process.env.SANDBOX_IMAGE, 'true')`, {
      DOCKER_HOST: `unix://${socket}`,
    });
    await serve('Cannot connect to the Docker daemon');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['sandbox.unavailable agent'] });
    expect(report.findings[0]?.summary).toContain(`no container engine listens at ${socket}`);
  });

  it('the command that the service calls is not installed', async () => {
    await write(`await byCommand('run', '--rm', process.env.SANDBOX_IMAGE, 'true')`);
    const node = path.dirname(process.execPath);
    await serve('ENOENT', { PATH: node });
    const report = await scenario.diagnose({}, { PATH: node });
    expectSound(report, { roots: ['file.missing agent'] });
    expect(report.findings[1]).toMatchObject({
      cause: 'sandbox.unavailable',
      summary: expect.stringContaining('the command docker is not on PATH'),
    });
  });

  it.skipIf(!requireSystem('root').available)(
    "the engine's socket lets in others: that is the root, and this follows",
    async () => {
      const socket = path.join(scenario.outside, 'docker.sock');
      const engine = createServer(() => undefined);
      await new Promise<void>((resolve) => engine.listen(socket, resolve));
      scenario.onDispose(() => void engine.close());
      await chmod(socket, 0o660);
      for (const folder of [path.dirname(scenario.workspace), scenario.workspace, scenario.outside])
        await chmod(folder, 0o755);
      await write('await inContainer({})', { DOCKER_HOST: `unix://${socket}` });
      await scenario.start(START, { log: LOG, uid: 65_534 });
      await scenario.until(LOG, 'EACCES');
      const report = await scenario.diagnose();
      expectSound(report, { roots: ['permission.denied agent'] });
      expect(report.findings.map(({ cause }) => cause)).toEqual(['permission.denied', 'sandbox.unavailable']);
    },
  );

  it('misleading: the log says that there is no engine, and it answers again', async () => {
    const link = path.join(scenario.outside, 'docker-later.sock');
    await write('await inContainer({})', { DOCKER_HOST: `unix://${link}` });
    const { stop } = await scenario.start(START, { log: LOG });
    await scenario.until(LOG, 'ENOENT');
    await stop('SIGKILL');
    await symlink('/var/run/docker.sock', link);
    await never('sandbox.unavailable');
  });

  it('healthy look-alike: a sandbox that works', async () => {
    await tinyImage();
    await write('await inContainer({})');
    await serve('task done');
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  it('healthy look-alike: an old complaint, and a service that knows no containers and repeats what a user wrote', async () => {
    await scenario.write({
      'package.json': '{ "name": "forum", "scripts": { "start": "node forum.js" } }\n',
      'forum.js':
        "setInterval(() => console.log(new Date().toISOString() + ' INFO  post: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?'), 100);\n",
    });
    await scenario.start(['node', 'forum.js'], { log: 'logs/forum.log' });
    await scenario.until('logs/forum.log', 'daemon running');
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(report.ruledOut.map(({ cause }) => cause)).not.toContain('sandbox.unavailable');
  });
});

describe.skipIf(!requireSystem('docker').available)('sandbox.image-missing', () => {
  it('the image is not on this machine', async () => {
    await write('await inContainer({})', { SANDBOX_IMAGE: ABSENT });
    await serve('No such image');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['sandbox.image-missing agent'] });
    expect(report.findings[0]).toMatchObject({
      confidence: 'proved',
      summary: `The image ${ABSENT} in which agent runs code is not on this machine`,
    });
    expect(report.findings[0]?.evidence.map(({ source }) => source)).toEqual([
      'docker images',
      '.env:2',
      expect.stringMatching(/^logs\/agent\.log:\d+$/),
    ]);
  });

  it('another tag of it is', async () => {
    await tinyImage();
    await write('await inContainer({})', { SANDBOX_IMAGE: 'tektra-test/busybox:2' });
    await serve('No such image');
    expect((await scenario.diagnose()).findings[0]?.summary).toContain(`; ${TINY_IMAGE} is`);
  });

  it('misleading: the image is there again', async () => {
    await tinyImage();
    await write('await inContainer({})');
    await scenario.write({
      [LOG]: `${quietLog(40, { minutesAgo: 60 })}${new Date().toISOString()} ERROR [agent] sandbox failed: (HTTP code 404) no such container - No such image: ${TINY_IMAGE}\n`,
    });
    await never('sandbox.image-missing');
  });
});

describe.skipIf(!requireSystem('docker').available)('sandbox.misconfigured', () => {
  it('the engine does not know the runtime', async () => {
    await tinyImage();
    await write("await inContainer({ Runtime: 'runsc' })");
    await serve('runsc');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['sandbox.misconfigured agent'] });
    expect(report.findings[0]?.summary).toMatch(/the engine knows no runtime runsc, only .*runc/);
  });

  it('more processors than there are', async () => {
    await tinyImage();
    await write('await inContainer({ NanoCpus: 900e9 })');
    await serve('sandbox failed');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['sandbox.misconfigured agent'] });
    expect(report.findings[0]?.summary).toContain('more processors than the');
  });

  it('the seccomp profile is not there; once it is, that is ruled out', async () => {
    await tinyImage();
    await write(
      `await byCommand('run', '--rm', '--security-opt', 'seccomp=profiles/agent.json', process.env.SANDBOX_IMAGE, 'true')`,
    );
    const { stop } = await scenario.start(START, { log: LOG });
    await scenario.until(LOG, 'seccomp profile');
    await stop('SIGKILL');
    const report = await scenario.diagnose();
    const finding = report.findings.find(({ cause }) => cause === 'sandbox.misconfigured');
    expect(finding?.summary, JSON.stringify(report, null, 1)).toBe(
      'agent cannot start its sandboxes: the seccomp profile profiles/agent.json does not exist',
    );
    await scenario.write({ 'profiles/other.json': '{}' });
    await rename(
      path.join(scenario.workspace, 'profiles/other.json'),
      path.join(scenario.workspace, 'profiles/agent.json'),
    );
    await never('sandbox.misconfigured');
  });

  const compose = (lines: string[], name = 'code-sandbox'): string =>
    `services:\n  ${name}:\n    image: ${TINY_IMAGE}\n${lines.map((line) => `    ${line}\n`).join('')}`;

  it.each([
    ['privileged: true', ['privileged: true']],
    ['the namespaces of the host', ['network_mode: host', 'pid: host']],
    ["the engine's socket, for reading only", ['volumes:', '  - /var/run/docker.sock:/var/run/docker.sock:ro']],
  ])('a sandbox that keeps nothing in: %s', async (_, lines) => {
    await scenario.write({ 'compose.yaml': compose(lines) });
    const report = await scenario.diagnose({ category: 'security' });
    expect(report.findings, JSON.stringify(report, null, 1)).toHaveLength(1);
    expect(report.findings[0]).toMatchObject({
      cause: 'sandbox.misconfigured',
      confidence: 'likely',
      evidence: [
        expect.objectContaining({ source: expect.stringMatching(/^compose\.yaml:\d$/) }),
        ...(lines.length > 1 && lines[0] !== 'volumes:' ? [expect.anything()] : []),
      ],
    });
  });

  it('a running sandbox with more rights than its file says', async () => {
    await scenario.write({ 'compose.yaml': compose([]) });
    const stack = await composeStack(scenario);
    await stack.add('code-sandbox', { options: ['--pid', 'host'], shell: 'sleep 300' });
    const report = await scenario.diagnose({ category: 'security' });
    expect(report.findings[0]).toMatchObject({
      cause: 'sandbox.misconfigured',
      summary: expect.stringContaining('pid: host'),
    });
  });

  it('healthy look-alike: a tight sandbox, and others that need the engine', async () => {
    await scenario.write({
      'compose.yaml': `${compose(['read_only: true', 'network_mode: none', 'cap_drop: [ALL]'])}  ci-runner:\n    image: gitlab/gitlab-runner:17\n    volumes: ["/var/run/docker.sock:/var/run/docker.sock"]\n  sandbox-engine:\n    image: docker:27-dind\n    privileged: true\n`,
    });
    expectSound(await scenario.diagnose({ category: 'security' }), { roots: [] });
  });
});
