import type { Evidence } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved } from '../../cause.ts';
import { containerEvidence, isUp } from '../../containerText.ts';
import { logEvidence } from '../../evidence.ts';
import { type ContainerTarget, containerTargets } from '../../observers/containerTargets.ts';
import { type EndpointProbe, endpointProbes } from '../../observers/endpointProbes.ts';
import { sourceText } from '../../targets/target.ts';

const NOT_YET =
  /ECONNREFUSED|[Cc]onnection refused|the database system is starting up|LOADING Redis|not yet accepting connections|ENOTFOUND|EAI_AGAIN|Name or service not known|could not translate host name|Communications link failure/;

export const dependencyNotReady = defineCause({
  id: 'dependency.not-ready',
  category: 'startup',
  summary: 'The service started before what it depends on was ready, and gave up',
  advice: {
    sure: 'Its last words are a refused connection to a dependency that accepts connections now and came up later.',
    first: 'Start the service again; then let compose wait for it with depends_on: condition: service_healthy.',
    verify: 'The service stays up after a fresh docker compose up.',
  },
  needs: { targets: containerTargets, probes: endpointProbes },
  explains: [
    'container.exited',
    'container.restarting',
    'service.down',
    'process.crash-loop',
    'network.refused',
    'proxy.upstream-down',
    'dns.failed',
  ],
  judge: ({ targets, probes }) => targets.flatMap((target) => judgeTarget(target, targets, probes)),
});

function judgeTarget(
  target: ContainerTarget,
  all: readonly ContainerTarget[],
  probes: readonly EndpointProbe[],
): Judgement[] {
  const { name, container, compose, state } = target;
  const entry = [...(state?.errors ?? []), ...(state?.crashes ?? [])].findLast(({ record }) =>
    NOT_YET.test(record.text),
  );
  if (!entry || isUp(container)) return [];
  const endedAt = container.finishedAt?.getTime() ?? 0;
  return compose.dependsOn.flatMap((dependency): Judgement[] => {
    const other = all.find((candidate) => candidate.compose.name === dependency.service);
    if (!other || !isUp(other.container)) return [];
    const { health } = other.container;
    const passed = health?.log.find(({ exitCode }) => exitCode === 0);
    // Ready only after the service had ended: by its first passed check, or by its start.
    const readyAt = passed?.at ?? other.container.startedAt;
    const waits =
      dependency.condition === 'service_healthy' || dependency.condition === 'service_completed_successfully';
    const probe = probes.find(({ endpoint }) => endpoint.name === other.name);
    const accepts = health ? health.status === 'healthy' : probe?.connection?.kind === 'accepted';
    if (!accepts || waits || !names(entry.record.text, other)) return [];
    const late = readyAt !== undefined && readyAt.getTime() > endedAt - 30_000;
    if (!late) return [];
    const evidence: Evidence[] = [
      logEvidence(entry),
      containerEvidence(container),
      containerEvidence(other.container),
      {
        kind: 'config',
        source: sourceText(dependency.at),
        text: `depends_on ${dependency.service}: condition ${dependency.condition}, which does not wait until it is ready`,
      },
    ];
    return [
      proved({
        target: name,
        summary: `${name} started before ${other.name} was ready and ended with exit code ${container.exitCode}; ${other.name} accepts connections by now`,
        evidence,
        fixes: [
          {
            title: `Start ${container.name} again`,
            risk: 'execute',
            changes: [{ kind: 'container', action: 'start', container: container.name }],
            undo: true,
            verify: `${name} connects to ${other.name} and stays up.`,
          },
        ],
      }),
    ];
  });
}

/** The complaint is about this dependency: its name, its address, or one of its ports stands in it. */
function names(text: string, { compose, container }: ContainerTarget): boolean {
  const words = [
    compose.name,
    container.name,
    ...container.networks.flatMap(({ address, aliases }) => [address, ...aliases]),
    ...compose.ports.map(({ target }) => `:${target}`),
  ];
  return words.some((word) => word.length > 1 && text.includes(word));
}
