import type { Evidence } from '../../../protocol/diagnosis.ts';
import type { CgroupUse, ProcessUse } from '../../../systems/process/processUse.ts';
import { defineCause, HOST_TARGET, type Judgement, proved, refuted } from '../../cause.ts';
import { sizeText } from '../../diskText.ts';
import { logEvidence } from '../../evidence.ts';
import { holdersEvidence, holderText, memoryComplaint, memoryHolders } from '../../memoryHolders.ts';
import { type HealthAnswer, healthAnswers } from '../../observers/healthAnswers.ts';
import { processList } from '../../observers/machine.ts';
import { pidsOf, type ResourceSample, resourceSample, type Span } from '../../observers/resourceSample.ts';
import { type LogEntry, type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { stalledShare } from '../../resourceShares.ts';
import { type SlowService, slownessEvidence, slowServices } from '../../slowness.ts';

/** Available: with less the kernel takes back what is in use. */
const LOW_SHARE = 0.05;
/** Where the platform does not tell how long anybody waited for memory, it must be nearly gone. */
const GONE_SHARE = 0.03;
/** Share of the time in which somebody waited for memory. */
const STALLED_SHARE = 0.1;
/** Of its own limit. */
const AT_LIMIT_SHARE = 0.9;
/** Pages a second that a process must read from a disk before it can go on: its own code and data were taken from it. */
const FAULTS_PER_SECOND = 100;

interface Sufferer {
  state: ServiceState;
  slow: SlowService | undefined;
  entry: LogEntry | undefined;
}

export const memoryPressure = defineCause({
  id: 'memory.pressure',
  category: 'memory',
  summary: 'There is so little memory left that programs wait while the kernel takes it from each other',
  advice: {
    sure: 'Hardly any memory is available, and the kernel counts how long programs waited for some, or read again what was taken from them.',
    first: 'Stop what holds the most and is not needed, or give the service more room.',
    verify: 'Memory is available again, and the service is as fast as before.',
  },
  needs: { states: serviceStates, health: healthAnswers, sample: resourceSample, processes: processList },
  explains: [
    'memory.swap-thrash',
    'memory.oom-kill',
    'disk.io-saturated',
    'event-loop.blocked',
    'worker.exhausted',
    'upstream.slow',
    'container.unhealthy',
    'network.timeout',
    'proxy.timeout',
    'database.slow-query',
    'process.crash-loop',
    'service.down',
  ],
  judge: ({ states, health, sample, processes }) => {
    const sufferers = suffering(states, health);
    if (!sample || sufferers.length === 0) return [];
    const groups = sufferers.flatMap((each) => judgeGroup(each, sample));
    const settled = groups.some(({ verdict }) => verdict === 'proved');
    const { memory } = sample.machine.after;
    const share = memory.availableBytes / memory.totalBytes;
    const stalled = stalledShare(sample.machine, 'memory');
    const within = `within ${sample.seconds.toFixed(1)} s`;
    const text = `${sizeText(memory.availableBytes)} of ${sizeText(memory.totalBytes)} available`;
    const machine: Evidence[] = [
      { kind: 'host', source: 'memory of this machine', text },
      ...(stalled === undefined
        ? []
        : [
            {
              kind: 'host' as const,
              source: '/proc/pressure/memory',
              text: `somebody waited for memory ${Math.round(stalled * 100)} % of the time ${within}`,
            },
          ]),
    ];
    const said = sufferers.flatMap(sufferEvidence);
    const low = stalled === undefined ? share < GONE_SHARE : share < LOW_SHARE && stalled >= STALLED_SHARE;
    if (low) {
      const holders = memoryHolders(processes, sample.machine.after);
      const names = sufferers.map(({ state }) => state.service.name).join(' and ');
      return [
        ...groups,
        proved({
          target: HOST_TARGET,
          confidence: stalled === undefined ? 'likely' : 'proved',
          summary: `The machine has ${text}, and ${names} ${sufferers.length > 1 ? 'suffer' : 'suffers'} from it${holderText(holders[0])}`,
          evidence: [...machine, ...holdersEvidence(holders), ...said],
        }),
      ];
    }
    if (settled || !sufferers.some(({ entry }) => entry)) return groups;
    return [...groups, refuted({ target: HOST_TARGET, because: text, evidence: [...machine, ...said] })];
  },
});

/** Those who are slow, or were refused memory. */
function suffering(states: readonly ServiceState[], health: readonly HealthAnswer[]): Sufferer[] {
  const slow = slowServices(states, health);
  return states.flatMap((state) => {
    const own = slow.find((each) => each.state === state);
    const entry = memoryComplaint(state);
    return own || entry ? [{ state, slow: own, entry }] : [];
  });
}

/** The group of the service is at its own limit, and what is taken from it comes back from the disk at once. */
function judgeGroup({ state, slow, entry }: Sufferer, sample: ResourceSample): Judgement[] {
  const target = state.service.name;
  return pidsOf(state)
    .flatMap((pid) => sample.processes.get(pid) ?? [])
    .slice(0, 1)
    .flatMap((span): Judgement[] => {
      const { before, after } = span;
      const [start, end] = [before.cgroup, after.cgroup];
      if (!start || !end?.memoryLimitBytes || end.memoryUsageBytes === undefined || !slow) return [];
      // An engine in a machine of its own has other processes under these numbers.
      if (state.processes.length === 0 && !end.memoryPath.includes(state.container?.id ?? '')) return [];
      const faults = rate(span, sample.seconds);
      const hits = (end.limitHits ?? 0) - (start.limitHits ?? 0);
      const within = `within ${sample.seconds.toFixed(1)} s`;
      const limit = sizeText(end.memoryLimitBytes);
      const used = `${sizeText(end.memoryUsageBytes)} of its limit of ${limit}`;
      if (end.memoryUsageBytes < end.memoryLimitBytes * AT_LIMIT_SHARE || hits <= 0 || faults < FAULTS_PER_SECOND)
        return entry
          ? [
              refuted({
                target,
                because: `its group uses ${used}, and nothing that it needs was taken from it ${within}`,
                evidence: [groupEvidence(end, `${used} in use`), logEvidence(entry)],
              }),
            ]
          : [];
      return [
        proved({
          target,
          summary: `${target} has too little memory in its group: ${used} are in use, and it had to read ${Math.round(faults)} pages a second again from the disk`,
          evidence: [
            groupEvidence(end, `${used} in use; ${hits} times at the limit ${within}`),
            {
              kind: 'process',
              source: `/proc/${after.pid}/stat`,
              text: `${(after.majorFaults ?? 0) - (before.majorFaults ?? 0)} major page faults ${within}`,
            },
            ...slownessEvidence(slow),
          ],
          advice: { first: `Raise the memory limit of ${end.memoryPath} to what the service works on at one time.` },
        }),
      ];
    });
}

function rate({ before, after }: Span<ProcessUse>, seconds: number): number {
  return ((after.majorFaults ?? 0) - (before.majorFaults ?? 0)) / seconds;
}

function groupEvidence({ memoryPath }: CgroupUse, text: string): Evidence {
  return { kind: 'host', source: memoryPath, text };
}

function sufferEvidence({ slow, entry }: Sufferer): Evidence[] {
  return [...(slow ? slownessEvidence(slow) : []), ...(entry && slow?.entry !== entry ? [logEvidence(entry)] : [])];
}
