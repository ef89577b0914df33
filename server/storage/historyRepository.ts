import type { HistoryStore, Occurrence } from '../history/history.ts';
import { DiagnosisReport } from '../protocol/diagnosis.ts';
import { HistoryEntry } from '../protocol/history.ts';
import type { Database } from './openDatabase.ts';

/** Entries and occurrences that are kept for each workspace; older ones are dropped. */
const KEPT_ENTRIES = 200;
const KEPT_OCCURRENCES = 500;

interface EntryRow {
  id: number;
  started_at: string;
  last_at: string;
  runs: number;
  status: string;
  cause: string | null;
  target: string | null;
  summary: string | null;
  findings: number;
  suppressed: number | null;
  duration_ms: number;
}

interface OccurrenceRow {
  id: number;
  cause: string;
  target: string;
  first_at: string;
  last_at: string;
  ended_at: string | null;
}

/** The past of every folder in the state database; reports were redacted before they got here. */
export function createHistoryRepository(database: Database): HistoryStore {
  const newest = database.prepare('SELECT id, signature FROM diagnosis WHERE workspace = ? ORDER BY id DESC LIMIT 1');
  const join = database.prepare(
    'UPDATE diagnosis SET last_at = ?, runs = runs + 1, status = ?, report = ? WHERE id = ?',
  );
  const insert = database.prepare(
    'INSERT INTO diagnosis (workspace, started_at, last_at, status, signature, report) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const trim = database.prepare(
    'DELETE FROM diagnosis WHERE workspace = ? AND id NOT IN (SELECT id FROM diagnosis WHERE workspace = ? ORDER BY id DESC LIMIT ?)',
  );
  const last = database.prepare('SELECT report FROM diagnosis WHERE workspace = ? ORDER BY id DESC LIMIT 1');
  const get = database.prepare('SELECT report FROM diagnosis WHERE workspace = ? AND id = ?');
  const list = database.prepare(
    `SELECT id, started_at, last_at, runs, status,
       report ->> '$.findings[0].cause' AS cause,
       report ->> '$.findings[0].target' AS target,
       report ->> '$.findings[0].summary' AS summary,
       json_array_length(report, '$.findings') AS findings,
       json_array_length(report, '$.suppressed') AS suppressed,
       report ->> '$.durationMs' AS duration_ms
     FROM diagnosis WHERE workspace = ? ORDER BY id DESC`,
  );
  const occurrences = database.prepare('SELECT * FROM occurrence WHERE workspace = ? ORDER BY id');
  const begin = database.prepare(
    'INSERT INTO occurrence (workspace, cause, target, first_at, last_at) VALUES (?, ?, ?, ?, ?)',
  );
  const trimOccurrences = database.prepare(
    'DELETE FROM occurrence WHERE workspace = ? AND id NOT IN (SELECT id FROM occurrence WHERE workspace = ? ORDER BY id DESC LIMIT ?)',
  );
  const touch = database.prepare('UPDATE occurrence SET last_at = ? WHERE id = ?');
  const end = database.prepare('UPDATE occurrence SET ended_at = ? WHERE id = ?');

  return {
    transact: (work) => database.transaction(work).immediate(),
    add(report, signature) {
      const { workspace, startedAt, status } = report;
      const text = JSON.stringify(report);
      const previous = newest.get(workspace) as { id: number; signature: string } | undefined;
      if (previous?.signature === signature) join.run(startedAt, status, text, previous.id);
      else {
        insert.run(workspace, startedAt, startedAt, status, signature, text);
        trim.run(workspace, workspace, KEPT_ENTRIES);
      }
    },
    last: (workspace) => reportIn(last.get(workspace)),
    get: (workspace, id) => reportIn(get.get(workspace, id)),
    list: (workspace) => (list.all(workspace) as EntryRow[]).flatMap(toEntry),
    occurrences: (workspace) =>
      (occurrences.all(workspace) as OccurrenceRow[]).map(
        ({ id, cause, target, first_at, last_at, ended_at }): Occurrence => ({
          id,
          cause,
          target,
          firstAt: first_at,
          lastAt: last_at,
          endedAt: ended_at ?? undefined,
        }),
      ),
    begin(workspace, { cause, target, firstAt }) {
      begin.run(workspace, cause, target, firstAt, firstAt);
      trimOccurrences.run(workspace, workspace, KEPT_OCCURRENCES);
    },
    continue: (id, lastAt) => void touch.run(lastAt, id),
    end: (id, endedAt) => void end.run(endedAt, id),
  };
}

/** A report of another version that no longer fits is as good as none. */
function reportIn(row: unknown): DiagnosisReport | undefined {
  if (row === undefined) return undefined;
  return DiagnosisReport.safeParse(JSON.parse((row as { report: string }).report)).data;
}

function toEntry(row: EntryRow): HistoryEntry[] {
  const { id, runs, status, cause, target, summary, findings } = row;
  const entry = HistoryEntry.safeParse({
    id,
    startedAt: row.started_at,
    lastAt: row.last_at,
    runs,
    status,
    ...(cause === null || target === null || summary === null ? {} : { root: { cause, target, summary } }),
    findings,
    suppressed: row.suppressed ?? 0,
    durationMs: row.duration_ms,
  });
  return entry.success ? [entry.data] : [];
}
