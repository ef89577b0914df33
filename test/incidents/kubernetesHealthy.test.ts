import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectSilence } from '../support/expectReport.ts';
import { type ClusterScript, type FakeCluster, startFakeCluster } from '../support/fakeCluster.ts';
import { API_MANIFEST, CONFIG_MANIFEST, MIGRATE_MANIFEST, SERVICE_MANIFEST } from '../support/kubeManifests.ts';
import { ago, deployment, endpoints, event, job, node, service } from '../support/kubeObjects.ts';
import { ended, pod } from '../support/kubePods.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';
import { ruledOutIn } from '../support/soundReport.ts';

const NAME = 'api-7d9c6f5b8d-x2x7k';

describe('a cluster in which nothing is wrong', () => {
  let scenario: Scenario;
  let cluster: FakeCluster;
  beforeEach(async () => {
    scenario = await createScenario();
    await scenario.write({ 'k8s/api.yaml': API_MANIFEST, 'k8s/service.yaml': SERVICE_MANIFEST });
  });
  afterEach(() => scenario.dispose());
  const diagnose = async (script: ClusterScript) => {
    cluster = startFakeCluster(scenario, { nodes: [node()], ...script });
    const report = await scenario.diagnose();
    // Silence counts only where the cluster was asked and could be read.
    expect(cluster.calls().map(([verb, what]) => `${verb} ${what}`)).toContain('get nodes');
    expect(report.unknown.filter(({ because }) => because.includes('could not be asked'))).toEqual([]);
    return report;
  };

  it('healthy look-alike: everything runs', async () => {
    expectSilence(
      await diagnose({ items: [deployment(), pod({ ready: true }), service(), ...endpoints('api', { ready: 1 })] }),
    );
  });

  it('healthy look-alike: a rolling update under way, the old pod still serves', async () => {
    expectSilence(
      await diagnose({
        items: [
          deployment('api', { replicas: 1, revision: 3 }),
          pod({ suffix: 'old11', deleting: true, ready: true }),
          pod({ suffix: 'new22', age: 15, since: 15, waiting: { reason: 'ContainerCreating' } }),
          pod({ suffix: 'new33', age: 20, since: 12 }),
          event(
            'api-7d9c6f5b8d-new33',
            'Unhealthy',
            'Readiness probe failed: Get "http://10.244.1.51:3000/healthz": dial tcp 10.244.1.51:3000: connect: connection refused',
            { count: 2, secondsAgo: 3 },
          ),
          service(),
          ...endpoints('api', { ready: 1, notReady: 1 }),
        ],
      }),
    );
  });

  it('healthy look-alike: a Job that completed after one failed try', async () => {
    await scenario.write({ 'k8s/migrate.yaml': MIGRATE_MANIFEST });
    const report = await diagnose({
      items: [
        job('migrate', {
          succeeded: 1,
          failed: 1,
          conditions: [
            {
              type: 'Complete',
              status: 'True',
              reason: 'CompletionsReached',
              message: 'Reached expected number of succeeded pods',
              lastTransitionTime: ago(60),
            },
          ],
        }),
        pod({ app: 'migrate', owner: { kind: 'Job', name: 'migrate' }, phase: 'Succeeded', terminated: ended(0, 60) }),
        pod({
          app: 'migrate',
          owner: { kind: 'Job', name: 'migrate' },
          phase: 'Failed',
          terminated: ended(1, 130),
          suffix: 'first',
        }),
      ],
    });
    expectSilence(report);
    expect(ruledOutIn(report)).toContain('job.failed job/migrate');
  });

  it('healthy look-alike: a pod that was restarted and OOM-killed long ago', async () => {
    expectSilence(
      await diagnose({
        items: [
          deployment(),
          pod({ ready: true, restarts: 14, last: ended(137, 86_400, 'OOMKilled'), since: 86_000, age: 900_000 }),
          service(),
          ...endpoints('api', { ready: 1 }),
        ],
      }),
    );
  });

  it('healthy look-alike: old events of pods that are well again', async () => {
    const report = await diagnose({
      items: [
        deployment(),
        pod({ ready: true, since: 2_000 }),
        event(NAME, 'Failed', 'Failed to pull image "registry.example.com/shop/api:1.4.0": i/o timeout', {
          secondsAgo: 2_400,
        }),
        event(NAME, 'Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503', {
          secondsAgo: 120,
          count: 1,
        }),
        event(NAME, 'BackOff', 'Back-off restarting failed container', { secondsAgo: 2_000 }),
        service(),
        ...endpoints('api', { ready: 1 }),
      ],
    });
    expectSilence(report);
    expect(ruledOutIn(report)).toContain('pod.probe-failing deployment/api');
  });

  it('healthy look-alike: a pod that waits while the autoscaler adds a node', async () => {
    const report = await diagnose({
      items: [
        deployment(),
        pod({
          scheduled: { reason: 'Unschedulable', message: '0/1 nodes are available: 1 Insufficient cpu.', since: 60 },
        }),
        event(NAME, 'TriggeredScaleUp', 'pod triggered scale-up: [{shop-pool 1->2 (max: 4)}]', { type: 'Normal' }),
      ],
    });
    expectSilence(report);
    expect(report.unknown).toContainEqual(
      expect.objectContaining({ cause: 'pod.unschedulable', target: 'deployment/api' }),
    );
  });

  it('healthy look-alike: trouble of other teams in the same namespace', async () => {
    expectSilence(
      await diagnose({
        items: [
          deployment(),
          pod({ ready: true }),
          service(),
          ...endpoints('api', { ready: 1 }),
          deployment('billing'),
          pod({
            app: 'billing',
            waiting: { reason: 'CrashLoopBackOff', message: 'back-off' },
            last: ended(1, 20),
            restarts: 40,
          }),
        ],
        nodes: [node(), node('other', { ready: 'False' })],
      }),
    );
  });

  it('healthy look-alike: a Service of which nobody has made anything yet, and one without a selector', async () => {
    await scenario.write({
      'k8s/external.yaml':
        'apiVersion: v1\nkind: Service\nmetadata:\n  name: legacy\nspec:\n  ports:\n    - port: 80\n',
    });
    const legacy = { ...service('legacy'), spec: { type: 'ClusterIP', ports: [{ port: 80 }] } };
    expectSilence(await diagnose({ items: [legacy, ...endpoints('legacy', {})] }));
  });

  it('healthy look-alike: scaled to nothing on purpose, as its manifest says', async () => {
    await scenario.write({ 'k8s/api.yaml': API_MANIFEST.replace('replicas: 1', 'replicas: 0') });
    expectSilence(await diagnose({ items: [deployment('api', { replicas: 0 }), service(), ...endpoints('api', {})] }));
  });

  it('healthy look-alike: a ConfigMap that has come since the pod failed to find it', async () => {
    await scenario.write({ 'k8s/config.yaml': CONFIG_MANIFEST });
    const report = await diagnose({
      items: [
        deployment(),
        pod({
          waiting: { reason: 'CreateContainerConfigError', message: 'configmap "api-config" not found' },
          age: 40,
        }),
      ],
      names: ['configmap/api-config', 'configmap/kube-root-ca.crt', 'secret/api-database'],
    });
    expectSilence(report);
    expect(ruledOutIn(report)).toContain('pod.config-missing deployment/api');
  });

  it('healthy look-alike: the newest run of a CronJob succeeded, an older one failed', async () => {
    await scenario.write({
      'k8s/report.yaml':
        'apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: report\nspec:\n  schedule: "0 3 * * *"\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers: [{name: report, image: shop/report}]\n',
    });
    const failed = {
      type: 'Failed',
      status: 'True',
      reason: 'BackoffLimitExceeded',
      message: 'x',
      lastTransitionTime: ago(90_000),
    };
    const complete = { type: 'Complete', status: 'True', lastTransitionTime: ago(600) };
    expectSilence(
      await diagnose({
        items: [
          job('report-29411000', { cronJob: 'report', age: 91_000, failed: 3, conditions: [failed] }),
          job('report-29412440', { cronJob: 'report', age: 700, succeeded: 1, conditions: [complete] }),
        ],
      }),
    );
  });

  it('healthy look-alike: without a manifest the cluster is not asked at all', async () => {
    await scenario.write({
      'k8s/api.yaml': '# nothing yet\n',
      'k8s/service.yaml': 'list: [apiVersion, kind]\n',
      'chart/templates/api.yaml': 'apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}-api\n',
    });
    cluster = startFakeCluster(scenario, {});
    const report = await scenario.diagnose();
    expectSilence(report);
    expect(cluster.calls()).toEqual([]);
    expect(report.unknown.filter(({ cause }) => cause.startsWith('pod.'))).toEqual([]);
  });
});
