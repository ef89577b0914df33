import { defineCause } from '../../cause.ts';
import { judgeMysqlConnections } from '../../mysqlJudgements.ts';
import { endpointProbes } from '../../observers/endpointProbes.ts';
import { listeners, processList } from '../../observers/machine.ts';
import { serviceStates } from '../../observers/serviceStates.ts';
import { judgePostgresConnections } from '../../postgres/postgresConnections.ts';

export const databaseConnectionsExhausted = defineCause({
  id: 'database.connections-exhausted',
  category: 'database',
  summary: 'The database has no connection left for the service',
  advice: {
    sure: 'The server itself refused a new connection for want of a free one.',
    first: 'Find who holds the connections; close what leaks, and give every pool a limit that fits the server.',
    verify: 'A new connection succeeds, and the number in use stays below the limit.',
  },
  needs: { probes: endpointProbes, states: serviceStates, sockets: listeners, processes: processList },
  explains: [
    'service.down',
    'process.crash-loop',
    'upstream.slow',
    'proxy.timeout',
    'worker.exhausted',
    'database.pool-exhausted',
    'container.exited',
    'container.unhealthy',
    'container.restarting',
  ],
  judge: ({ probes, states, ...machine }) =>
    probes.flatMap((probe) => [
      ...judgeMysqlConnections(probe, states),
      ...judgePostgresConnections(probe, states, machine),
    ]),
});
