import type { LogSuppression, LogSuppressionStore } from '../logs/findings/splitSuppressed.ts';
import type { Database } from './openDatabase.ts';

type Row = Omit<LogSuppression, 'until'> & { until: string | null };

/** The kinds of findings in logs that the user suppressed, in the state database: kept for all logs. */
export function createLogSuppressionRepository(database: Database): LogSuppressionStore {
  const list = database.prepare('SELECT * FROM log_suppression ORDER BY since DESC, fingerprint');
  const save = database.prepare(
    `INSERT OR REPLACE INTO log_suppression (fingerprint, summary, reason, since, until)
     VALUES (@fingerprint, @summary, @reason, @since, @until)`,
  );
  const remove = database.prepare('DELETE FROM log_suppression WHERE fingerprint = ?');
  return {
    list: () => (list.all() as Row[]).map(({ until, ...rest }) => (until === null ? rest : { ...rest, until })),
    save: (suppression) => void save.run({ until: null, ...suppression }),
    remove: (fingerprint) => void remove.run(fingerprint),
  };
}
