import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRoot } from '../support/expectReport.ts';
import { type ClusterScript, type FakeCluster, startFakeCluster } from '../support/fakeCluster.ts';
import { API_MANIFEST, CONFIG_MANIFEST, SERVICE_MANIFEST } from '../support/kubeManifests.ts';
import { deployment, endpoints, event, node, service } from '../support/kubeObjects.ts';
import { pod } from '../support/kubePods.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';

const NAME = 'api-7d9c6f5b8d-x2x7k';

describe('Services and configuration of the workspace', () => {
  let scenario: Scenario;
  let cluster: FakeCluster;
  beforeEach(async () => {
    scenario = await createScenario();
    await scenario.write({ 'k8s/api.yaml': API_MANIFEST, 'k8s/service.yaml': SERVICE_MANIFEST });
  });
  afterEach(async () => {
    for (const [verb, sub] of cluster.calls()) expect(`${verb} ${sub}`).toMatch(/^(?:get|logs|config view)/);
    await scenario.dispose();
  });
  const diagnose = (script: ClusterScript) => {
    cluster = startFakeCluster(scenario, { nodes: [node()], ...script });
    return scenario.diagnose();
  };

  it('a selector that no pod carries, with the label that differs', async () => {
    await scenario.write({ 'k8s/service.yaml': SERVICE_MANIFEST.replace('app: api', 'app: web-api') });
    const report = await diagnose({
      items: [deployment(), pod({ ready: true }), service('api', { app: 'web-api' }), ...endpoints('api', {})],
    });
    const root = expectRoot(report, {
      cause: 'service.no-endpoints',
      target: 'service/api',
      mentions: [
        'no pod has the label app=web-api',
        'the pods of api have app=api',
        'k8s/service.yaml:6',
        'k8s/api.yaml:14',
      ],
    });
    expect(root.fixes[0]?.changes[0]).toEqual({
      kind: 'edit',
      file: 'k8s/service.yaml',
      line: 7,
      before: '    app: web-api',
      after: '    app: api',
    });
  });

  it('a label that the pods lack', async () => {
    await scenario.write({ 'k8s/service.yaml': SERVICE_MANIFEST.replace('app: api', 'app: api\n    tier: front') });
    const report = await diagnose({
      items: [
        deployment(),
        pod({ ready: true }),
        service('api', { app: 'api', tier: 'front' }),
        ...endpoints('api', {}),
      ],
    });
    expectRoot(report, { cause: 'service.no-endpoints', mentions: ['have no label tier'] });
  });

  it('a targetPort that is the name of no port, on a 1.24 server without slices', async () => {
    const report = await diagnose({
      items: [
        deployment(),
        pod({ ready: true, version: '1.24', ports: [{ name: 'web', containerPort: 3000 }] }),
        service(),
        ...endpoints('api', { ready: 1, ports: 0 }).slice(0, 1),
      ],
    });
    expectRoot(report, {
      cause: 'service.no-endpoints',
      mentions: ['targetPort http is the name of no port', 'k8s/service.yaml:11'],
    });
  });

  it('a Deployment that somebody scaled to nothing', async () => {
    const report = await diagnose({ items: [deployment('api', { replicas: 0 }), service(), ...endpoints('api', {})] });
    const root = expectRoot(report, {
      cause: 'service.no-endpoints',
      confidence: 'likely',
      mentions: ['scaled to 0, its manifest asks for 1', 'k8s/api.yaml:8'],
    });
    expect(root.fixes[0]?.changes).toEqual([
      {
        kind: 'command',
        argv: ['kubectl', 'scale', 'deployment/api', '-n', 'shop', '--replicas=1'],
        undo: ['kubectl', 'scale', 'deployment/api', '-n', 'shop', '--replicas=0'],
      },
    ]);
  });

  it('a ConfigMap that the workspace declares, but nobody applied', async () => {
    await scenario.write({ 'k8s/config.yaml': CONFIG_MANIFEST });
    const report = await diagnose({
      items: [
        deployment(),
        pod({ waiting: { reason: 'CreateContainerConfigError', message: 'configmap "api-config" not found' } }),
        service(),
        ...endpoints('api', { notReady: 1 }),
      ],
      names: ['configmap/kube-root-ca.crt', 'secret/api-database'],
    });
    const root = expectRoot(report, {
      cause: 'pod.config-missing',
      target: 'deployment/api',
      mentions: [
        'ConfigMap api-config does not exist in namespace shop',
        'k8s/config.yaml declares it',
        'k8s/api.yaml:39',
      ],
    });
    expect(report.findings.map(({ cause }) => cause)).toEqual(['pod.config-missing', 'service.no-endpoints']);
    expect(root.fixes[0]?.changes[0]).toMatchObject({
      argv: ['kubectl', 'apply', '-n', 'shop', '-f', 'k8s/config.yaml'],
      undo: ['kubectl', 'delete', 'configmap', 'api-config', '-n', 'shop', '--ignore-not-found'],
    });
  });

  it('a Secret whose name is misspelt', async () => {
    const report = await diagnose({
      items: [
        deployment(),
        pod({ waiting: { reason: 'CreateContainerConfigError', message: 'secret "api-database" not found' } }),
      ],
      names: ['configmap/api-config', 'secret/api-databases'],
    });
    const root = expectRoot(report, {
      cause: 'pod.config-missing',
      mentions: ['Secret api-database does not exist', 'there is one named api-databases', 'k8s/api.yaml:44'],
    });
    expect(root.fixes[0]?.changes[0]).toMatchObject({
      kind: 'edit',
      line: 44,
      after: '                  name: api-databases',
    });
  });

  it('a key that a Secret lacks, and no value in the report', async () => {
    const value = 'aHVzaC1nYXJkZW4tOTE=';
    await scenario.write({
      'k8s/secret.yaml': `apiVersion: v1\nkind: Secret\nmetadata:\n  name: api-database\ndata:\n  pass: ${value}\n`,
    });
    const report = await diagnose({
      items: [
        deployment(),
        pod({
          waiting: {
            reason: 'CreateContainerConfigError',
            message: "couldn't find key password in Secret shop/api-database",
          },
        }),
      ],
      names: ['configmap/api-config', 'secret/api-database'],
    });
    expectRoot(report, {
      cause: 'pod.config-missing',
      mentions: ['key password of Secret api-database', 'k8s/api.yaml:45'],
      secrets: [value, 'hush-garden-91'],
    });
  });

  it('a ConfigMap that cannot be mounted, seen only in the events', async () => {
    const report = await diagnose({
      items: [
        deployment(),
        pod({ waiting: { reason: 'ContainerCreating' }, age: 300 }),
        event(
          NAME,
          'FailedMount',
          'MountVolume.SetUp failed for volume "settings" : configmap "api-settings" not found',
          { count: 9 },
        ),
      ],
      names: ['configmap/api-config'],
    });
    expectRoot(report, {
      cause: 'pod.config-missing',
      mentions: ['ConfigMap api-settings', 'MountVolume.SetUp failed'],
    });
  });

  it('misleading: the Service is named in the complaint, the missing Secret is the root', async () => {
    const report = await diagnose({
      items: [
        deployment('api', { replicas: 2 }),
        pod({ waiting: { reason: 'CreateContainerConfigError', message: 'secret "api-database" not found' } }),
        pod({
          suffix: 'k8qq2',
          waiting: { reason: 'CreateContainerConfigError', message: 'secret "api-database" not found' },
        }),
        event('api', 'FailedToUpdateEndpoint', 'Failed to update endpoint shop/api: Operation cannot be fulfilled', {
          kind: 'Endpoints',
          count: 90,
        }),
        service(),
        ...endpoints('api', { notReady: 2 }),
      ],
      names: [],
    });
    expectRoot(report, { cause: 'pod.config-missing', target: 'deployment/api', mentions: ['all 2 pods'] });
  });

  it('misleading: a pod that lies on a broken node, while another node only looks odd', async () => {
    const report = await diagnose({
      nodes: [
        node('shop-worker', {
          ready: 'False',
          message: 'container runtime network not ready: cni plugin not initialized',
        }),
        node('spare', { ready: 'Unknown' }),
      ],
      items: [
        deployment(),
        pod({ since: 900, waiting: { reason: 'ContainerCreating' } }),
        service(),
        ...endpoints('api', { notReady: 1 }),
      ],
    });
    expectRoot(report, {
      cause: 'node.not-ready',
      target: 'cluster',
      mentions: ['shop-worker', 'cni plugin not initialized'],
    });
    expect(report.findings.filter(({ cause }) => cause === 'node.not-ready')).toHaveLength(1);
  });
});
