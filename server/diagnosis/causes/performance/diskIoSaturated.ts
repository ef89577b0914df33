import type { Evidence } from '../../../protocol/diagnosis.ts';
import type { MachineUse } from '../../../systems/host/machineUse.ts';
import { defineCause, HOST_TARGET, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { sizeText } from '../../diskText.ts';
import { clip, commandText, logEvidence } from '../../evidence.ts';
import { type CloseLook, closeLook, type ResourceUser } from '../../observers/closeLook.ts';
import { type ResourceSample, resourceSample, type Span } from '../../observers/resourceSample.ts';
import { type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { stalledShare } from '../../resourceShares.ts';
import { type SlowService, saying, slownessEvidence } from '../../slowness.ts';

/** Share of the time in which the disk had work. */
const BUSY_SHARE = 0.85;
/** Share of the time in which somebody waited for it. */
const STALLED_SHARE = 0.5;
/** Share of the readings in which a thread of the service waited for it. */
const BLOCKED_SHARE = 0.5;
/** Who moves less than this part of all bytes is not the one to name. */
const MOVER_SHARE = 0.2;
const MAX_NAMED = 3;
/** With which a service itself blames the disk. */
const BLAMES_DISK =
  /\bfsync|\bi\/o (?:wait|error|timeout)|\bio ?wait|disk.{0,20}(?:slow|busy|latency|i\/o)|slow (?:disk|write|read|fsync|storage)|(?:write|flush|commit|checkpoint|fsync).{0,20}took/i;

export const diskIoSaturated = defineCause({
  id: 'disk.io-saturated',
  category: 'performance',
  summary: 'The disk has more to do than it can, and the service waits for it',
  advice: {
    sure: 'The disk had work nearly all the time, and a thread of the service was seen waiting for it again and again.',
    first: 'Stop or slow down who moves the most bytes, or write less often and in larger pieces.',
    verify: 'iostat shows the disk idle for part of the time, and the service is fast again.',
  },
  needs: { states: serviceStates, look: closeLook, sample: resourceSample },
  explains: [
    'event-loop.blocked',
    'worker.exhausted',
    'upstream.slow',
    'container.unhealthy',
    'network.timeout',
    'proxy.timeout',
    'database.slow-query',
    'dependency.not-ready',
  ],
  judge: ({ states, look, sample }) => [
    ...(look ? firstOf(look.slow.flatMap((slow) => judgeService(slow, look))) : []),
    ...(sample && !look ? states.flatMap((state) => judgeIdle(state, sample)) : []),
  ],
});

function judgeService(slow: SlowService, look: CloseLook): Judgement[] {
  const name = slow.state.service.name;
  const disk = busiestDisk(look.machine);
  // Without PSI the disk's own counter and the readings must do.
  const stalled = stalledShare(look.machine, 'io');
  const blocked = Math.max(0, ...(look.threads.get(name) ?? []).map(({ blockedShare }) => blockedShare));
  const within = `within ${look.seconds.toFixed(1)} s`;
  const movers = moversOf(look);
  const evidence: Evidence[] = [
    ...(disk
      ? [
          {
            kind: 'host' as const,
            source: '/proc/diskstats',
            text: `${disk.name} had work for ${percent(disk.share)} of the time ${within}`,
          },
        ]
      : []),
    ...(stalled === undefined
      ? []
      : [
          {
            kind: 'host' as const,
            source: '/proc/pressure/io',
            text: `somebody waited for a disk ${percent(stalled)} of the time ${within}`,
          },
        ]),
    {
      kind: 'process',
      source: `/proc/${look.threads.get(name)?.[0]?.pid ?? 'PID'}/task/*/stat`,
      text: `a thread of ${name} waited for a disk in ${percent(blocked)} of the readings`,
    },
    ...movers.map(moverEvidence),
    ...slownessEvidence(slow),
  ];
  if (disk && disk.share >= BUSY_SHARE && (stalled ?? 1) >= STALLED_SHARE && blocked >= BLOCKED_SHARE) {
    const [first] = movers;
    const own = first?.service === name;
    const who = first ? ` by ${moverName(first)} (pid ${first.pid}, ${sizeText(first.amount)}/s)` : '';
    return [
      proved({
        target: own ? name : HOST_TARGET,
        summary: `The disk ${disk.name} is kept busy ${percent(disk.share)} of the time${own ? ' by the service itself' : who}: ${name} waited for it in ${percent(blocked)} of the readings ${within}`,
        evidence,
      }),
    ];
  }
  if (!saying(slow.state, BLAMES_DISK)) return [];
  const because = `${name} waited for a disk in only ${percent(blocked)} of the readings ${within}`;
  return [refuted({ target: name, because, evidence })];
}

/** It blames the disk, and the first sample already shows that nobody waits for one. */
function judgeIdle(state: ServiceState, { machine, seconds }: ResourceSample): Judgement[] {
  const entry = state.running ? saying(state, BLAMES_DISK) : undefined;
  const stalled = stalledShare(machine, 'io');
  if (!entry) return [];
  if (stalled === undefined)
    return [
      unknown({
        target: state.service.name,
        because: 'its log blames the disk, and this system does not tell how long programs wait for disks',
        next: 'look at the disks in the system monitor while the service is slow',
      }),
    ];
  const text = `somebody waited for a disk ${percent(stalled)} of the time within ${seconds.toFixed(1)} s`;
  return [
    refuted({
      target: state.service.name,
      because: text,
      evidence: [{ kind: 'host', source: '/proc/pressure/io', text }, logEvidence(entry)],
    }),
  ];
}

/** One busy disk is one finding, however many wait for it. */
function firstOf(judgements: readonly Judgement[]): Judgement[] {
  const first = judgements.find(({ verdict }) => verdict === 'proved');
  return judgements.filter((each) => each.verdict !== 'proved' || each === first);
}

function busiestDisk({ before, after }: Span<MachineUse>): { name: string; share: number } | undefined {
  const elapsed = after.at - before.at;
  return after.disks
    .flatMap(({ name, busyMs }) => {
      const start = before.disks.find((disk) => disk.name === name);
      return start && elapsed > 0 ? [{ name, share: Math.min(1, (busyMs - start.busyMs) / elapsed) }] : [];
    })
    .sort((a, b) => b.share - a.share)[0];
}

/** Bytes read and written together; a few writers that flush each block move few bytes, and are named by themselves. */
function moversOf({ written, read }: CloseLook): ResourceUser[] {
  const all = new Map<number, ResourceUser>();
  for (const each of [...written, ...read])
    all.set(each.pid, { ...each, amount: each.amount + (all.get(each.pid)?.amount ?? 0) });
  const sorted = [...all.values()].sort((a, b) => b.amount - a.amount);
  const total = sorted.reduce((sum, { amount }) => sum + amount, 0);
  return sorted.filter(({ amount }) => amount >= total * MOVER_SHARE).slice(0, MAX_NAMED);
}

function moverName({ service, facts, name }: ResourceUser): string {
  return service ?? (facts ? commandText(facts) : name);
}

function moverEvidence({ pid, name, facts, amount }: ResourceUser): Evidence {
  const folder = facts?.cwd === undefined ? '' : ` in ${facts.cwd}`;
  return {
    kind: 'process',
    source: `/proc/${pid}/io`,
    text: clip(`${sizeText(amount)}/s to and from disks: ${facts ? commandText(facts) : name}${folder}`),
  };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
