import type { Evidence } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { sizeText } from '../../diskText.ts';
import { logEvidence } from '../../evidence.ts';
import { killEvidence } from '../../killText.ts';
import { type HeapDeath, heapDeaths } from '../../observers/heapDeaths.ts';
import { growthsOf, type MemorySeries } from '../../observers/memorySeries.ts';
import { type ResourceSample, resourceSample } from '../../observers/resourceSample.ts';
import { type ServiceKill, serviceKills } from '../../observers/serviceKills.ts';
import { type ServiceState, serviceStates } from '../../observers/serviceStates.ts';

/** While it still runs, growth counts from here on: caches and pools also grow at first. */
const RUNNING_GROWTH = 2;
const RUNNING_GROWTH_BYTES = 64 * 2 ** 20;
/** A heap that fills up this late after the start was not too small for the start. */
const LATE_MS = 10 * 60_000;

export const memoryLeak = defineCause({
  id: 'memory.leak',
  category: 'memory',
  summary: 'The memory of the service grows with time and is never given back',
  advice: {
    sure: 'What stays after every collection rises step by step, without ever coming back.',
    first: 'Take two heap snapshots some minutes apart and compare what grew; a restart buys time.',
    verify: 'Under the same load the figures reach a plateau.',
  },
  needs: { states: serviceStates, deaths: heapDeaths, ends: serviceKills, sample: resourceSample },
  explains: [
    'memory.oom-kill',
    'memory.pressure',
    'memory.swap-thrash',
    'event-loop.blocked',
    'process.crash-loop',
    'service.down',
    'container.oom-killed',
    'network.refused',
    'network.timeout',
    'upstream.slow',
    'proxy.upstream-down',
    'proxy.timeout',
  ],
  judge: ({ states, deaths, ends, sample }) =>
    states.flatMap((state) => {
      const death = deaths.find((each) => each.state.service.name === state.service.name);
      const end = ends.find((each) => each.state.service.name === state.service.name && each.kills.length > 0);
      const series = growthsOf(state);
      const growing = series.find(({ grows }) => grows);
      if (growing) return judgeGrowth(state, growing, death, end, sample);
      return judgeLate(state, death, series);
    }),
});

function judgeGrowth(
  state: ServiceState,
  { name, points }: MemorySeries,
  death: HeapDeath | undefined,
  end: ServiceKill | undefined,
  sample: ResourceSample | undefined,
): Judgement[] {
  const target = state.service.name;
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return [];
  const steps = [first, points[Math.floor(points.length / 2)] ?? first, last];
  const evidence: Evidence[] = steps.map(({ entry }) => logEvidence(entry));
  const grown = `${name} of ${target} grew from ${sizeText(first.bytes)} to ${sizeText(last.bytes)} over ${points.length} figures${spanText(first, last)} and was never given back`;
  if (death)
    return [
      proved({
        target,
        summary: `${grown}, until its heap was full`,
        evidence: [...evidence, logEvidence(death.entry)],
      }),
    ];
  const kill = end?.kills.at(-1);
  if (kill)
    return [
      proved({
        target,
        summary: `${grown}, until the kernel killed it`,
        evidence: [...evidence, killEvidence(kill, end?.source)],
      }),
    ];
  const live = state.processes.flatMap(({ pid }) => sample?.processes.get(pid) ?? [])[0];
  const [before, after] = [live?.before.rssBytes, live?.after.rssBytes];
  if (!state.running || after === undefined || before === undefined) return [];
  if (last.bytes < first.bytes * RUNNING_GROWTH || last.bytes - first.bytes < RUNNING_GROWTH_BYTES) return [];
  // What it holds now must bear the log out, or it has given it back since.
  if (after < last.bytes) {
    const because = `it holds ${sizeText(after)} now, less than the ${sizeText(last.bytes)} that its log told last`;
    return [
      refuted({ target, because, evidence: [processEvidence(live?.after.pid, before, after, sample), ...evidence] }),
    ];
  }
  return [
    proved({
      target,
      // The log alone may have caught a busy hour; seeing it rise now, above all that came before, settles it.
      confidence: after > before ? 'proved' : 'likely',
      summary: `${grown}; it holds ${sizeText(after)} now`,
      evidence: [...evidence, processEvidence(live?.after.pid, before, after, sample)],
    }),
  ];
}

/** No figures of its own: a heap that filled up long after the start leaked, or met a huge request. Figures that fell again say no. */
function judgeLate(state: ServiceState, death: HeapDeath | undefined, series: readonly MemorySeries[]): Judgement[] {
  const target = state.service.name;
  const steady = series.find(({ points }) => points.length >= 5);
  if (steady && (death || speaksOfMemory(state))) {
    const bytes = steady.points.map((point) => point.bytes);
    const because = `${steady.name} goes up and comes back: between ${sizeText(Math.min(...bytes))} and ${sizeText(Math.max(...bytes))} over ${bytes.length} figures`;
    return [refuted({ target, because, evidence: steady.points.slice(-2).map(({ entry }) => logEvidence(entry)) })];
  }
  if (!death || death.flag || death.afterMs === undefined || death.afterMs < LATE_MS) return [];
  const minutes = Math.round(death.afterMs / 60_000);
  return [
    proved({
      target,
      confidence: 'likely',
      summary: `The heap of ${target} filled up within ${minutes} minutes${death.heldBytes === undefined ? '' : `: ${sizeText(death.heldBytes)} were still in use after the last collection`}`,
      evidence: [logEvidence(death.entry)],
    }),
  ];
}

function speaksOfMemory({ warnings, errors }: ServiceState): boolean {
  return [...warnings, ...errors].some(({ record }) => /\bmemory\b|\bheap\b|\brss\b/i.test(record.message));
}

function processEvidence(
  pid: number | undefined,
  before: number,
  after: number,
  sample: ResourceSample | undefined,
): Evidence {
  const change =
    after === before
      ? ''
      : ` (${after > before ? '+' : '-'}${sizeText(Math.abs(after - before))} within ${sample?.seconds.toFixed(1)} s)`;
  return { kind: 'process', source: `/proc/${pid}/status`, text: `resident memory ${sizeText(after)}${change}` };
}

function spanText(first: MemorySeries['points'][number], last: MemorySeries['points'][number]): string {
  const [from, to] = [first.entry.record.time, last.entry.record.time];
  if (!from || !to) return '';
  const seconds = (to.getTime() - from.getTime()) / 1000;
  return seconds < 120 ? ` within ${Math.round(seconds)} s` : ` within ${Math.round(seconds / 60)} minutes`;
}
