import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { addressOf, endpointEvidence, mentionEvidence, probeEvidence } from '../../endpointText.ts';
import { endpointProbes } from '../../observers/endpointProbes.ts';
import { serviceStates } from '../../observers/serviceStates.ts';

export const databaseAuthFailed = defineCause({
  id: 'database.auth-failed',
  category: 'database',
  summary: 'The database refuses the user or the password that the service is configured with',
  needs: { probes: endpointProbes, states: serviceStates },
  explains: ['service.down', 'process.crash-loop', 'container.unhealthy', 'container.exited', 'container.restarting'],
  judge: ({ probes, states }) =>
    probes.flatMap((probe): Judgement[] => {
      const { endpoint, postgres } = probe;
      if (!postgres) return [];
      const evidence = [endpointEvidence(probe), probeEvidence(probe)];
      if (postgres.kind === 'connected' || postgres.kind === 'databaseMissing') {
        return [
          refuted({
            target: endpoint.name,
            because: `${addressOf(endpoint)} accepted the user ${endpoint.user ?? ''} with the configured password`,
            evidence,
          }),
        ];
      }
      if (postgres.kind !== 'authFailed') return [];
      const users = states.filter((state) => state.service.dependsOn.some((edge) => edge.target === endpoint.name));
      const noRule = /pg_hba/.test(postgres.because);
      const noRole = /role ".*" does not exist/.test(postgres.because);
      return [
        proved({
          target: endpoint.name,
          summary: noRule
            ? `PostgreSQL at ${addressOf(endpoint)} has no pg_hba.conf rule that lets ${endpoint.user ?? 'the user'} in`
            : `PostgreSQL at ${addressOf(endpoint)} rejects the ${noRole ? 'user' : 'password of'} ${endpoint.user ?? 'the configured user'}${endpoint.variable === undefined ? '' : ` from ${endpoint.variable}`}`,
          evidence: [...evidence, ...mentionEvidence(endpoint, users)],
          fixes: [],
        }),
      ];
    }),
});
