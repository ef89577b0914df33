import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRoot } from '../support/expectReport.ts';
import { type ClusterScript, type FakeCluster, startFakeCluster } from '../support/fakeCluster.ts';
import { API_MANIFEST, MIGRATE_MANIFEST, SERVICE_MANIFEST } from '../support/kubeManifests.ts';
import { ago, deployment, endpoints, event, job, node, service } from '../support/kubeObjects.ts';
import { ended, pod } from '../support/kubePods.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';

const NAME = 'api-7d9c6f5b8d-x2x7k';

describe('pods of the workspace', () => {
  let scenario: Scenario;
  let cluster: FakeCluster;
  beforeEach(async () => {
    scenario = await createScenario();
    await scenario.write({ 'k8s/api.yaml': API_MANIFEST, 'k8s/service.yaml': SERVICE_MANIFEST });
  });
  afterEach(async () => {
    // Whatever was diagnosed: nothing but reading verbs.
    for (const [verb, sub] of cluster.calls()) expect(`${verb} ${sub}`).toMatch(/^(?:get|logs|config view)/);
    await scenario.dispose();
  });
  const diagnose = (script: ClusterScript) => {
    cluster = startFakeCluster(scenario, { nodes: [node()], ...script });
    return scenario.diagnose();
  };

  it('a pod that crashes on every start, with the last words of the run before (1.33)', async () => {
    const report = await diagnose({
      items: [
        deployment('api', { revision: 4 }),
        pod({
          waiting: { reason: 'CrashLoopBackOff', message: 'back-off 2m40s restarting failed container=api pod=api' },
          last: ended(1, 70),
          restarts: 6,
        }),
        event(NAME, 'BackOff', 'Back-off restarting failed container api in pod api', { count: 22 }),
        service(),
        ...endpoints('api', { notReady: 1 }),
      ],
      logs: {
        [`${NAME}/api --previous`]:
          "2026-11-24T09:14:02Z INFO  starting 1.4.0\n/app/config.js:12\n    throw new Error('PAYMENT_URL is not set');\n    ^\n\nError: PAYMENT_URL is not set\n    at Object.<anonymous> (/app/config.js:12:9)\n\nNode.js v22.11.0\n",
      },
      warning: 'Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\n',
    });
    const root = expectRoot(report, {
      cause: 'pod.crash-loop',
      target: 'deployment/api',
      mentions: ['restarted 6 times', 'exit code 1', 'PAYMENT_URL is not set', '--previous', 'k8s/api.yaml:18'],
    });
    expect(report.findings.map(({ cause }) => cause)).toEqual(['pod.crash-loop', 'service.no-endpoints']);
    expect(root.fixes[0]).toMatchObject({
      risk: 'write',
      undo: true,
      changes: [{ kind: 'command', argv: ['kubectl', 'rollout', 'undo', 'deployment/api', '-n', 'shop'] }],
    });
  });

  it('a crash loop between two back-offs, on a 1.24 server', async () => {
    const report = await diagnose({
      items: [
        deployment(),
        pod({ version: '1.24', last: ended(2, 40), restarts: 5, since: 38, age: 400 }),
        ...endpoints('api', { notReady: 1 }).slice(0, 1),
        service(),
      ],
      logs: {
        [`${NAME}/api --previous`]:
          'panic: open /etc/api/keys.pem: no such file or directory\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:31 +0x1d\n',
      },
    });
    expectRoot(report, { cause: 'pod.crash-loop', target: 'deployment/api', mentions: ['keys.pem', 'exit code 2'] });
  });

  it('an image tag that the registry does not have', async () => {
    const report = await diagnose({
      items: [
        deployment('api', { revision: 2 }),
        pod({
          image: 'registry.example.com/shop/api:1.4.O',
          waiting: {
            reason: 'ImagePullBackOff',
            message: 'Back-off pulling image "registry.example.com/shop/api:1.4.O"',
          },
        }),
        event(
          NAME,
          'Failed',
          'Failed to pull image "registry.example.com/shop/api:1.4.O": rpc error: code = NotFound desc = failed to pull and unpack image "registry.example.com/shop/api:1.4.O": failed to resolve reference: registry.example.com/shop/api:1.4.O: not found',
        ),
        service(),
        ...endpoints('api', { notReady: 1 }),
      ],
    });
    expectRoot(report, {
      cause: 'pod.image-pull-failed',
      target: 'deployment/api',
      mentions: ['1.4.O', 'no such image or tag', 'k8s/api.yaml:18'],
    });
  });

  it('a private registry that refuses the login', async () => {
    const report = await diagnose({
      items: [
        deployment(),
        pod({
          waiting: {
            reason: 'ErrImagePull',
            message:
              'failed to pull and unpack image "registry.example.com/shop/api:1.4.0": failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized',
          },
        }),
      ],
    });
    expectRoot(report, { cause: 'pod.image-pull-failed', mentions: ['refuses the login'] });
  });

  it('more memory asked for than any node has', async () => {
    const report = await diagnose({
      items: [
        deployment(),
        pod({
          resources: { requests: { memory: '16Gi', cpu: '250m' } },
          scheduled: {
            reason: 'Unschedulable',
            message:
              '0/2 nodes are available: 2 Insufficient memory. preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.',
            since: 300,
          },
        }),
        event(NAME, 'FailedScheduling', '0/2 nodes are available: 2 Insufficient memory.', { series: true }),
      ],
    });
    expectRoot(report, {
      cause: 'pod.unschedulable',
      target: 'deployment/api',
      mentions: ['2 Insufficient memory', '16384 MiB', '3934 MiB', 'k8s/api.yaml:22'],
    });
  });

  it('a taint that nothing tolerates', async () => {
    const report = await diagnose({
      items: [
        deployment(),
        pod({
          scheduled: {
            reason: 'Unschedulable',
            message: '0/1 nodes are available: 1 node(s) had untolerated taint {gpu: only}.',
            since: 90,
          },
        }),
      ],
    });
    expectRoot(report, { cause: 'pod.unschedulable', mentions: ['untolerated taint {gpu: only}', 'k8s/api.yaml:2'] });
  });

  it('a claim whose storage class does not exist', async () => {
    const report = await diagnose({
      items: [
        deployment(),
        pod({
          scheduled: {
            reason: 'Unschedulable',
            message: '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.',
            since: 900,
          },
          volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'api-data' } }],
        }),
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'api-data', namespace: 'shop', creationTimestamp: ago(900) },
          spec: { storageClassName: 'fast-ssd' },
          status: { phase: 'Pending' },
        },
        event('api-data', 'ProvisioningFailed', 'storageclass.storage.k8s.io "fast-ssd" not found', {
          kind: 'PersistentVolumeClaim',
        }),
      ],
    });
    expectRoot(report, { cause: 'pod.unschedulable', mentions: ['api-data is Pending', '"fast-ssd" not found'] });
  });

  it('a memory limit that is too low: the root of the crash loop', async () => {
    const report = await diagnose({
      items: [
        deployment('api', { replicas: 2 }),
        pod({
          waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container=api' },
          last: ended(137, 90, 'OOMKilled'),
          restarts: 9,
          resources: { limits: { memory: '128Mi' } },
        }),
        pod({ suffix: 'p4mmz', ready: true, resources: { limits: { memory: '128Mi' } } }),
        service(),
        ...endpoints('api', { ready: 1, notReady: 1 }),
      ],
      logs: { [`${NAME}/api --previous`]: '2026-11-24T09:14:02Z INFO  loading catalogue\n' },
    });
    const root = expectRoot(report, {
      cause: 'pod.oom-killed',
      target: 'deployment/api',
      mentions: ['1 of 2 pods', '128Mi', 'k8s/api.yaml:25'],
    });
    expect(report.findings.map(({ cause }) => cause)).toEqual(['pod.oom-killed', 'pod.crash-loop']);
    expect(root.fixes[0]?.changes).toEqual([
      {
        kind: 'edit',
        file: 'k8s/api.yaml',
        line: 25,
        before: '              memory: 128Mi',
        after: '              memory: 256Mi',
      },
      {
        kind: 'command',
        argv: [
          'kubectl',
          'patch',
          'deployment/api',
          '-n',
          'shop',
          '--type=json',
          '-p',
          '[{"op":"replace","path":"/spec/template/spec/containers/0/resources/limits/memory","value":"256Mi"}]',
        ],
        undo: [
          'kubectl',
          'patch',
          'deployment/api',
          '-n',
          'shop',
          '--type=json',
          '-p',
          '[{"op":"replace","path":"/spec/template/spec/containers/0/resources/limits/memory","value":"128Mi"}]',
        ],
      },
    ]);
  });

  it('a readiness probe that asks a port where nothing listens', async () => {
    const report = await diagnose({
      items: [
        deployment(),
        pod({ since: 500, age: 520 }),
        event(
          NAME,
          'Unhealthy',
          'Readiness probe failed: Get "http://10.244.1.50:8080/healthz": dial tcp 10.244.1.50:8080: connect: connection refused',
          { count: 48 },
        ),
        service(),
        ...endpoints('api', { notReady: 1 }),
      ],
    });
    const root = expectRoot(report, {
      cause: 'pod.probe-failing',
      target: 'deployment/api',
      mentions: ['connection refused', 'asks port 8080, the container offers 3000', 'k8s/api.yaml:29'],
    });
    expect(report.findings.map(({ cause }) => cause)).toEqual(['pod.probe-failing', 'service.no-endpoints']);
    expect(root.fixes[0]?.changes[0]).toEqual({
      kind: 'edit',
      file: 'k8s/api.yaml',
      line: 29,
      before: '              port: 8080',
      after: '              port: 3000',
    });
  });

  it('a liveness probe that kills a healthy but slow program', async () => {
    const report = await diagnose({
      items: [
        deployment(),
        pod({
          waiting: { reason: 'CrashLoopBackOff', message: 'back-off 1m20s restarting failed container=api' },
          last: ended(137, 30),
          restarts: 4,
        }),
        event(
          NAME,
          'Unhealthy',
          'Liveness probe failed: Get "http://10.244.1.50:3000/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
          { count: 12 },
        ),
        event(NAME, 'Killing', 'Container api failed liveness probe, will be restarted', {
          type: 'Normal',
          secondsAgo: 60,
        }),
      ],
      logs: { [`${NAME}/api --previous`]: '2026-11-24T09:14:02Z INFO  building the search index\n' },
    });
    expectRoot(report, { cause: 'pod.probe-failing', mentions: ['liveness probe', 'context deadline exceeded'] });
    expect(report.findings.map(({ cause }) => cause)).toEqual(['pod.probe-failing', 'pod.crash-loop']);
  });

  it('a node that is gone: the root of pods and Services', async () => {
    const report = await diagnose({
      nodes: [node(), node('shop-worker2', { ready: 'Unknown', since: 400 })],
      items: [
        deployment(),
        pod({ node: 'shop-worker2', since: 380, age: 90_000 }),
        service(),
        ...endpoints('api', { notReady: 1 }),
      ],
    });
    expectRoot(report, {
      cause: 'node.not-ready',
      target: 'cluster',
      mentions: ['shop-worker2', 'Kubelet stopped posting node status', '1 pod of this workspace lies on it'],
    });
    expect(report.findings.map(({ cause }) => cause)).toEqual(['node.not-ready', 'service.no-endpoints']);
  });

  it('a Job that used up its tries, with its own words', async () => {
    await scenario.write({ 'k8s/migrate.yaml': MIGRATE_MANIFEST });
    const report = await diagnose({
      items: [
        job('migrate', {
          failed: 3,
          conditions: [
            {
              type: 'Failed',
              status: 'True',
              reason: 'BackoffLimitExceeded',
              message: 'Job has reached the specified backoff limit',
              lastTransitionTime: ago(120),
              lastProbeTime: ago(120),
            },
          ],
        }),
        pod({
          app: 'migrate',
          owner: { kind: 'Job', name: 'migrate' },
          phase: 'Failed',
          terminated: ended(1, 130),
          suffix: 'h7t2w',
        }),
      ],
      logs: {
        'migrate-h7t2w/migrate':
          'Traceback (most recent call last):\n  File "/app/migrate.py", line 8, in <module>\n    run()\n  File "/app/migrate.py", line 4, in run\n    raise RuntimeError("column orders.total does not exist")\nRuntimeError: column orders.total does not exist\n',
      },
    });
    expectRoot(report, {
      cause: 'job.failed',
      target: 'job/migrate',
      mentions: ['backoff limit', 'column orders.total does not exist', 'k8s/migrate.yaml:12'],
    });
  });

  it('misleading: the loud probe failures are those of a program that dies by itself', async () => {
    const report = await diagnose({
      items: [
        deployment(),
        pod({ last: ended(1, 20), restarts: 8, since: 3_000 }),
        event(
          NAME,
          'Unhealthy',
          'Readiness probe failed: Get "http://10.244.1.50:3000/healthz": dial tcp 10.244.1.50:3000: connect: connection refused',
          { count: 300 },
        ),
        service(),
        ...endpoints('api', { notReady: 1 }),
      ],
      logs: {
        [`${NAME}/api --previous`]:
          'Error: listen EACCES: permission denied 0.0.0.0:80\n    at Server.setupListenHandle (node:net:1881:21)\n',
      },
    });
    expectRoot(report, { cause: 'pod.crash-loop', mentions: ['EACCES'] });
    expect(report.findings.map(({ cause }) => cause)).not.toContain('pod.probe-failing');
  });
});
