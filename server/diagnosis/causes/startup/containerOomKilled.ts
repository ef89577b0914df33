import type { Change, Fix } from '../../../protocol/diagnosis.ts';
import type { ContainerFacts, ContainerUsage } from '../../../systems/docker/docker.ts';
import type { KernelKill } from '../../../systems/host/kernelLog.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { containerEvidence, isUp, lastWords } from '../../containerText.ts';
import { sizeText } from '../../diskText.ts';
import { killEvidence } from '../../killText.ts';
import { defineObserver } from '../../observer.ts';
import { type ContainerTarget, containerTargets } from '../../observers/containerTargets.ts';
import { sourceText } from '../../targets/target.ts';

const MIB = 1 << 20;
/** Up for so long after a kill, it has found room. */
const OVER_MS = 10 * 60_000;
const USAGE_MS = 1_500;

/** What those use now that were killed before and run again. */
const memoryNow = defineObserver<ReadonlyMap<string, ContainerUsage>>({
  id: 'container-oom-killed.usage',
  label: 'memory of containers that were killed for it',
  timeoutMs: 18_000,
  observe: async ({ systems, signal, use }) => {
    const killed = (await use(containerTargets)).filter(
      ({ container, events }) => isUp(container) && events.some(({ action }) => action === 'oom'),
    );
    const answers = await Promise.all(
      killed.map(async ({ name, container }) => ({
        name,
        answer: await systems.docker.usage(container.id, { timeoutMs: USAGE_MS, signal }),
      })),
    );
    return new Map(answers.flatMap(({ name, answer }) => (answer.kind === 'ready' ? [[name, answer.value]] : [])));
  },
});

interface KernelWord {
  /** Kills at the limit of the container's own cgroup; empty when the kernel knows of none. */
  kills: KernelKill[];
  source: string;
}

/**
 * What the kernel says of containers that were killed and whose engine names no reason: Podman does not always hear of it.
 * Absent for those that need no answer, and where the kernel's log may not be read.
 */
const kernelWords = defineObserver<ReadonlyMap<string, KernelWord>>({
  id: 'container-oom-killed.kernel',
  label: 'kernel log of killed containers',
  timeoutMs: 22_000,
  observe: async ({ systems, signal, use }) => {
    const killed = (await use(containerTargets)).filter(({ container }) => isUnexplainedKill(container));
    if (killed.length === 0) return new Map();
    const answer = await systems.host.kernelLog(signal);
    if (answer.kind !== 'read') return new Map();
    const { kills, source } = answer.log;
    return new Map(
      killed.map(({ name, container }) => [
        name,
        { kills: kills.filter(({ limitedBy }) => limitedBy?.includes(container.id) === true), source },
      ]),
    );
  },
});

/** Exit code 137 is what everybody takes for a lack of memory. */
function isUnexplainedKill(container: ContainerFacts): boolean {
  return container.exitCode === 137 && !isUp(container) && !container.oomKilled;
}

export const containerOomKilled = defineCause({
  id: 'container.oom-killed',
  category: 'startup',
  summary: 'The kernel killed the container because it needed more memory than its limit',
  advice: {
    sure: 'The kernel’s own report of the kill is for this container: the engine got it (OOMKilled), or it stands in the kernel’s log.',
    first: 'Compare what the service needs with its limit: raise the limit, or give the service less to hold.',
    verify: 'It runs under the same load, and docker inspect shows OOMKilled false.',
  },
  needs: { targets: containerTargets, usage: memoryNow, kernel: kernelWords },
  explains: [
    'container.exited',
    'container.restarting',
    'container.unhealthy',
    'service.down',
    'process.crash-loop',
    'memory.oom-kill',
    'database.unreachable',
    'database.starting',
    'cache.unreachable',
    'network.refused',
    'dns.failed',
    'proxy.upstream-down',
    'upstream.slow',
  ],
  judge: ({ targets, usage, kernel }) =>
    targets.flatMap((target) => judgeTarget(target, usage.get(target.name), kernel.get(target.name))),
});

function judgeTarget(
  target: ContainerTarget,
  usage: ContainerUsage | undefined,
  kernel: KernelWord | undefined,
): Judgement[] {
  const { name, container, compose, events } = target;
  const { oomKilled, memoryLimit, restartCount } = container;
  const kill = kernel?.kills.at(-1);
  const kills = events.filter(({ action }) => action === 'oom');
  const last = kills.at(-1);
  const up = isUp(container);
  // Of one that was started again the engine forgets the kill; its events do not. Long at rest, it is over.
  const again =
    last !== undefined &&
    (container.state === 'restarting' || (up && restartCount > 0 && Date.now() - last.at.getTime() < OVER_MS));
  if (!(oomKilled && !up) && !again && !kill) {
    return isUnexplainedKill(container) && last === undefined
      ? [
          refuted({
            target: name,
            because: `${container.name} was killed (exit code 137), but ${kernel ? 'neither the engine nor the kernel reports' : 'the engine does not report'} a lack of memory`,
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
      summary: `The kernel killed ${name} at ${limit}${kills.length > 1 ? `, ${kills.length} times within the last hour` : ''}${restartCount > 0 ? `; the engine restarted it ${restartCount} times` : ''}`,
      evidence: [
        containerEvidence(container),
        ...(kill ? [killEvidence(kill, kernel?.source)] : []),
        ...(last
          ? [
              {
                kind: 'container' as const,
                source: `docker events --filter container=${container.name}`,
                text: `oom, ${kills.length} times within the last hour`,
                time: last.at.toISOString(),
              },
            ]
          : []),
        ...(usage?.memoryBytes === undefined
          ? []
          : [
              {
                kind: 'container' as const,
                source: `docker stats ${container.name}`,
                text: `uses ${sizeText(usage.memoryBytes)} of ${sizeText(usage.memoryLimitBytes ?? memoryLimit ?? 0)} now`,
              },
            ]),
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
function raiseFix({ compose, lineOf }: ContainerTarget, { name, state }: ContainerFacts, limit: number): Fix {
  const after = `${Math.ceil((limit * 2) / MIB)}m`;
  const before = `${Math.ceil(limit / MIB)}m`;
  const update = (size: string): string[] => ['docker', 'update', '--memory', size, '--memory-swap', size, name];
  const written = compose.memoryLimit;
  const memoryLine = written && lineOf(written.at.file, written.at.line);
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
