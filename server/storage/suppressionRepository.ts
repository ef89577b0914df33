import type { Suppression } from '../protocol/suppression.ts';
import type { SuppressionStore } from '../suppression/suppressions.ts';
import type { Database } from './openDatabase.ts';

type Row = Omit<Suppression, 'until'> & { until: string | null };

/** What the user suppressed, in the state database. */
export function createSuppressionRepository(database: Database): SuppressionStore {
  const list = database.prepare('SELECT * FROM suppression WHERE workspace = ? ORDER BY since DESC, id');
  const save = database.prepare(
    `INSERT OR REPLACE INTO suppression (id, workspace, fingerprint, cause, target, summary, reason, since, until)
     VALUES (@id, @workspace, @fingerprint, @cause, @target, @summary, @reason, @since, @until)`,
  );
  const remove = database.prepare('DELETE FROM suppression WHERE id = ?');
  return {
    list: (workspace) =>
      (list.all(workspace) as Row[]).map(({ until, ...rest }) => (until === null ? rest : { ...rest, until })),
    save: (suppression) => void save.run({ until: null, ...suppression }),
    remove: (id) => void remove.run(id),
  };
}
