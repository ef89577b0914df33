import { defineCause } from '../../cause.ts';
import { postgresWorkloads } from '../../observers/postgresWorkloads.ts';
import { judgePostgresMissingIndex } from '../../postgres/postgresIndexes.ts';
import { SLOW_SYMPTOMS } from '../../postgres/postgresSlowness.ts';

export const databaseMissingIndex = defineCause({
  id: 'database.missing-index',
  category: 'database',
  summary: 'A slow statement reads a whole table to find few rows, because no index leads to them',
  advice: {
    sure: 'The server’s own plan of the slow statement reads every row, no index begins with the column, and a sample shows that one would leave few.',
    first: 'Create the index without locking the table (CONCURRENTLY), and add it to the migrations.',
    verify: 'The plan uses the index, and the statement ends quickly.',
  },
  needs: { slow: postgresWorkloads },
  explains: ['database.slow-query', ...SLOW_SYMPTOMS],
  judge: ({ slow }) => slow.flatMap(judgePostgresMissingIndex),
});
