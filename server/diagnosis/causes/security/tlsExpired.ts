import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { addressOf } from '../../endpointText.ts';
import { type TlsPeer, tlsPeers } from '../../observers/tlsPeers.ts';
import { agoText, dateText, tlsEvidence } from '../../tlsText.ts';

const SAYS_EXPIRED = /expired|not yet valid|CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/i;

export const tlsExpired = defineCause({
  id: 'tls.expired',
  category: 'security',
  summary: 'The certificate of a peer is not valid today',
  advice: {
    sure: 'A handshake with the very address was made now, and the certificate’s own dates do not include today.',
    first: 'Renew the certificate of the peer and reload it; if the dates look right, check the clock of this machine.',
    verify: 'openssl s_client shows a certificate that is valid today, and the service’s calls succeed.',
  },
  needs: { peers: tlsPeers },
  explains: [
    'tls.untrusted',
    'service.down',
    'process.crash-loop',
    'network.refused',
    'network.timeout',
    'proxy.upstream-down',
    'container.exited',
    'container.unhealthy',
    'model.download-failed',
    'upstream.slow',
  ],
  judge: ({ peers }) => peers.flatMap(judgePeer),
});

function judgePeer(peer: TlsPeer): Judgement[] {
  const { endpoint, answer, entry } = peer;
  if (answer.kind !== 'answered') return [];
  const { validFrom, validTo } = answer.certificate;
  const now = new Date();
  const evidence = tlsEvidence(peer, answer);
  if (validTo < now || validFrom > now)
    return [
      proved({
        target: endpoint.name,
        summary:
          validTo < now
            ? `The certificate of ${endpoint.name} at ${addressOf(endpoint)} expired ${agoText(validTo, now)} (${dateText(validTo)})`
            : `The certificate of ${endpoint.name} at ${addressOf(endpoint)} is valid only from ${dateText(validFrom)}`,
        evidence,
      }),
    ];
  return entry && SAYS_EXPIRED.test(entry.record.text)
    ? [refuted({ target: endpoint.name, because: `its certificate is valid until ${dateText(validTo)}`, evidence })]
    : [];
}
