import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from 'vitest';
import { diagnoseWithEngine } from '../support/diagnoseWithEngine.ts';
import { expectRoot, expectSilence } from '../support/expectReport.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';
import { TINY_IMAGE } from '../support/startContainers.ts';
import { type RunningPodman, startPodman } from '../support/startPodman.ts';

const installed = requireSystem('podman');

describe.skipIf(!installed.available)('Podman, by its Docker-compatible socket', () => {
  let engine: RunningPodman;
  let scenario: Scenario;
  beforeAll(async () => {
    engine = await startPodman();
  });
  afterAll(() => engine.dispose());
  beforeEach(async () => {
    scenario = await createScenario();
    await scenario.write({ 'compose.yaml': `services:\n  api:\n    image: ${TINY_IMAGE}\n    build: .\n` });
  });
  afterEach(async () => {
    await engine.podman('rm', '--all', '--force', '--time', '0');
    await scenario.dispose();
  });

  /** A container with the labels that podman-compose gives to it. */
  const start = (shell: string, ...options: string[]) =>
    engine.podman(
      ...['run', '--detach', '--name', 'shop_api_1', '--network', 'none'],
      ...['--label', 'com.docker.compose.project=shop', '--label', 'com.docker.compose.service=api'],
      ...['--label', `com.docker.compose.project.working_dir=${scenario.workspace}`],
      ...['--label', `com.docker.compose.project.config_files=${scenario.workspace}/compose.yaml`],
      ...[...options, TINY_IMAGE, 'sh', '-c', shell],
    );
  const ended = () => engine.podman('wait', 'shop_api_1');

  it('container.exited: exit code and last words', async () => {
    await start('echo "INFO starting"; echo "ERROR no license" >&2; exit 4');
    await ended();
    expectRoot(await diagnoseWithEngine(scenario.workspace, engine.socket), {
      cause: 'container.exited',
      target: 'api',
      mentions: ['exit code 4', 'no license'],
    });
  });

  it('container.oom-killed: over its limit', async () => {
    await start(
      'echo "INFO up"; x=$(head -c 4000000 /dev/zero | tr "\\0" x); y="$x$x$x$x"; sleep 1000',
      ...['--memory', '12m', '--memory-swap', '12m'],
    );
    await ended();
    expectRoot(await diagnoseWithEngine(scenario.workspace, engine.socket), {
      cause: 'container.oom-killed',
      target: 'api',
      mentions: ['12 MiB'],
    });
  });

  it('healthy look-alike: it failed once, and runs by now', async () => {
    await start(
      'if test -e /tmp/again; then echo "INFO serving"; sleep 1000; fi; touch /tmp/again; echo "ERROR no license"; exit 4',
    );
    await ended();
    await engine.podman('start', 'shop_api_1');
    expectSilence(await diagnoseWithEngine(scenario.workspace, engine.socket));
  });
});
