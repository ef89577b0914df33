import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import type { ContainerFacts, EngineDiskUse } from '../../../systems/docker/docker.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { containerEvidence, hasFailed, isUp, lastWords, lastWordsText, wasStopped } from '../../containerText.ts';
import { sizeText } from '../../diskText.ts';
import { clip } from '../../evidence.ts';
import { defineObserver } from '../../observer.ts';
import { containers, type WorkspaceContainers } from '../../observers/containers.ts';
import { type ContainerTarget, containerTargets } from '../../observers/containerTargets.ts';
import { type EndpointProbe, endpointProbes } from '../../observers/endpointProbes.ts';
import { sourceText } from '../../targets/target.ts';

/** A project that was left yesterday is not missed today. */
const PUT_AWAY_MS = 12 * 3_600_000;
const NO_SPACE = /ENOSPC|[Nn]o space left on device/;

/** What the engine could free; it takes seconds to count, so only where a container speaks of a lack of space. */
const engineDisk = defineObserver<EngineDiskUse | undefined>({
  id: 'container-exited.disk',
  label: 'disk use of the container engine',
  timeoutMs: 22_000,
  observe: async ({ systems, signal, use }) => {
    const targets = await use(containerTargets);
    const words = targets.flatMap((target) => [target.container.error, ...lastWords(target).map(({ text }) => text)]);
    if (!words.some((text) => NO_SPACE.test(text))) return undefined;
    const answer = await systems.docker.diskUse({ timeoutMs: 4_000, signal });
    return answer.kind === 'ready' ? answer.value : undefined;
  },
});

export const containerExited = defineCause({
  id: 'container.exited',
  category: 'startup',
  summary: 'The container of a service ended, and the service is gone with it',
  advice: {
    sure: 'The engine itself says that the container is not running, with which exit code, and since when.',
    first: 'Read the end of its output; the exit code says whether it failed by itself or was stopped.',
    verify: 'docker ps lists it as up, and what needs it works again.',
  },
  needs: { targets: containerTargets, engine: containers, probes: endpointProbes, disk: engineDisk },
  explains: [
    'service.down',
    'process.crash-loop',
    'database.unreachable',
    'cache.unreachable',
    'network.refused',
    'network.timeout',
    'dns.failed',
    'proxy.upstream-down',
    'container.unhealthy',
    'upstream.slow',
  ],
  judge: ({ targets, engine, probes, disk }) => [
    // Said once, for all causes of containers.
    ...(engine.because === undefined
      ? []
      : [
          unknown({
            because: `no container could be looked at: ${engine.because}`,
            next: 'start the container engine',
          }),
        ]),
    ...targets.flatMap((target) => judgeTarget(target, engine, probes, disk)),
  ],
});

function judgeTarget(
  target: ContainerTarget,
  engine: WorkspaceContainers,
  probes: readonly EndpointProbe[],
  disk: EngineDiskUse | undefined,
): Judgement[] {
  const { name, container, compose, complaints, onHost } = target;
  if (isUp(container) || container.state === 'restarting')
    return complaints.length === 0
      ? []
      : [
          refuted({
            target: name,
            because: `its container ${container.name} is ${container.state}`,
            evidence: [containerEvidence(container)],
          }),
        ];
  const failed = hasFailed(target);
  // Somebody else does its work: a process of this machine, or whoever answers at its address.
  const answered = probes.find(({ endpoint }) => endpoint.name === name)?.connection;
  if (onHost) return [];
  if (answered?.kind === 'accepted' && container.error === '')
    return [
      refuted({
        target: name,
        because: `its container ${container.name} is ${container.state}, but ${answered.address} accepts connections in its place`,
        evidence: [containerEvidence(container)],
      }),
    ];
  const evidence = [
    containerEvidence(container),
    ...lastWords(target),
    ...complaints.map((complaint) => complaint.evidence),
    { kind: 'config' as const, source: sourceText(compose.at), text: `services.${compose.name}` },
  ];
  const needing = [...new Set(complaints.map(({ service }) => service))];
  const needs = needing.length === 0 ? '' : `, and ${needing.join(', ')} ${needing.length > 1 ? 'need' : 'needs'} it`;
  const next = `start it if it is meant to run: docker start ${container.name}`;
  if (failed && isPutAway(container, engine))
    return [
      unknown({
        target: name,
        because: `its container ended with exit code ${container.exitCode} on ${container.finishedAt?.toISOString()}, and nothing of its project runs since`,
        next,
      }),
    ];
  if (failed)
    return [
      proved({
        target: name,
        summary:
          container.error !== ''
            ? `The container of ${name} could not be started: ${clip(container.error)}${needs}`
            : `The container of ${name} ended with exit code ${container.exitCode}${meaning(container)}${needs}${lastWordsText(target)}`,
        evidence: [
          ...evidence,
          ...(NO_SPACE.test(evidence.map(({ text }) => text).join('\n')) ? diskEvidence(disk) : []),
        ],
      }),
    ];
  // Ended in order, or stopped by somebody: a fault only for those who miss it now.
  if (complaints.length > 0)
    return [
      proved({
        target: name,
        summary: `The container of ${name} ${container.state === 'created' ? 'was never started' : wasStopped(target) ? `was stopped (exit code ${container.exitCode})` : `ended with exit code ${container.exitCode}`}${needs}`,
        confidence: complaints.some(({ named }) => named) ? 'proved' : 'likely',
        evidence,
        fixes: [startFix(container)],
      }),
    ];
  return container.exitCode === 0 || engine.list.every((other) => !isUp(other))
    ? []
    : [
        unknown({
          target: name,
          because: `its container was stopped (exit code ${container.exitCode}), and nothing that runs misses it`,
          next,
        }),
      ];
}

/** The whole project is down, and has been for long: it was left, whatever the exit codes say. */
function isPutAway({ finishedAt }: ContainerFacts, { list }: WorkspaceContainers): boolean {
  return (
    finishedAt !== undefined &&
    Date.now() - finishedAt.getTime() > PUT_AWAY_MS &&
    list.every((other) => !isUp(other) && other.state !== 'restarting')
  );
}

function diskEvidence(disk: EngineDiskUse | undefined): Evidence[] {
  if (!disk) return [];
  const { images, unusedImages, containers: layers, volumes, buildCache } = disk;
  const text = `images ${sizeText(images)} (${sizeText(unusedImages)} unused), containers ${sizeText(layers)}, volumes ${sizeText(volumes)}, build cache ${sizeText(buildCache)}`;
  return [{ kind: 'container', source: 'docker system df', text }];
}

/** Codes that shells and engines give a meaning to. https://docs.docker.com/reference/cli/docker/container/run/#exit-status */
function meaning({ exitCode, oomKilled }: ContainerFacts): string {
  if (oomKilled) return ' (killed for memory)';
  if (exitCode === 125) return ' (the engine could not run it)';
  if (exitCode === 126) return ' (its command cannot be executed)';
  if (exitCode === 127) return ' (its command was not found)';
  if (exitCode === 132) return ' (illegal instruction)';
  if (exitCode === 134) return ' (it aborted itself)';
  if (exitCode === 139) return ' (memory fault)';
  return '';
}

function startFix({ name }: ContainerFacts): Fix {
  return {
    title: `Start the container ${name}`,
    risk: 'execute',
    changes: [{ kind: 'container', action: 'start', container: name }],
    undo: true,
    verify: `docker ps lists ${name} as up, and it stays up.`,
  };
}
