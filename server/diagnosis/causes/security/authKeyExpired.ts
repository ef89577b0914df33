import type { Evidence } from '../../../protocol/diagnosis.ts';
import { decodeJwt } from '../../../security/decodeJwt.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { logEvidence } from '../../evidence.ts';
import { type AuthComplaint, authComplaints } from '../../observers/authComplaints.ts';
import { sourceText } from '../../targets/target.ts';

export const authKeyExpired = defineCause({
  id: 'auth.key-expired',
  category: 'security',
  summary: 'The key or token that the service shows a peer has expired',
  advice: {
    sure: 'The token itself names the time until which it is valid, and that is past.',
    first: 'Get a new token, and let the service fetch the next one by itself before this one ends.',
    verify: 'The peer answers a request with the new token.',
  },
  needs: { complaints: authComplaints },
  explains: [
    'auth.key-invalid',
    'process.crash-loop',
    'service.down',
    'model.download-failed',
    'network.refused',
    'container.exited',
    'container.restarting',
    'container.unhealthy',
  ],
  judge: ({ complaints }) => complaints.flatMap(judgeComplaint),
});

const EXPIRED = /\bexpired\b|ExpiredToken|ExpiredSignature|token (?:has )?expired|no longer valid|past its expir/i;
/** Peers that say of their own keys that they have ended; "token expired" alone may be a visitor's session. */
const OF_A_KEY =
  /ExpiredToken|API key (?:has )?expired|access key[^\n]{0,40}expired|credentials? (?:have|has) expired|security token[^\n]{0,60}expired/i;

function judgeComplaint({ state, entry, key, peer }: AuthComplaint): Judgement[] {
  const target = state.service.name;
  const said = logEvidence(entry);
  const whom = peer ? ` to ${peer.host}` : '';
  // The token that is meant; else any of the service that has ended: a refusal with an expired token needs no other reason.
  const candidates = key ? [key] : state.service.environment;
  const ended = candidates
    .map((variable) => ({ variable, expiresAt: decodeJwt(variable.value)?.expiresAt }))
    .find(({ expiresAt }) => expiresAt !== undefined);
  if (ended?.expiresAt) {
    const { variable, expiresAt } = ended;
    const fact: Evidence = {
      kind: 'config',
      source: sourceText(variable.at),
      text: `${variable.name}: a token that is valid until ${expiresAt.toISOString()}`,
    };
    if (expiresAt.getTime() < Date.now())
      return [
        proved({
          target,
          summary: `${variable.name}, which ${target} shows${whom}, expired ${agoText(Date.now() - expiresAt.getTime())} ago`,
          evidence: [said, fact],
        }),
      ];
    return [
      refuted({
        target,
        because: `${variable.name} is valid until ${expiresAt.toISOString()}`,
        evidence: [fact, said],
      }),
    ];
  }
  return OF_A_KEY.test(entry.record.text) && EXPIRED.test(entry.record.text)
    ? [
        proved({
          target,
          summary: `The ${key?.name ?? 'key'} that ${target} shows${whom} has expired, says the peer`,
          confidence: 'likely',
          evidence: [
            said,
            ...(key ? [{ kind: 'config' as const, source: sourceText(key.at), text: `${key.name} is set here` }] : []),
          ],
        }),
      ]
    : [];
}

function agoText(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
