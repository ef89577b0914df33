import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { addressOf, dependentsOf, endpointEvidence, mentionEvidence, probeEvidence } from '../../endpointText.ts';
import { endpointProbes } from '../../observers/endpointProbes.ts';
import { serviceStates } from '../../observers/serviceStates.ts';

export const cacheUnreachable = defineCause({
  id: 'cache.unreachable',
  category: 'database',
  summary: 'The cache does not accept connections at the address that the service uses',
  needs: { probes: endpointProbes, states: serviceStates },
  explains: [
    'service.down',
    'process.crash-loop',
    'network.refused',
    'network.timeout',
    'container.unhealthy',
    'container.exited',
    'container.restarting',
  ],
  judge: ({ probes, states }) =>
    probes
      .filter(({ endpoint, connection }) => endpoint.kind === 'cache' && connection !== undefined)
      .flatMap((probe): Judgement[] => {
        const { endpoint, connection, redis } = probe;
        const address = addressOf(endpoint);
        const evidence = [endpointEvidence(probe), probeEvidence(probe)];
        if (
          connection?.kind === 'accepted' &&
          (redis?.kind === 'pong' || redis?.kind === 'authFailed' || redis?.kind === 'loading')
        ) {
          return [
            refuted({
              target: endpoint.name,
              because:
                redis.kind === 'pong'
                  ? `${address} answered PONG in ${Math.round(redis.durationMs)} ms`
                  : `${address} answers`,
              evidence,
            }),
          ];
        }
        const users = dependentsOf(endpoint, states);
        const how =
          connection?.kind === 'refused'
            ? `refuses connections at ${address}: nothing listens there`
            : redis?.kind === 'notRedis'
              ? `is expected at ${address}, but something else answers there`
              : `does not answer at ${address}`;
        return [
          proved({
            target: endpoint.name,
            summary: `Redis ${how}${users.length > 0 ? `, and ${users.map((state) => state.service.name).join(', ')} needs it` : ''}`,
            confidence: users.some((state) => state.running || state.everStarted) ? 'proved' : 'likely',
            evidence: [...evidence, ...mentionEvidence(endpoint, states)],
            fixes: endpoint.compose
              ? [
                  {
                    title: `Start ${endpoint.compose.name} with compose`,
                    risk: 'execute',
                    changes: [{ kind: 'command', argv: ['docker', 'compose', 'up', '-d', endpoint.compose.name] }],
                    undo: true,
                    verify: `${address} answers PONG.`,
                  },
                ]
              : [],
          }),
        ];
      }),
});
