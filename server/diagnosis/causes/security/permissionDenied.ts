import type { Evidence } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved } from '../../cause.ts';
import { logEvidence } from '../../evidence.ts';
import { type AuthComplaint, authComplaints, isForbidden } from '../../observers/authComplaints.ts';
import { type Denial, denials } from '../../observers/denials.ts';
import { envFileTimes } from '../../observers/envFileTimes.ts';
import { listeners } from '../../observers/machine.ts';
import { envFiles } from '../../observers/workspaceFiles.ts';
import { judgeMysqlRight, judgePostgresRight, judgeRedisRight } from '../../rights/judgeDatabaseRight.ts';
import { judgePort, judgeSocket } from '../../rights/judgeMachineRight.ts';
import { sourceText } from '../../targets/target.ts';

export const permissionDenied = defineCause({
  id: 'permission.denied',
  category: 'security',
  summary: 'Who it is was accepted, but the right for what it does is missing',
  advice: {
    sure: 'Whoever refuses the service says now, too, that this right is missing.',
    first: 'Grant just this right to just this login, or let the service do without it.',
    verify: 'The same action of the service succeeds.',
  },
  needs: { list: denials, complaints: authComplaints, files: envFiles, times: envFileTimes, sockets: listeners },
  explains: [
    'service.down',
    'process.crash-loop',
    'network.refused',
    'sandbox.unavailable',
    'database.migration-pending',
    'model.download-failed',
    'container.exited',
    'container.restarting',
    'container.unhealthy',
  ],
  judge: ({ list, complaints, ...rest }) => [
    ...list.flatMap((denial) => judgeDenial(denial, rest)),
    ...complaints.flatMap(judgePeer),
  ],
});

function judgeDenial(denial: Denial, rest: Parameters<typeof judgePort>[1]): Judgement[] {
  switch (denial.kind) {
    case 'postgres':
      return [judgePostgresRight(denial)];
    case 'mysql':
      return [judgeMysqlRight(denial)];
    case 'redis':
      return [judgeRedisRight(denial)];
    case 'port':
      return [judgePort(denial, rest)];
    case 'socket':
      return judgeSocket(denial);
  }
}

/** A peer that asks strangers for a key and forbids something to this one knows the key. */
function judgePeer({ state, entry, key, peer, answers }: AuthComplaint): Judgement[] {
  if (!key || !peer || !answers || !isForbidden(answers)) return [];
  const asked: Evidence = {
    kind: 'probe',
    source: `GET ${peer.origin}${peer.pathname}`,
    text: `answers 403 to ${key.name}, and 401 without a key`,
  };
  return [
    proved({
      target: state.service.name,
      summary: `${peer.host} knows ${key.name} of ${state.service.name}, and forbids it ${peer.pathname}`,
      evidence: [
        asked,
        logEvidence(entry),
        { kind: 'config', source: sourceText(key.at), text: `${key.name} is set here` },
      ],
      advice: {
        sure: 'The peer answers 401 to a stranger and 403 to this key, asked again now: it knows the key.',
        first: 'Give the key the scope or role that the path needs, at the peer, or take another key.',
      },
    }),
  ];
}
