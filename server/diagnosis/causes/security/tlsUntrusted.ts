import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { addressOf } from '../../endpointText.ts';
import { type TlsPeer, tlsPeers } from '../../observers/tlsPeers.ts';
import { tlsEvidence } from '../../tlsText.ts';

const SAYS_UNTRUSTED =
  /self.signed|unable to (?:verify|get)|UNABLE_TO_|SELF_SIGNED|unknown (?:authority|ca)|PKIX path|certificate verify failed|not trusted/i;
/** OpenSSL's words for a chain that does not end at an authority that is known here. */
const REASONS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its chain ends in a self-signed authority that is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the peer does not send the certificate of its issuer',
  UNABLE_TO_GET_ISSUER_CERT: 'the certificate of its issuer is missing',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is not known here',
};

export const tlsUntrusted = defineCause({
  id: 'tls.untrusted',
  category: 'security',
  summary: 'The certificate of a peer does not lead to an authority that the service trusts',
  advice: {
    sure: 'A handshake with the very address was made now with the authorities that the service has, and the chain could not be verified.',
    first:
      'Give the service the authority’s certificate (NODE_EXTRA_CA_CERTS, SSL_CERT_FILE), or let the peer send its whole chain. Do not turn the verification off.',
    verify: 'openssl s_client -CAfile … ends with "Verify return code: 0 (ok)", and the calls succeed.',
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
  if (answer.kind !== 'answered') return [];
  const evidence = tlsEvidence(peer, answer);
  const reason = REASONS[answer.chainError ?? ''];
  if (answer.chainError === undefined)
    return entry && SAYS_UNTRUSTED.test(entry.record.text)
      ? [
          refuted({
            target: endpoint.name,
            because: 'its certificate is trusted with the authorities that are configured',
            evidence,
          }),
        ]
      : [];
  if (reason === undefined) return [];
  // Many a development set-up is self-signed on purpose, and its clients do not verify: only a complaint makes it a fault.
  if (!entry) return [];
  return [
    proved({
      target: endpoint.name,
      summary: `${user?.service.name ?? 'The service'} does not trust the certificate of ${endpoint.name} at ${addressOf(endpoint)}: ${reason}`,
      evidence,
    }),
  ];
}
