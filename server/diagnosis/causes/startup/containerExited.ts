import type { Fix } from '../../../protocol/diagnosis.ts';
import type { ContainerFacts } from '../../../systems/docker/docker.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { containerEvidence, hasFailed, isUp, lastWords, lastWordsText, wasStopped } from '../../containerText.ts';
import { containers } from '../../observers/containers.ts';
import { type ContainerTarget, containerTargets } from '../../observers/containerTargets.ts';
import { sourceText } from '../../targets/target.ts';

export const containerExited = defineCause({
  id: 'container.exited',
  category: 'startup',
  summary: 'The container of a service ended, and the service is gone with it',
  advice: {
    sure: 'The engine itself says that the container is not running, with which exit code, and since when.',
    first: 'Read the end of its output; the exit code says whether it failed by itself or was stopped.',
    verify: 'docker ps lists it as up, and what needs it works again.',
  },
  needs: { targets: containerTargets, engine: containers },
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
  judge: ({ targets, engine }) => [
    // Said once, for all causes of containers.
    ...(engine.because === undefined
      ? []
      : [
          unknown({
            because: `no container could be looked at: ${engine.because}`,
            next: 'start the container engine',
          }),
        ]),
    ...targets.flatMap(judgeTarget),
  ],
});

function judgeTarget(target: ContainerTarget): Judgement[] {
  const { name, container, compose, neededBy } = target;
  if (isUp(container) || container.state === 'restarting')
    return neededBy.length === 0
      ? []
      : [
          refuted({
            target: name,
            because: `its container ${container.name} is ${container.state}`,
            evidence: [containerEvidence(container)],
          }),
        ];
  const evidence = [
    containerEvidence(container),
    ...lastWords(target),
    { kind: 'config' as const, source: sourceText(compose.at), text: `services.${compose.name}` },
  ];
  const needs =
    neededBy.length === 0 ? '' : `, and ${neededBy.join(', ')} ${neededBy.length > 1 ? 'need' : 'needs'} it`;
  if (hasFailed(container))
    return [
      proved({
        target: name,
        summary:
          container.error !== ''
            ? `The container of ${name} could not be started: ${container.error}${needs}`
            : `The container of ${name} ended with exit code ${container.exitCode}${meaning(container)}${needs}${lastWordsText(target)}`,
        evidence,
      }),
    ];
  // Ended in order, or stopped by somebody: a fault only for those who need it now.
  if (neededBy.length > 0)
    return [
      proved({
        target: name,
        summary: `The container of ${name} ${container.state === 'created' ? 'was never started' : wasStopped(container) ? `was stopped (exit code ${container.exitCode})` : `ended with exit code ${container.exitCode}`}${needs}`,
        evidence,
        fixes: [startFix(container)],
      }),
    ];
  return container.exitCode === 0
    ? []
    : [
        unknown({
          target: name,
          because: `its container was stopped (exit code ${container.exitCode}), and nothing that runs needs it`,
          next: `start it if it is meant to run: docker start ${container.name}`,
        }),
      ];
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
