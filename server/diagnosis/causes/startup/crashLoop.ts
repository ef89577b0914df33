import { defineCause, type Judgement, proved } from '../../cause.ts';
import { clip, codeEvidence, failingCode, logEvidence } from '../../evidence.ts';
import { type LogEntry, serviceStates } from '../../observers/serviceStates.ts';
import { sourceFacts } from '../../observers/workspaceFiles.ts';

/** Fewer crashes in a row are a failed start, not a loop. */
const MIN_CRASHES = 2;

export const crashLoop = defineCause({
  id: 'process.crash-loop',
  category: 'startup',
  summary: 'The service crashes, is started again and crashes again',
  advice: {
    sure: 'Its log ends in the same crash several times in a row.',
    first: 'Read the finding that explains it; the crash repeats until that is repaired.',
    verify: 'It runs for longer than it took to crash.',
  },
  needs: { states: serviceStates, source: sourceFacts },
  explains: ['service.down', 'network.refused', 'proxy.upstream-down'],
  judge: ({ states, source }) =>
    states.flatMap(({ service, running, crashes }): Judgement[] => {
      const last = crashes.at(-1);
      if (running || !last || crashes.length < MIN_CRASHES) return [];
      const code = failingCode(last, source);
      return [
        proved({
          target: service.name,
          summary: `${service.name} crashed ${crashes.length} times in a row${spanText(crashes)}: ${clip(last.record.message, 160)}`,
          evidence: [
            ...crashes.slice(-1).map(logEvidence),
            ...(code ? [codeEvidence(code)] : []),
            ...crashes.slice(-3, -1).reverse().map(logEvidence),
          ],
        }),
      ];
    }),
});

function spanText(crashes: readonly LogEntry[]): string {
  const times = crashes.flatMap(({ record }) => record.time ?? []);
  const first = times[0];
  const last = times.at(-1);
  if (!first || !last || times.length < 2) return '';
  return ` within ${Math.max(1, Math.round((last.getTime() - first.getTime()) / 1000))} s`;
}
