import { defineCause } from '../../cause.ts';
import { judgeDatabaseDamage } from '../../judgeDatabaseDamage.ts';
import { databaseDamage } from '../../observers/databaseDamage.ts';
import { sqliteFiles } from '../../observers/sqliteFiles.ts';
import { judgeSqliteCorrupt } from '../../sqlite/judgeSqliteCorrupt.ts';

export const databaseCorrupt = defineCause({
  id: 'database.corrupt',
  category: 'database',
  summary: 'The data of the database is damaged',
  advice: {
    sure: 'The damage was read in the data itself, not only in an error about it.',
    first: 'Stop everything that writes to it, keep a copy of it as it is, and restore the last backup.',
    verify: "The database's own integrity check finds nothing, and the service's errors stop.",
  },
  needs: { files: sqliteFiles, damage: databaseDamage },
  explains: [
    'service.down',
    'process.crash-loop',
    'database.migration-pending',
    'container.exited',
    'container.unhealthy',
    'container.restarting',
  ],
  judge: ({ files, damage }) => [...files.flatMap(judgeSqliteCorrupt), ...damage.map(judgeDatabaseDamage)],
});
