import type { ReportStore } from '../diagnosis/reportStore.ts';
import { DiagnosisReport } from '../protocol/diagnosis.ts';
import type { Database } from './openDatabase.ts';

/** Reports kept for each workspace; older ones are dropped. */
const KEPT_PER_WORKSPACE = 20;

/** Diagnosis reports in the state database; they were redacted before they got here. */
export function createDiagnosisRepository(database: Database): ReportStore {
  const insert = database.prepare('INSERT INTO diagnosis (workspace, started_at, status, report) VALUES (?, ?, ?, ?)');
  const trim = database.prepare(
    'DELETE FROM diagnosis WHERE workspace = ? AND id NOT IN (SELECT id FROM diagnosis WHERE workspace = ? ORDER BY id DESC LIMIT ?)',
  );
  const newest = database.prepare('SELECT report FROM diagnosis WHERE workspace = ? ORDER BY id DESC LIMIT 1');
  const save = database.transaction((report: DiagnosisReport) => {
    insert.run(report.workspace, report.startedAt, report.status, JSON.stringify(report));
    trim.run(report.workspace, report.workspace, KEPT_PER_WORKSPACE);
  });
  return {
    save: (report) => void save(report),
    last: (workspace) => {
      const row = newest.get(workspace) as { report: string } | undefined;
      // A report of an older version that no longer fits is as good as none.
      return row === undefined ? undefined : DiagnosisReport.safeParse(JSON.parse(row.report)).data;
    },
  };
}
