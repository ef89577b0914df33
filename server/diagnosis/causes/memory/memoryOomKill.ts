import type { Evidence } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { sizeText } from '../../diskText.ts';
import { logEvidence } from '../../evidence.ts';
import { killEvidence } from '../../killText.ts';
import { type ServiceKill, serviceKills } from '../../observers/serviceKills.ts';

export const memoryOomKill = defineCause({
  id: 'memory.oom-kill',
  category: 'memory',
  summary: 'The kernel killed a process of the service because there was no memory left for it',
  advice: {
    sure: "The kernel's own log names the process that it killed, and it is the one of this service.",
    first: 'See what filled the memory: the service itself (then its limit or its leak), or others on the machine.',
    verify: 'The service stays up under the same load, and the kernel log shows no further kill.',
  },
  needs: { ends: serviceKills },
  explains: [
    'service.down',
    'process.crash-loop',
    'worker.exhausted',
    'network.refused',
    'network.timeout',
    'proxy.upstream-down',
    'upstream.slow',
    'database.unreachable',
    'database.starting',
    'cache.unreachable',
  ],
  judge: ({ ends }) => ends.flatMap(judgeEnd),
});

function judgeEnd(end: ServiceKill): Judgement[] {
  const { state, mention, kills, certain, source, unreadable } = end;
  const target = state.service.name;
  const said = mention ? [logEvidence(mention)] : [];
  if (unreadable !== undefined)
    return mention
      ? [
          unknown({
            target,
            because: `its log says that it was killed, and ${unreadable}`,
            next: "read the kernel log as administrator: dmesg | grep -i 'killed process'",
          }),
        ]
      : [];
  const kill = kills.at(-1);
  if (!kill) {
    const evidence: Evidence[] = [
      { kind: 'host', source: source ?? 'dmesg', text: `no kill for lack of memory of a process of ${target}` },
      ...said,
    ];
    return mention
      ? [
          refuted({
            target,
            because: 'the kernel log knows of no such kill: somebody or something else sent SIGKILL',
            evidence,
          }),
        ]
      : [];
  }
  const held = kill.residentBytes === undefined ? '' : ` while it held ${sizeText(kill.residentBytes)}`;
  const limit =
    kill.scope === 'machine'
      ? 'the machine had no memory left'
      : `its cgroup${kill.limitedBy === undefined ? '' : ` ${kill.limitedBy}`} was at its limit${kill.limitBytes === undefined ? '' : ` of ${sizeText(kill.limitBytes)}`}`;
  return [
    proved({
      target,
      confidence: certain ? 'proved' : 'likely',
      summary: `The kernel killed ${target} (${kill.name}, pid ${kill.pid})${held}: ${limit}${kills.length > 1 ? ` (${kills.length} kills)` : ''}`,
      evidence: [...kills.slice(-2).map((each) => killEvidence(each, source)), ...said],
    }),
  ];
}
