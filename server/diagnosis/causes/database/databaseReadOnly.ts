import { defineCause } from '../../cause.ts';
import { judgeMysqlReadOnly } from '../../mysqlJudgements.ts';
import { endpointProbes } from '../../observers/endpointProbes.ts';
import { serviceStates } from '../../observers/serviceStates.ts';
import { sqliteFiles } from '../../observers/sqliteFiles.ts';
import { judgePostgresReadOnly } from '../../postgres/postgresReadOnly.ts';
import { judgeSqliteReadOnly } from '../../sqlite/judgeSqliteReadOnly.ts';

export const databaseReadOnly = defineCause({
  id: 'database.read-only',
  category: 'database',
  summary: 'The database answers reads and refuses writes',
  advice: {
    sure: 'The database itself reports that it takes no writes.',
    first: 'Write to the primary, or find out why this server was made read-only before you change that.',
    verify: 'A write of the service succeeds.',
  },
  needs: { probes: endpointProbes, states: serviceStates, files: sqliteFiles },
  explains: [
    'service.down',
    'process.crash-loop',
    'upstream.slow',
    'worker.exhausted',
    'database.pool-exhausted',
    // A write that failed over it may leave its transaction, and the lock, behind.
    'database.lock-wait',
    'container.exited',
    'container.unhealthy',
    'container.restarting',
  ],
  judge: ({ probes, states, files }) => [
    ...probes.flatMap((probe) => [...judgeMysqlReadOnly(probe, states), ...judgePostgresReadOnly(probe, states)]),
    ...files.flatMap(judgeSqliteReadOnly),
  ],
});
