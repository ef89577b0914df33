import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DiagnosisReport } from '../../server/protocol/diagnosis.ts';
import { expectRoot, expectSilence } from '../support/expectReport.ts';
import { type ClusterScript, startFakeCluster } from '../support/fakeCluster.ts';
import { API_MANIFEST, SERVICE_MANIFEST } from '../support/kubeManifests.ts';
import { deployment, endpoints, node, service } from '../support/kubeObjects.ts';
import { ended, pod } from '../support/kubePods.ts';
import { findProgram } from '../support/requireSystem.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';

/** No call of kubectl may take longer than the observer's limit, with room for a busy machine. */
const LIMIT_MS = 9_000;

describe('a cluster that cannot be asked as usual', () => {
  let scenario: Scenario;
  beforeEach(async () => {
    scenario = await createScenario();
    await scenario.write({ 'k8s/api.yaml': API_MANIFEST, 'k8s/service.yaml': SERVICE_MANIFEST });
  });
  afterEach(() => scenario.dispose());

  const crashing: ClusterScript = {
    nodes: [node()],
    items: [
      deployment(),
      pod({ waiting: { reason: 'CrashLoopBackOff', message: 'back-off' }, last: ended(1, 20), restarts: 7 }),
      service(),
      ...endpoints('api', { notReady: 1 }),
    ],
  };
  const diagnose = (script: ClusterScript): Promise<DiagnosisReport> => {
    startFakeCluster(scenario, script);
    return scenario.diagnose();
  };
  /** Silence, and one word of why. */
  const expectUnknown = (report: DiagnosisReport, because: RegExp): void => {
    expectSilence(report);
    expect(report.durationMs).toBeLessThan(LIMIT_MS);
    const said = report.unknown.filter((entry) => /manifests/.test(entry.because));
    expect(said).toHaveLength(1);
    expect(said[0]?.because).toMatch(because);
    expect(said[0]?.next).toBeTruthy();
  };

  it.each([
    [
      'a prompt for a login',
      { stdout: 'Please enter Username: ', stderr: 'error: EOF\n', exitCode: 1 },
      /Please enter Username|EOF/,
    ],
    [
      'a token that has expired',
      { stderr: 'error: You must be logged in to the server (Unauthorized)\n', exitCode: 1 },
      /logged in to the server/,
    ],
    [
      'a login plugin that fails',
      {
        stderr:
          'Unable to connect to the server: getting credentials: exec: executable aws failed with exit code 255\n',
        exitCode: 1,
      },
      /getting credentials/,
    ],
    [
      'a cluster that is off',
      {
        stderr:
          'E1124 09:01:02.472541 26842 memcache.go:265] "Unhandled Error" err="dial tcp 127.0.0.1:41017: connect: connection refused"\nThe connection to the server 127.0.0.1:41017 was refused - did you specify the right host or port?\n',
        exitCode: 1,
      },
      /connection to the server/,
    ],
    [
      'no right to list anything',
      {
        stderr:
          'Error from server (Forbidden): pods is forbidden: User "dev" cannot list resource "pods" in API group "" in the namespace "shop"\n',
        exitCode: 1,
      },
      /cannot list resource "pods"/,
    ],
    ['garbage', { stdout: '<html><body>Sign in</body></html>' }, /something else than a list/],
    ['bytes that are no text', { stdoutHex: 'fffe00c3288000ff7b22', exitCode: 0 }, /something else than a list/],
    ['output without end', { stdout: 'x'.repeat(1 << 20), repeat: 40 }, /more than can be read/],
    ['a kubectl that hangs and ignores SIGTERM', { hang: 'self' as const }, /did not end within 4 s/],
    ['a login plugin that holds the pipes', { hang: 'child' as const }, /did not end within 4 s/],
  ])('%s', async (_, get, because) => {
    expectUnknown(await diagnose({ ...crashing, broken: { get } }), because);
  });

  it('no context', async () => {
    const config = { stderr: 'error: current-context must exist in order to minify\n', exitCode: 1 };
    expectUnknown(await diagnose({ ...crashing, broken: { config } }), /current-context must exist/);
  });

  it('a kubectl whose configuration hangs', async () => {
    expectUnknown(await diagnose({ ...crashing, broken: { config: { hang: 'self' } } }), /did not end within 2 s/);
  });

  it('no kubectl at all', async () => {
    startFakeCluster(scenario, {});
    process.env.PATH = scenario.outside;
    expectUnknown(await scenario.diagnose(), /kubectl is not installed/);
  });

  it.skipIf(findProgram('kubectl') === undefined)(
    'the real kubectl takes every argument, and asks for a login without waiting',
    async () => {
      await scenario.write({
        kubeconfig:
          'apiVersion: v1\nkind: Config\nclusters: [{name: a, cluster: {server: "https://127.0.0.1:9"}}]\nusers: [{name: u, user: {}}]\ncontexts: [{name: c, context: {cluster: a, user: u}}]\ncurrent-context: c\n',
      });
      const before = process.env.KUBECONFIG;
      process.env.KUBECONFIG = `${scenario.workspace}/kubeconfig`;
      try {
        expectUnknown(await scenario.diagnose(), /Please enter Username|EOF|connection/);
      } finally {
        if (before === undefined) delete process.env.KUBECONFIG;
        else process.env.KUBECONFIG = before;
      }
    },
  );

  it('ten megabytes of objects are read', async () => {
    const crowd = Array.from({ length: 4_000 }, (_, i) => pod({ app: 'batch', suffix: `n${i}`, ready: true }));
    const report = await diagnose({ ...crashing, items: [...crowd, ...(crashing.items ?? [])] });
    expectRoot(report, { cause: 'pod.crash-loop', target: 'deployment/api' });
    expect(report.durationMs).toBeLessThan(LIMIT_MS);
  });

  it('rights for a part: nodes, secrets and events are kept back, the pods tell enough', async () => {
    const refusal = (what: string): string =>
      `Error from server (Forbidden): ${what} is forbidden: User "dev" cannot list resource "${what}" in API group "" in the namespace "shop"`;
    const report = await diagnose({
      ...crashing,
      forbidden: [
        { verb: 'nodes', text: refusal('nodes') },
        { verb: 'names', text: refusal('secrets') },
        { verb: 'objects', text: refusal('events'), kinds: ['Event'] },
      ],
    });
    expectRoot(report, { cause: 'pod.crash-loop', target: 'deployment/api' });
  });

  it('fields that a newer server changed hide only the object that has them', async () => {
    const odd = { ...pod({ suffix: 'odd' }), spec: 'moved elsewhere' };
    expectRoot(await diagnose({ ...crashing, items: [odd, ...(crashing.items ?? [])] }), { cause: 'pod.crash-loop' });
  });

  it('a manifest that is no YAML, one nested without end and one that unfolds without end do no harm', async () => {
    await scenario.write({
      'k8s/broken.yaml': 'apiVersion: v1\nkind: Service\nmetadata: [\n',
      'k8s/deep.yaml': `apiVersion: v1\nkind: X\nx: ${'['.repeat(20_000)}\n`,
      'k8s/bomb.yaml': `apiVersion: v1\nkind: X\na: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
        .split('')
        .map((key, i) => `${key}: &${key} [${Array(9).fill(`*${'abcdefg'[i]}`).join(',')}]`)
        .join('\n')}\n`,
    });
    const report = await diagnose(crashing);
    expectRoot(report, { cause: 'pod.crash-loop' });
    expect(report.durationMs).toBeLessThan(LIMIT_MS);
  });
});
