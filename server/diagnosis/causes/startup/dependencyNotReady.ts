import type { Change, Evidence } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved } from '../../cause.ts';
import { waitUntilHealthy } from '../../composeEdits.ts';
import { containerEvidence, isUp, speaksOf } from '../../containerText.ts';
import { logEvidence } from '../../evidence.ts';
import { defineObserver } from '../../observer.ts';
import { type ContainerTarget, containerTargets } from '../../observers/containerTargets.ts';
import { type EndpointProbe, endpointProbes } from '../../observers/endpointProbes.ts';
import type { LogEntry } from '../../observers/serviceStates.ts';
import { sourceText } from '../../targets/target.ts';

/** From the start of a server to the first connection that it accepts. */
const START_MS = 30_000;
/** Conditions under which compose itself waits. */
const WAITING = new Set(['service_healthy', 'service_completed_successfully']);
const NOT_YET =
  /ECONNREFUSED|[Cc]onnection refused|the database system is starting up|LOADING Redis|not yet accepting connections|ENOTFOUND|EAI_AGAIN|Name or service not known|could not translate host name|Communications link failure/;

/** The port in `store:7000`, `172.18.0.2:7000`, `host=store port=7000`. */
const PORT = /:(\d{2,5})\b|\bport[ =:]{1,3}(\d{2,5})\b/gi;
const CONNECT_MS = 1_500;

/**
 * Names of running containers without a health check that accept a connection now, at the port where one was refused:
 * nothing else tells that such a container is ready.
 */
const answeringContainers = defineObserver<ReadonlySet<string>>({
  id: 'dependency.answering',
  label: 'containers that were not ready',
  timeoutMs: 20_000,
  observe: async ({ systems, signal, use }) => {
    const targets = await use(containerTargets);
    const questions = targets.flatMap((target) => {
      const text = refusalOf(target)?.record.text;
      if (text === undefined || isUp(target.container)) return [];
      return targets
        .filter(
          (other) => other !== target && isUp(other.container) && !other.container.health && speaksOf(text, other),
        )
        .map(({ container }) => ({
          container,
          ports: [...new Set([...text.matchAll(PORT)].map(([, port, named]) => Number(port ?? named)))],
        }));
    });
    const answering = await Promise.all(
      questions.flatMap(({ container, ports }) =>
        container.networks.flatMap(({ address }) =>
          ports.slice(0, 3).map(async (port) => {
            if (address === '') return [];
            const { kind } = await systems.network.connect(address, port, { timeoutMs: CONNECT_MS, signal });
            return kind === 'accepted' ? [container.name] : [];
          }),
        ),
      ),
    );
    return new Set(answering.flat());
  },
});

export const dependencyNotReady = defineCause({
  id: 'dependency.not-ready',
  category: 'startup',
  summary: 'The service started before what it depends on was ready, and gave up',
  advice: {
    sure: 'Its last words are a refused connection to a dependency that accepts connections now and came up later.',
    first: 'Start the service again; then let compose wait for it with depends_on: condition: service_healthy.',
    verify: 'The service stays up after a fresh docker compose up.',
  },
  needs: { targets: containerTargets, probes: endpointProbes, answering: answeringContainers },
  explains: [
    'container.exited',
    'container.restarting',
    'service.down',
    'process.crash-loop',
    'network.refused',
    'proxy.upstream-down',
    'dns.failed',
  ],
  judge: ({ targets, probes, answering }) =>
    targets.flatMap((target) => judgeTarget(target, targets, probes, answering)),
});

/** The last thing that it said of a dependency which did not answer. */
function refusalOf({ state }: ContainerTarget): LogEntry | undefined {
  return [...(state?.errors ?? []), ...(state?.crashes ?? [])].findLast(({ record }) => NOT_YET.test(record.text));
}

function judgeTarget(
  target: ContainerTarget,
  all: readonly ContainerTarget[],
  probes: readonly EndpointProbe[],
  answering: ReadonlySet<string>,
): Judgement[] {
  const { name, container, compose } = target;
  const entry = refusalOf(target);
  if (!entry || isUp(container)) return [];
  const endedAt = container.finishedAt?.getTime() ?? 0;
  return all.flatMap((other): Judgement[] => {
    const declared = compose.dependsOn.find(({ service }) => service === other.compose.name);
    const needed = declared !== undefined || target.target.dependsOn.some((edge) => edge.target === other.name);
    if (other === target || !needed || !isUp(other.container) || !speaksOf(entry.record.text, other)) return [];
    const { health, startedAt } = other.container;
    const waits = declared !== undefined && WAITING.has(declared.condition);
    const probe = probes.find(({ endpoint }) => endpoint.name === other.name);
    const accepts = health
      ? health.status === 'healthy'
      : probe?.connection?.kind === 'accepted' || answering.has(other.container.name);
    if (!accepts || waits) return [];
    // Ready only after the service had ended: by its first passed check, else by its start.
    const readyAt = health?.log.find(({ exitCode }) => exitCode === 0)?.at ?? startedAt;
    if (readyAt === undefined || readyAt.getTime() <= endedAt - START_MS) return [];
    const evidence: Evidence[] = [
      logEvidence(entry),
      containerEvidence(container),
      containerEvidence(other.container),
      declared
        ? {
            kind: 'config',
            source: sourceText(declared.at),
            text: `depends_on ${declared.service}: condition ${declared.condition}, which does not wait until it is ready`,
          }
        : {
            kind: 'config',
            source: sourceText(compose.at),
            text: `services.${compose.name} has no depends_on for ${other.compose.name}`,
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
            changes: [...waitEdit(target, other), { kind: 'container', action: 'start', container: container.name }],
            undo: true,
            verify: `${name} connects to ${other.name} and stays up.`,
          },
        ],
      }),
    ];
  });
}

/** From now on compose waits: only where the dependency has a check to wait for. */
function waitEdit({ compose, lineOf }: ContainerTarget, other: ContainerTarget): Change[] {
  const edit = other.container.health && waitUntilHealthy(compose, other.compose.name, lineOf);
  return edit ? [edit] : [];
}
