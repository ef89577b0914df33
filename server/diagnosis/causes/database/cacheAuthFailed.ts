import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { addressOf, endpointEvidence, mentionOf, probeEvidence } from '../../endpointText.ts';
import { logEvidence } from '../../evidence.ts';
import { endpointProbes } from '../../observers/endpointProbes.ts';
import { serviceStates } from '../../observers/serviceStates.ts';

export const cacheAuthFailed = defineCause({
  id: 'cache.auth-failed',
  category: 'database',
  summary: 'The cache refuses the password that the service is configured with, or asks for one that is not configured',
  advice: {
    sure: 'The cache itself refused the login.',
    first: "Compare the password of the service with the cache's own (requirepass, or its ACL).",
    verify: "PING is answered with PONG under the service's login.",
  },
  needs: { probes: endpointProbes, states: serviceStates },
  explains: ['service.down', 'process.crash-loop', 'container.unhealthy', 'container.exited', 'container.restarting'],
  judge: ({ probes, states }) =>
    probes.flatMap((probe): Judgement[] => {
      const { endpoint, redis } = probe;
      const evidence = [endpointEvidence(probe), probeEvidence(probe)];
      if (redis?.kind === 'pong')
        return [
          refuted({
            target: endpoint.name,
            because: `${addressOf(endpoint)} accepted the configured credentials`,
            evidence,
          }),
        ];
      if (redis?.kind !== 'authFailed') return [];
      const mention = mentionOf(endpoint, states);
      const confirmed = mention !== undefined && /NOAUTH|WRONGPASS|NOPERM|invalid password/i.test(mention.record.text);
      // The service may get its password elsewhere: what we lack it need not lack.
      if (endpoint.password === undefined && !confirmed)
        return [
          unknown({
            target: endpoint.name,
            because: `${addressOf(endpoint)} asks for a password, and the workspace's configuration has none to try`,
          }),
        ];
      const how =
        endpoint.password === undefined
          ? 'asks for a password, and none is configured'
          : 'rejects the configured password';
      return [
        proved({
          target: endpoint.name,
          summary: `Redis at ${addressOf(endpoint)} ${how}${endpoint.variable === undefined ? '' : ` in ${endpoint.variable}`}`,
          evidence: [...evidence, ...(mention ? [logEvidence(mention)] : [])],
        }),
      ];
    }),
});
