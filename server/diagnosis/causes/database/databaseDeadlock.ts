import { defineCause } from '../../cause.ts';
import { judgeMysqlDeadlocks } from '../../mysqlJudgements.ts';
import { endpointProbes } from '../../observers/endpointProbes.ts';
import { serviceStates } from '../../observers/serviceStates.ts';
import { judgePostgresDeadlocks } from '../../postgres/postgresLocks.ts';

export const databaseDeadlock = defineCause({
  id: 'database.deadlock',
  category: 'database',
  summary: 'Two transactions waited for each other, and the database rolled one of them back',
  advice: {
    sure: 'The server itself detected the deadlock and rolled the transaction of the service back.',
    first:
      'Let every transaction lock its rows in the same order, keep it short, and retry the one that was rolled back.',
    verify: 'The same load no longer logs a deadlock.',
  },
  needs: { probes: endpointProbes, states: serviceStates },
  explains: [
    'service.down',
    'process.crash-loop',
    'upstream.slow',
    'worker.exhausted',
    'database.pool-exhausted',
    'container.exited',
    'container.unhealthy',
    'container.restarting',
  ],
  judge: ({ probes, states }) =>
    probes.flatMap((probe) => [...judgeMysqlDeadlocks(probe, states), ...judgePostgresDeadlocks(probe, states)]),
});
