import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { addressOf } from '../../endpointText.ts';
import { type TlsPeer, tlsPeers } from '../../observers/tlsPeers.ts';
import { tlsEvidence } from '../../tlsText.ts';

const SAYS_NAME =
  /ALTNAME|altnames|hostname|host name|is valid for|doesn't match|does not match|no alternative|IP address mismatch/i;

export const tlsNameMismatch = defineCause({
  id: 'tls.name-mismatch',
  category: 'security',
  summary: 'The certificate of a peer is for another name than the one it is called by',
  advice: {
    sure: 'A handshake with the very address was made now, and the name in the address is not among those of the certificate.',
    first: 'Call the peer by a name of its certificate, or have a certificate made for the name that is used.',
    verify: 'The name in the address is among the certificate’s names, and the calls succeed.',
  },
  needs: { peers: tlsPeers },
  explains: [
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
  const { endpoint, user, entry, answer } = peer;
  if (answer.kind !== 'answered' || !entry) return [];
  const evidence = tlsEvidence(peer, answer);
  if (answer.nameMatches)
    return SAYS_NAME.test(entry.record.text)
      ? [refuted({ target: endpoint.name, because: `its certificate is for ${endpoint.host}`, evidence })]
      : [];
  const names = answer.certificate.names.map((name) => name.replace(/^\w[\w ]*:/, ''));
  return [
    proved({
      target: endpoint.name,
      summary: `${user?.service.name ?? 'The service'} calls ${endpoint.host}, but the certificate at ${addressOf(endpoint)} is for ${names.join(', ') || answer.certificate.subject}`,
      evidence,
    }),
  ];
}
