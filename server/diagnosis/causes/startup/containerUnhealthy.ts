import type { Evidence } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { containerEvidence, isUp, lastWords } from '../../containerText.ts';
import { clip } from '../../evidence.ts';
import { type ContainerTarget, containerTargets } from '../../observers/containerTargets.ts';

export const containerUnhealthy = defineCause({
  id: 'container.unhealthy',
  category: 'startup',
  summary: 'The container runs, but its own health check fails',
  advice: {
    sure: 'The engine runs the check by itself, and its last runs failed; their output says how.',
    first:
      'Run the check by hand inside the container: either the service is ill, or the check asks the wrong question.',
    verify: 'docker ps shows it as healthy.',
  },
  needs: { targets: containerTargets },
  explains: ['service.down', 'network.refused', 'proxy.upstream-down', 'dependency.not-ready', 'upstream.slow'],
  judge: ({ targets }) => targets.flatMap(judgeTarget),
});

function judgeTarget(target: ContainerTarget): Judgement[] {
  const { name, container, complaints } = target;
  const { health } = container;
  if (!health || !isUp(container)) return [];
  const run = health.log.at(-1);
  const check: Evidence[] = run
    ? [
        {
          kind: 'container',
          source: `docker inspect ${container.name}`,
          text: clip(
            `${commandText(health.test)} → ${run.exitCode === 0 ? 'ok' : `exit code ${run.exitCode}`}: ${run.output}`,
          ),
          ...(run.at === undefined ? {} : { time: run.at.toISOString() }),
        },
      ]
    : [];
  if (health.status === 'unhealthy') {
    const why = run ? clip(run.output, 140) : '';
    return [
      proved({
        target: name,
        summary: `The health check of ${name} failed ${health.failingStreak} times in a row${why === '' ? '' : `: ${why}`}`,
        evidence: [...check, containerEvidence(container), ...lastWords(target)],
      }),
    ];
  }
  return health.status === 'healthy' && complaints.length > 0
    ? [refuted({ target: name, because: `its health check passes`, evidence: check })]
    : [];
}

function commandText(test: readonly string[]): string {
  const [kind, ...words] = test;
  return kind === 'CMD' || kind === 'CMD-SHELL' ? words.join(' ') : test.join(' ');
}
