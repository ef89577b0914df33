import type { Evidence } from '../../../protocol/diagnosis.ts';
import { defineCause, HOST_TARGET, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { commandText } from '../../evidence.ts';
import { type CloseLook, closeLook, type ResourceUser } from '../../observers/closeLook.ts';
import { pidsOf, type ResourceSample, resourceSample, throttlingOf } from '../../observers/resourceSample.ts';
import { busyShare, coresOf, stalledShare } from '../../resourceShares.ts';
import { type SlowService, slownessEvidence } from '../../slowness.ts';

/** The cores that the service may use have nothing to spare. */
const SATURATED_SHARE = 0.95;
/** Of the time in which it could have gone on, a thread got a core in less than a quarter. */
const STARVED_SHARE = 0.75;
/** Waiting for a smaller part of the whole time is taking turns, as every program does on a busy machine. */
const WAITED_SHARE = 0.4;
/** Who uses this share of the cores (all of its processes together) is the one to name. */
const HOG_SHARE = 0.5;
const SELF_SHARE = 0.4;
/** A thread that could use a core for so much of the time. */
const EAGER_SHARE = 0.5;
const OWN_WORK = /\btook (?:over |more than )?\d|\bslow|event.?loop|\bstarv|overload|behind schedule|\blag/i;
/** Of the periods of its quota. */
const THROTTLED_SHARE = 0.25;
const MAX_NAMED = 3;
/** Cores. */
const WORTH_NAMING = 0.05;

export const cpuSaturated = defineCause({
  id: 'cpu.saturated',
  category: 'performance',
  summary: 'Every core that the service may use is busy, so its work waits for a core',
  advice: {
    sure: 'The kernel tells how long the threads of the service were ready to run and had no core, and who had the cores.',
    first: 'Stop or slow down what uses the cores, or give the service cores of its own.',
    verify: 'The service is fast again, and its threads no longer wait for a core.',
  },
  needs: { look: closeLook, sample: resourceSample },
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
  judge: ({ look, sample }) =>
    look && sample ? firstPerTarget(look.slow.flatMap((slow) => judgeService(slow, look, sample))) : [],
});

function judgeService(slow: SlowService, look: CloseLook, sample: ResourceSample): Judgement[] {
  const { state } = slow;
  const own = coresOf(state, sample);
  const busy = busyShare(look.machine, own);
  // The first sample may have caught a moment; with cores to spare now it is no suspect.
  if (busy === undefined || busy < SATURATED_SHARE) return [];
  // Time without a core also counts while the kernel stops it for its quota: that is another cause.
  const stopped = pidsOf(state).some((pid) => {
    const span = sample.processes.get(pid);
    const throttling = span && throttlingOf(span);
    return throttling !== undefined && throttling.throttled > throttling.periods * THROTTLED_SHARE;
  });
  if (stopped) return [];
  const name = state.service.name;
  const count = own?.length ?? look.machine.after.cpuCount;
  const threads = look.threads.get(name) ?? [];
  if (threads.length === 0)
    return [
      unknown({
        target: name,
        because: 'all cores are busy, and this platform does not tell whether the service waits for one',
        next: 'look at the CPU use by process in the system monitor while the service is slow',
      }),
    ];
  const ran = sum(threads.map(({ ranSeconds }) => ranSeconds));
  const waited = sum(threads.map(({ waitedSeconds }) => waitedSeconds));
  const starved = threads.some(
    (each) =>
      each.waitedSeconds >= look.seconds * WAITED_SHARE &&
      each.waitedSeconds >= (each.ranSeconds + each.waitedSeconds) * STARVED_SHARE,
  );
  const eager = threads.filter((each) => each.ranSeconds + each.waitedSeconds >= look.seconds * EAGER_SHARE).length;
  const selfUse = sum(look.cores.filter(({ service }) => service === name).map(({ amount }) => amount));
  const others = look.cores.filter(
    ({ service, core, amount }) =>
      service !== name && amount >= WORTH_NAMING && (own === undefined || core === undefined || own.includes(core)),
  );
  // A build of the workspace is nobody's trouble by itself.
  const hogs = others.filter(({ service }) => service !== undefined);
  const within = `within ${look.seconds.toFixed(1)} s`;
  const cores = own ? `the ${own.length === 1 ? 'core' : 'cores'} ${own.join(', ')} of ${name}` : `all ${count} cores`;
  const verb = own?.length === 1 ? 'is' : 'are';
  const waiting = `${name} got a core for ${ran.toFixed(2)} s and waited ${waited.toFixed(2)} s for one`;
  const evidence = (users: readonly ResourceUser[]): Evidence[] => [
    { kind: 'host', source: '/proc/stat', text: `${cores}: ${percent(busy)} busy ${within}${stallText(look)}` },
    { kind: 'process', source: `/proc/${threads[0]?.pid}/task/*/schedstat`, text: `${waiting} ${within}` },
    ...users.slice(0, MAX_NAMED).map(userEvidence),
    ...slownessEvidence(slow),
  ];
  // One busy thread is a blocked event loop, whatever else runs; several that fill the cores are too much work for them.
  const biggest = Math.max(0, ...others.map(({ amount }) => amount));
  if (selfUse >= count * SELF_SHARE && selfUse > biggest && eager >= 2)
    return [
      proved({
        target: name,
        summary: `${name} itself keeps ${cores} busy with ${eager} threads, and is slow for it`,
        evidence: evidence(look.cores.filter(({ service }) => service === name)),
      }),
    ];
  // What is busy and is not the service's own is somebody else's, also where many small ones share it.
  const taken = busy * count - ran / look.seconds;
  if (starved && others.length > 0 && taken >= count * HOG_SHARE)
    return [
      proved({
        target: own ? name : HOST_TARGET,
        summary: `${waiting} ${within}: ${cores} ${verb} taken by ${usersText(others)}`,
        evidence: evidence(others),
      }),
    ];
  // It rests, and nothing can be asked of it: its own words must be about its own work, not about a peer.
  if (
    !slow.answer &&
    slow.entry &&
    OWN_WORK.test(slow.entry.record.message) &&
    sum(hogs.map(({ amount }) => amount)) >= count * HOG_SHARE
  )
    return [
      proved({
        target: own ? name : HOST_TARGET,
        confidence: 'likely',
        summary: `${name} says that it is slow, and ${cores} ${verb} taken by ${usersText(hogs)}`,
        evidence: evidence(hogs),
      }),
    ];
  return [
    refuted({
      target: name,
      because: `${cores} ${own?.length === 1 ? 'was' : 'were'} busy, but ${waiting} ${within}`,
      evidence: evidence(others),
    }),
  ];
}

/** The same crowd makes several services slow: one finding of it is enough. */
function firstPerTarget(judgements: readonly Judgement[]): Judgement[] {
  const found = judgements.filter(({ verdict }) => verdict === 'proved');
  return judgements.filter(
    (each) => each.verdict !== 'proved' || found.find(({ target }) => target === each.target) === each,
  );
}

function usersText(users: readonly ResourceUser[]): string {
  const byName = new Map<string, ResourceUser[]>();
  for (const user of users) {
    const key = user.service ?? (user.facts ? commandText(user.facts) : user.name);
    byName.set(key, [...(byName.get(key) ?? []), user]);
  }
  return [...byName]
    .map(([name, group]) => ({ name, group, cores: sum(group.map(({ amount }) => amount)) }))
    .sort((a, b) => b.cores - a.cores)
    .slice(0, MAX_NAMED)
    .map(({ name, group, cores }) => `${name} (${pidsText(group)}, ${cores.toFixed(1)} cores)`)
    .join(' and ');
}

function pidsText(group: readonly ResourceUser[]): string {
  const [first] = group;
  return group.length === 1 ? `pid ${first?.pid}` : `${group.length} processes, one is pid ${first?.pid}`;
}

function userEvidence({ pid, name, facts, amount }: ResourceUser): Evidence {
  const command = facts ? commandText(facts) : name;
  const folder = facts?.cwd === undefined ? '' : ` in ${facts.cwd}`;
  return { kind: 'process', source: `/proc/${pid}/stat`, text: `${amount.toFixed(1)} cores: ${command}${folder}` };
}

function stallText({ machine }: CloseLook): string {
  const share = stalledShare(machine, 'cpu');
  return share === undefined ? '' : `; somebody waited for a core ${percent(share)} of that time`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
