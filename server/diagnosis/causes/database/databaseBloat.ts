import { defineCause } from '../../cause.ts';
import { postgresWorkloads } from '../../observers/postgresWorkloads.ts';
import { SLOW_SYMPTOMS } from '../../postgres/postgresSlowness.ts';
import { judgePostgresBloat } from '../../postgres/postgresUpkeep.ts';

export const databaseBloat = defineCause({
  id: 'database.bloat',
  category: 'database',
  summary: 'A table is mostly dead rows that every read has to step over',
  advice: {
    sure: 'The server itself counts more dead rows than living ones in a table that the slow statement reads.',
    first: 'End the transaction that is named, if one is; then VACUUM the table, and see why autovacuum did not.',
    verify: 'The dead rows are gone, and the statement ends quickly.',
  },
  needs: { slow: postgresWorkloads },
  explains: ['database.slow-query', ...SLOW_SYMPTOMS],
  judge: ({ slow }) => slow.flatMap(judgePostgresBloat),
});
