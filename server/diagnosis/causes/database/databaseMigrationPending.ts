import { defineCause } from '../../cause.ts';
import { migrationStates } from '../../observers/migrationStates.ts';
import { sourceFacts } from '../../observers/workspaceFiles.ts';
import { judgePostgresMigrations } from '../../postgres/postgresMigrations.ts';

export const databaseMigrationPending = defineCause({
  id: 'database.migration-pending',
  category: 'database',
  summary: 'Migrations of the project are not applied to the database that the service uses',
  advice: {
    sure: 'The files of the migrations were compared with what the tool has noted in this very database.',
    first: 'Apply the migrations with the project’s own tool; make sure first that this is the database you mean.',
    verify: 'The tool has noted every migration, and the service finds its tables and columns.',
  },
  needs: { states: migrationStates, source: sourceFacts },
  explains: [
    'service.down',
    'process.crash-loop',
    'upstream.slow',
    'container.exited',
    'container.unhealthy',
    'container.restarting',
  ],
  judge: ({ states, source }) => states.map((state) => judgePostgresMigrations(state, source)),
});
