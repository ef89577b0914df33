import type { Change, Fix } from '../../../protocol/diagnosis.ts';
import type { ContainerFacts } from '../../../systems/docker/docker.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { containerEvidence, isUp, lastWords } from '../../containerText.ts';
import { sizeText } from '../../diskText.ts';
import { type ContainerTarget, containerTargets } from '../../observers/containerTargets.ts';
import { sourceText } from '../../targets/target.ts';

const MIB = 1 << 20;

export const containerOomKilled = defineCause({
  id: 'container.oom-killed',
  category: 'startup',
  summary: 'The kernel killed the container because it needed more memory than its limit',
  advice: {
    sure: 'The engine got the kernel’s own report of the kill (OOMKilled) for this container.',
    first: 'Compare what the service needs with its limit: raise the limit, or give the service less to hold.',
    verify: 'It runs under the same load, and docker inspect shows OOMKilled false.',
  },
  needs: { targets: containerTargets },
  explains: [
    'container.exited',
    'container.restarting',
    'container.unhealthy',
    'service.down',
    'process.crash-loop',
    'memory.oom-kill',
    'database.unreachable',
    'cache.unreachable',
    'network.refused',
    'dns.failed',
    'proxy.upstream-down',
    'upstream.slow',
  ],
  judge: ({ targets }) => targets.flatMap(judgeTarget),
});

function judgeTarget(target: ContainerTarget): Judgement[] {
  const { name, container, compose } = target;
  const { oomKilled, memoryLimit, exitCode, restartCount } = container;
  if (!oomKilled) {
    // 137 is what everybody takes for a lack of memory; the engine knows better.
    return exitCode === 137 && !isUp(container)
      ? [
          refuted({
            target: name,
            because: `${container.name} was killed (exit code 137), but the kernel reports no lack of memory`,
            evidence: [containerEvidence(container)],
          }),
        ]
      : [];
  }
  const limit =
    memoryLimit === undefined ? 'the memory of this machine' : `its memory limit of ${sizeText(memoryLimit)}`;
  return [
    proved({
      target: name,
      summary: `The kernel killed ${name} at ${limit}${restartCount > 0 ? `, after ${restartCount} restarts` : ''}`,
      evidence: [
        containerEvidence(container),
        ...lastWords(target),
        ...(compose.memoryLimit
          ? [
              {
                kind: 'config' as const,
                source: sourceText(compose.memoryLimit.at),
                text: `memory limit of ${compose.name}: ${compose.memoryLimit.text}`,
              },
            ]
          : []),
      ],
      fixes: memoryLimit === undefined ? [] : [raiseFix(target, container, memoryLimit)],
    }),
  ];
}

/** Twice as much, in the file and for the container that is there: the file alone would wait for the next `up`. */
function raiseFix({ compose, memoryLine }: ContainerTarget, { name, state }: ContainerFacts, limit: number): Fix {
  const after = `${Math.ceil((limit * 2) / MIB)}m`;
  const before = `${Math.ceil(limit / MIB)}m`;
  const update = (size: string): string[] => ['docker', 'update', '--memory', size, '--memory-swap', size, name];
  const written = compose.memoryLimit;
  const edit: Change[] =
    written && memoryLine?.includes(written.text)
      ? [
          {
            kind: 'edit',
            file: written.at.file,
            line: written.at.line,
            before: memoryLine,
            after: memoryLine.replace(written.text, after),
          },
        ]
      : [];
  return {
    title: `Raise the memory limit of ${compose.name} from ${before} to ${after}`,
    risk: 'execute',
    changes: [
      ...edit,
      { kind: 'command', argv: update(after), undo: update(before) },
      { kind: 'container', action: state === 'running' ? 'restart' : 'start', container: name },
    ],
    undo: true,
    verify: 'The container stays up under the load that killed it.',
  };
}
