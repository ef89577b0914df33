import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import type { CgroupUse } from '../../../systems/process/processUse.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { type ContainerTarget, containerTargets } from '../../observers/containerTargets.ts';
import { healthAnswers } from '../../observers/healthAnswers.ts';
import { pidsOf, type ResourceSample, resourceSample, type Span } from '../../observers/resourceSample.ts';
import { serviceStates } from '../../observers/serviceStates.ts';
import { type SlowService, slownessEvidence, slowServices } from '../../slowness.ts';
import { sourceText } from '../../targets/target.ts';

/** Of the periods in which it ran: stopped in one half of them, it takes at least twice as long as it needs. */
const THROTTLED_SHARE = 0.5;
/** Fewer periods (of 100 ms, as a rule) tell nothing. */
const MIN_PERIODS = 3;
/** So many of them since the group was made are more than its start. */
const ENOUGH_PERIODS = 50;
/** A program with one busy thread cannot use up a whole core's quota. */
const ENOUGH_CORES = 1;

export const cpuThrottled = defineCause({
  id: 'cpu.throttled',
  category: 'performance',
  summary: 'The service may use less CPU time than it needs: the kernel stops it until its next quota',
  advice: {
    sure: 'The kernel counts the periods in which it stopped the group of the service for its quota, and they rise while it is slow.',
    first: 'Raise the CPU quota; the machine may well have idle cores meanwhile.',
    verify: 'nr_throttled of its cgroup stands still while it works, and it is fast again.',
  },
  needs: { states: serviceStates, health: healthAnswers, sample: resourceSample, containers: containerTargets },
  explains: [
    'event-loop.blocked',
    'worker.exhausted',
    'upstream.slow',
    'container.unhealthy',
    'network.timeout',
    'proxy.timeout',
    'dependency.not-ready',
  ],
  judge: ({ states, health, sample, containers }) =>
    sample === undefined
      ? []
      : slowServices(states, health).flatMap((slow) => {
          const { service } = slow.state;
          return judgeService(
            slow,
            sample,
            containers.find(({ name }) => name === service.name),
          );
        }),
});

function judgeService(slow: SlowService, sample: ResourceSample, container: ContainerTarget | undefined): Judgement[] {
  const target = slow.state.service.name;
  const group = groupOf(slow, sample);
  if (group?.after.cpuLimit === undefined)
    return container?.compose.cpuLimit && !group
      ? [
          unknown({
            target,
            because: `its container has a CPU quota of ${container.compose.cpuLimit.text}, and what the kernel counts for it cannot be seen from here`,
            next: `docker exec ${container.container.name} cat /sys/fs/cgroup/cpu.stat`,
          }),
        ]
      : [];
  const { cpuLimit, cpuPath } = group.after;
  const periods = rise(group, 'periods');
  const throttled = rise(group, 'throttledPeriods');
  const seconds = `${sample.seconds.toFixed(1)} s`;
  const stood = rise(group, 'throttledSeconds');
  const evidence: Evidence[] = [
    {
      kind: 'host',
      source: `${cpuPath}/cpu.stat`,
      text: `stopped for its quota of ${coresText(cpuLimit)} in ${throttled} of ${periods} periods within ${seconds}${stood > 0 ? `; its threads stood still for ${stood.toFixed(2)} s` : ''}`,
    },
    ...slownessEvidence(slow),
  ];
  if (periods >= MIN_PERIODS && throttled >= periods * THROTTLED_SHARE)
    return [
      proved({
        target,
        summary: `${target} may use ${coresText(cpuLimit)} and needs more: the kernel stopped it in ${throttled} of ${periods} periods within ${seconds}`,
        evidence: [...evidence, ...configEvidence(container)],
        fixes: raiseFix(container, cpuLimit, sample.machine.after.cpuCount),
      }),
    ];
  // It has nothing to do at this moment: then what the kernel counted while it had bears its own words out.
  const [all, stopped] = [group.after.periods ?? 0, group.after.throttledPeriods ?? 0];
  if (periods < MIN_PERIODS && slow.entry && all >= ENOUGH_PERIODS && stopped >= all * THROTTLED_SHARE)
    return [
      proved({
        target,
        confidence: 'likely',
        summary: `${target} may use ${coresText(cpuLimit)} and needs more when it works: the kernel stopped it in ${stopped} of ${all} periods so far`,
        evidence: [...evidence, ...configEvidence(container)],
      }),
    ];
  const because =
    periods > 0
      ? `its quota of ${coresText(cpuLimit)} stopped it in ${throttled} of ${periods} periods within ${seconds}`
      : `its quota of ${coresText(cpuLimit)} stopped it in ${stopped} of ${all} periods so far`;
  return [refuted({ target, because, evidence })];
}

/** The group of its processes that was stopped most. */
function groupOf({ state }: SlowService, sample: ResourceSample): Span<CgroupUse> | undefined {
  const groups = pidsOf(state).flatMap((pid): Span<CgroupUse>[] => {
    const span = sample.processes.get(pid);
    const [before, after] = [span?.before.cgroup, span?.after.cgroup];
    if (!before || !after || before.cpuPath !== after.cpuPath) return [];
    // An engine in a machine of its own has other processes under these numbers.
    if (state.processes.length === 0 && !after.cpuPath.includes(state.container?.id ?? '')) return [];
    return [{ before, after }];
  });
  return groups.reduce<Span<CgroupUse> | undefined>(
    (most, each) =>
      most === undefined || rise(each, 'throttledPeriods') > rise(most, 'throttledPeriods') ? each : most,
    undefined,
  );
}

function rise({ before, after }: Span<CgroupUse>, name: 'periods' | 'throttledPeriods' | 'throttledSeconds'): number {
  return Math.max(0, (after[name] ?? 0) - (before[name] ?? 0));
}

function coresText(cores: number): string {
  return `${Number(cores.toFixed(2))} ${cores === 1 ? 'core' : 'cores'}`;
}

function configEvidence(container: ContainerTarget | undefined): Evidence[] {
  const written = container?.compose.cpuLimit;
  return written
    ? [
        {
          kind: 'config',
          source: sourceText(written.at),
          text: `CPU limit of ${container.compose.name}: ${written.text}`,
        },
      ]
    : [];
}

/** Twice as much and at least a core, in the file and for the container that runs: the file alone would wait for the next `up`. */
function raiseFix(target: ContainerTarget | undefined, limit: number, cpuCount: number): Fix[] {
  const written = target?.compose.cpuLimit;
  const line = written && target.lineOf(written.at.file, written.at.line);
  const raised = Math.min(Math.max(limit * 2, ENOUGH_CORES), cpuCount);
  if (!target || !written || !line?.includes(written.text) || raised <= limit) return [];
  const { name } = target.container;
  const update = (cores: number): string[] => ['docker', 'update', '--cpus', String(Number(cores.toFixed(2))), name];
  return [
    {
      title: `Let ${target.compose.name} use ${coresText(raised)} instead of ${coresText(limit)}`,
      risk: 'execute',
      changes: [
        {
          kind: 'edit',
          file: written.at.file,
          line: written.at.line,
          before: line,
          after: line.replace(written.text, Number(raised.toFixed(2)).toFixed(1)),
        },
        { kind: 'command', argv: update(raised), undo: update(limit) },
      ],
      undo: true,
      verify: `${target.compose.name} is no longer stopped for its quota, and as fast as it should be.`,
    },
  ];
}
