import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { sizeText } from '../../diskText.ts';
import { clip, logEvidence } from '../../evidence.ts';
import { killEvidence } from '../../killText.ts';
import { type HeapDeath, heapDeaths } from '../../observers/heapDeaths.ts';
import { growthsOf } from '../../observers/memorySeries.ts';
import { type ServiceKill, serviceKills } from '../../observers/serviceKills.ts';

const MIB = 2 ** 20;
/** Dying this soon after the start is no slow growth. */
const STARTUP_MS = 60_000;
/** Runs that end at the same limit one after the other. */
const SAME_SERIES_MS = 10 * 60_000;
/** Most services live in this; less than twice the old limit would be guessing low. */
const USUAL_MIB = 512;

export const memoryLimitTooLow = defineCause({
  id: 'memory.limit-too-low',
  category: 'memory',
  summary: 'The service is allowed less memory than it needs to do its work',
  advice: {
    sure: 'It dies at the same limit soon after each start, before any leak could have grown.',
    first:
      'Raise the limit to what the service needs at rest and some headroom; if that is absurd, look at what it loads.',
    verify: 'It stays up after its start, with its memory clearly below the limit.',
  },
  needs: { deaths: heapDeaths, ends: serviceKills },
  explains: [
    'memory.oom-kill',
    'process.crash-loop',
    'service.down',
    'container.oom-killed',
    'network.refused',
    'proxy.upstream-down',
  ],
  judge: ({ deaths, ends }) => [...deaths.flatMap(judgeHeap), ...ends.flatMap(judgeCgroup)],
});

function judgeHeap(death: HeapDeath): Judgement[] {
  const { state, entry, flag, afterMs, heldBytes, times, availableBytes } = death;
  const target = state.service.name;
  if (!flag || growthsOf(state).some(({ grows }) => grows)) return [];
  const config: Evidence = { kind: 'config', source: `${flag.file}:${flag.line}`, text: clip(flag.lineText.trim()) };
  if (flag.modifiedAt.getTime() > entry.log.modifiedAt.getTime())
    return [
      refuted({
        target,
        because: `its limit was changed to ${sizeText(flag.bytes)} after it died; it has not run with that yet`,
        evidence: [config, logEvidence(entry)],
      }),
    ];
  // Without the runtime's own clock only the same end again and again tells a low limit from a slow leak.
  const early = afterMs === undefined ? times > 1 : afterMs < STARTUP_MS;
  const when = afterMs === undefined ? '' : ` ${secondsText(afterMs)} after its start`;
  const held = heldBytes === undefined ? '' : `, with ${sizeText(heldBytes)} still in use after the last collection`;
  return [
    proved({
      target,
      confidence: early ? 'proved' : 'likely',
      summary: `${target} may use a heap of ${sizeText(flag.bytes)} (${flag.text}) and needs more: it died at that limit${when}${held}`,
      evidence: [logEvidence(entry), config, ...traceEvidence(death), memoryEvidence(availableBytes)],
      fixes: raiseFix(death),
    }),
  ];
}

/** Killed at the limit of its own group soon after each start. A group of the engine's is judged by what the engine says. */
function judgeCgroup({ state, kills, certain, source }: ServiceKill): Judgement[] {
  const last = kills.at(-1);
  if (last?.limitBytes === undefined || growthsOf(state).some(({ grows }) => grows)) return [];
  const row = kills.filter(
    (kill) => kill.limitedBy === last.limitedBy && last.at.getTime() - kill.at.getTime() < SAME_SERIES_MS,
  );
  if (row.length < 2) return [];
  const target = state.service.name;
  return [
    proved({
      target,
      confidence: certain ? 'proved' : 'likely',
      summary: `${target} may use ${sizeText(last.limitBytes)} (cgroup ${last.limitedBy}) and needs more: the kernel killed it there ${row.length} times in a row`,
      evidence: row.slice(-3).map((kill) => killEvidence(kill, source)),
    }),
  ];
}

export function traceEvidence({ entry, trace }: HeapDeath): Evidence[] {
  return trace.map(({ line, text }) => ({
    kind: 'log',
    source: entry.log.numbered ? `${entry.log.file}:${line}` : entry.log.file,
    text: clip(text),
  }));
}

function memoryEvidence(availableBytes: number): Evidence {
  return { kind: 'host', source: 'memory of this machine', text: `${sizeText(availableBytes)} available` };
}

/** At least the usual size, at least twice as much, and never more than half of what the machine can give. */
function raiseFix({ flag, runtime, state, availableBytes }: HeapDeath): Fix[] {
  if (!flag) return [];
  const megabytes = Math.max(USUAL_MIB, Math.ceil((flag.bytes * 2) / MIB));
  if (megabytes * MIB > availableBytes / 2) return [];
  const raised = runtime === 'node' ? flag.text.replace(/\d+$/, String(megabytes)) : `-Xmx${megabytes}m`;
  return [
    {
      title: `Let ${state.service.name} use ${megabytes} MiB of heap instead of ${sizeText(flag.bytes)}`,
      risk: 'write',
      changes: [
        {
          kind: 'edit',
          file: flag.file,
          line: flag.line,
          before: flag.lineText,
          after: flag.lineText.replace(flag.text, raised),
        },
      ],
      undo: true,
      verify: `Start ${state.service.name}; it stays up for longer than it took to die.`,
    },
  ];
}

export function secondsText(milliseconds: number): string {
  return milliseconds < 10_000 ? `${(milliseconds / 1000).toFixed(1)} s` : `${Math.round(milliseconds / 1000)} s`;
}
