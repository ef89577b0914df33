import { defineCause } from '../../cause.ts';
import { postgresWorkloads } from '../../observers/postgresWorkloads.ts';
import { judgePostgresSlowQuery, SLOW_SYMPTOMS } from '../../postgres/postgresSlowness.ts';

export const databaseSlowQuery = defineCause({
  id: 'database.slow-query',
  category: 'database',
  summary: 'A statement takes so long that the service waits for it',
  advice: {
    sure: 'The server itself shows the statement at work, or its average, and the service complains of the time it takes.',
    first: 'Read its plan (EXPLAIN) and what stands above this finding; then change the statement, or what it reads.',
    verify: 'The same statement ends quickly, and the complaints of the service stop.',
  },
  needs: { slow: postgresWorkloads },
  explains: SLOW_SYMPTOMS,
  judge: ({ slow }) => slow.flatMap(judgePostgresSlowQuery),
});
