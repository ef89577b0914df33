import { defineCause } from '../../cause.ts';
import { postgresWorkloads } from '../../observers/postgresWorkloads.ts';
import { SLOW_SYMPTOMS } from '../../postgres/postgresSlowness.ts';
import { judgePostgresStatistics } from '../../postgres/postgresUpkeep.ts';

export const databaseStaleStatistics = defineCause({
  id: 'database.stale-statistics',
  category: 'database',
  summary: 'The planner’s picture of a table is out of date, so it plans a statement badly',
  advice: {
    sure: 'The table changed since its last analysis, and the planner’s estimate is far from what a sample of its rows shows.',
    first: 'ANALYZE the table; then see why autovacuum did not (it may be off, or a bulk load may have just ended).',
    verify: 'The estimate is near the sample, and the statement ends quickly.',
  },
  needs: { slow: postgresWorkloads },
  explains: ['database.slow-query', ...SLOW_SYMPTOMS],
  judge: ({ slow }) => slow.flatMap(judgePostgresStatistics),
});
