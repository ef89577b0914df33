import { defineCause, type Judgement, proved } from '../../cause.ts';
import { containerEvidence, lastWords, lastWordsText } from '../../containerText.ts';
import { type ContainerTarget, containerTargets } from '../../observers/containerTargets.ts';

/** Fewer starts may be a slow dependency; the third in a row is a loop. */
const LOOP = 3;
/** Up for longer than this, it has come to rest: the engine itself forgets its back-off after 10 s. */
const SETTLED_MS = 60_000;

export const containerRestarting = defineCause({
  id: 'container.restarting',
  category: 'startup',
  summary: 'The engine starts the container again and again, and it ends each time',
  advice: {
    sure: 'The engine counts its restarts, and the container has not stayed up since.',
    first: 'Read why it ends in its output: the restart policy only repeats that.',
    verify: 'It stays up for minutes, and the restart count no longer grows.',
  },
  needs: { targets: containerTargets },
  explains: [
    'process.crash-loop',
    'service.down',
    'container.exited',
    'container.unhealthy',
    'database.unreachable',
    'database.starting',
    'cache.unreachable',
    'network.refused',
    'dns.failed',
    'proxy.upstream-down',
  ],
  judge: ({ targets }) => targets.flatMap(judgeTarget),
});

function judgeTarget(target: ContainerTarget): Judgement[] {
  const { name, container } = target;
  const { state, restartCount, startedAt, finishedAt, exitCode } = container;
  const settled = state === 'running' && startedAt !== undefined && Date.now() - startedAt.getTime() > SETTLED_MS;
  // "on-failure:3" gave up: the engine has stopped trying, and the loop is its last state.
  const gaveUp = state === 'exited' && restartCount >= LOOP && exitCode !== 0 && finishedAt !== undefined;
  if (restartCount < LOOP || settled || !(state === 'restarting' || state === 'running' || gaveUp)) return [];
  return [
    proved({
      target: name,
      summary: `The container of ${name} was restarted ${restartCount} times and ${gaveUp ? 'the engine gave up' : 'does not stay up'} (exit code ${exitCode})${lastWordsText(target)}`,
      evidence: [containerEvidence(container), ...lastWords(target)],
    }),
  ];
}
