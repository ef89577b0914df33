import { defineCause } from '../../cause.ts';
import { judgeMysqlLockWaits } from '../../mysqlJudgements.ts';
import { endpointProbes } from '../../observers/endpointProbes.ts';
import { serviceStates } from '../../observers/serviceStates.ts';
import { sqliteFiles } from '../../observers/sqliteFiles.ts';
import { judgePostgresLockWaits } from '../../postgres/postgresLocks.ts';
import { judgeSqliteLockWait } from '../../sqlite/judgeSqliteLockWait.ts';

export const databaseLockWait = defineCause({
  id: 'database.lock-wait',
  category: 'database',
  summary: 'A session waits for a lock that another one holds and does not give back',
  advice: {
    sure: 'The database itself names who waits and, where the login may see it, who holds the lock.',
    first: 'Look at what the holder does: let it commit or roll back; end it if it was forgotten.',
    verify: 'No session waits for a lock any more, and the same request succeeds.',
  },
  needs: { probes: endpointProbes, states: serviceStates, files: sqliteFiles },
  explains: [
    'service.down',
    'process.crash-loop',
    'upstream.slow',
    'proxy.timeout',
    'worker.exhausted',
    'database.pool-exhausted',
    'database.connections-exhausted',
    'database.slow-query',
    'proxy.timeout',
    'network.timeout',
    'container.exited',
    'container.unhealthy',
    'container.restarting',
  ],
  judge: ({ probes, states, files }) => [
    ...probes.flatMap((probe) => [...judgeMysqlLockWaits(probe, states), ...judgePostgresLockWaits(probe, states)]),
    ...files.flatMap(judgeSqliteLockWait),
  ],
});
