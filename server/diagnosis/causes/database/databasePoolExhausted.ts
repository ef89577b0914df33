import { defineCause } from '../../cause.ts';
import { endpointProbes } from '../../observers/endpointProbes.ts';
import { serviceStates } from '../../observers/serviceStates.ts';
import { sourceFacts } from '../../observers/workspaceFiles.ts';
import { judgePostgresPool } from '../../postgres/postgresPool.ts';

export const databasePoolExhausted = defineCause({
  id: 'database.pool-exhausted',
  category: 'database',
  summary: 'Every connection of the service’s own pool is taken, while the database has free ones',
  advice: {
    sure: 'The service says that its pool gave it no connection in time, and the database shows all of its sessions taken now.',
    first:
      'Find out what keeps the connections: a slow statement, an open transaction, or one that is never given back.',
    verify: 'Sessions of the service go back to idle, and requests get a connection at once.',
  },
  needs: { probes: endpointProbes, states: serviceStates, source: sourceFacts },
  explains: [
    'service.down',
    'process.crash-loop',
    'upstream.slow',
    'worker.exhausted',
    'proxy.timeout',
    'network.timeout',
    'container.exited',
    'container.unhealthy',
    'container.restarting',
  ],
  judge: ({ probes, states, source }) => probes.flatMap((probe) => judgePostgresPool(probe, states, source)),
});
