import type { Evidence } from '../../protocol/diagnosis.ts';
import type { PostgresStatement, PostgresTable } from '../../systems/postgres/postgresWorkload.ts';
import { type Judgement, proved, refuted, unknown } from '../cause.ts';
import { addressOf, endpointEvidence } from '../endpointText.ts';
import type { SlowDatabase } from '../observers/postgresWorkloads.ts';
import { postgresFact, said, seconds, serverName } from './postgresText.ts';

/** What follows from a slow statement, and so from what makes one slow. */
export const SLOW_SYMPTOMS: readonly string[] = [
  'service.down',
  'process.crash-loop',
  'database.pool-exhausted',
  'database.connections-exhausted',
  'upstream.slow',
  'worker.exhausted',
  'proxy.timeout',
  'network.timeout',
  'container.exited',
  'container.unhealthy',
  'container.restarting',
];

const RUNS_LONG_SECONDS = 1;
/** What the service itself calls slow need not be caught at its slowest. */
const LOGGED_SECONDS = 0.5;
const PILE = { sessions: 3, seconds: 2 };
const SLOW_MEAN_MS = 200;
const SLOW_CALLS = 3;
/** Reading through a table of fewer rows, or of less than this, is not what makes anybody wait. */
const BIG_ROWS = 20_000;
const BIG_BYTES = 1 << 20;

/** A statement that somebody suffers from, and how sure that is. */
export interface Suffered {
  statement: PostgresStatement;
  confidence: 'proved' | 'likely';
  /** Something that the server shows confirms it; else a log alone says so. */
  confirmed: boolean;
}

export function isBig({ rows, bytes }: PostgresTable): boolean {
  return rows >= BIG_ROWS && bytes >= BIG_BYTES;
}

/** The tables that a statement reads through from end to end. */
export function readThrough(statement: PostgresStatement, { workload }: SlowDatabase): PostgresTable[] {
  const names = new Set(statement.scans?.filter(({ sequential }) => sequential).map(({ table }) => table));
  return workload?.tables.filter((table) => names.has(table.name) && isBig(table)) ?? [];
}

/** The statements that make the service wait, the surest first. One long run with nobody to complain of it is a batch job's way. */
export function sufferedStatements(database: SlowDatabase): Suffered[] {
  const judged = database.workload?.statements.flatMap((statement): Suffered[] => {
    const confidence = sureness(statement, database);
    const confirmed = confidence === 'proved' || !statement.logged;
    return confidence === undefined ? [] : [{ statement, confidence, confirmed }];
  });
  const weight = ({ statement: { running, history, logged } }: Suffered): number =>
    (logged ? 1e6 : 0) + (running?.sessions ?? 0) * (running?.seconds ?? 0) + (history?.meanMs ?? 0) / 1e4;
  return (judged ?? []).sort(
    (a, b) => Number(b.confidence === 'proved') - Number(a.confidence === 'proved') || weight(b) - weight(a),
  );
}

function sureness(statement: PostgresStatement, database: SlowDatabase): 'proved' | 'likely' | undefined {
  const { running, history, logged } = statement;
  const runsLong = running !== undefined && running.seconds >= RUNS_LONG_SECONDS;
  const wasSlow = history !== undefined && history.meanMs >= SLOW_MEAN_MS && history.calls >= SLOW_CALLS;
  if (!database.complaint)
    return running && running.sessions >= PILE.sessions && running.seconds >= PILE.seconds ? 'likely' : undefined;
  if (logged)
    return (running?.seconds ?? 0) >= LOGGED_SECONDS || wasSlow || readThrough(statement, database).length > 0
      ? 'proved'
      : 'likely';
  if (runsLong && (running.sessions >= 2 || wasSlow)) return 'proved';
  return database.specific && !database.named && (runsLong || wasSlow) ? 'likely' : undefined;
}

export function judgePostgresSlowQuery(database: SlowDatabase): Judgement[] {
  const { probe, complaint, specific, workload, facts } = database;
  const target = probe.endpoint.name;
  const [worst] = sufferedStatements(database);
  if (worst && !worst.confirmed)
    return [
      unknown({
        target,
        because: `the log calls "${worst.statement.text}" slow; it does not run at ${addressOf(probe.endpoint)} now, and what took long before is not kept${workload?.historyMissing === undefined ? '' : `: ${workload.historyMissing}`}`,
        next: 'diagnose again while it is slow, or EXPLAIN (ANALYZE, BUFFERS) it on a copy of the data',
      }),
    ];
  if (worst)
    return [
      proved({
        target,
        confidence: worst.confidence,
        summary: `${serverName(probe)} takes long over ${describeStatement(worst.statement)}`,
        evidence: [...statementEvidence(database, worst.statement), ...said(complaint), endpointEvidence(probe)],
      }),
    ];
  if (!complaint) return [];
  const lone = workload?.statements.find(({ running }) => (running?.seconds ?? 0) >= RUNS_LONG_SECONDS);
  if (lone)
    return [
      unknown({
        target,
        because: `one session of ${facts.role} runs "${lone.text}" for ${seconds(lone.running?.seconds)}; whether ${complaint.state.service.name} waits for it cannot be told`,
        next: 'compare that statement with what the service does when it complains',
      }),
    ];
  if (!specific) return [];
  if (!workload || workload.historyMissing !== undefined)
    return [
      unknown({
        target,
        because: `no statement runs long at ${addressOf(probe.endpoint)} now, and what took long before is not kept${workload?.historyMissing === undefined ? '' : `: ${workload.historyMissing}`}`,
        next: 'diagnose again while it is slow, or: CREATE EXTENSION pg_stat_statements, as an administrator',
      }),
    ];
  return [
    refuted({
      target,
      because: `no statement of ${facts.role} runs long at ${addressOf(probe.endpoint)} now, and none in pg_stat_statements takes ${SLOW_MEAN_MS} ms on average`,
      evidence: [postgresFact(probe, 'pg_stat_statements', 'no slow statement'), ...said(complaint)],
    }),
  ];
}

export function describeStatement({ text, running, history, logged }: PostgresStatement): string {
  const parts = [
    ...(running
      ? [
          `${running.sessions === 1 ? 'a session runs' : `${running.sessions} sessions run`} it now, for up to ${seconds(running.seconds)}`,
        ]
      : []),
    ...(history ? [`${Math.round(history.meanMs)} ms on average over ${history.calls} calls`] : []),
    ...(logged && !running && !history ? ['by the words of the service'] : []),
  ];
  return `"${text}"${parts.length > 0 ? ` (${parts.join('; ')})` : ''}`;
}

export function statementEvidence({ probe }: SlowDatabase, statement: PostgresStatement): Evidence[] {
  const { text, running, history, scans } = statement;
  return [
    ...(running
      ? [postgresFact(probe, 'pg_stat_activity', `${describeStatement({ ...statement, history: undefined })}`)]
      : []),
    ...(history
      ? [
          postgresFact(
            probe,
            'pg_stat_statements',
            `"${text}": ${history.calls} calls, ${Math.round(history.meanMs)} ms on average`,
          ),
        ]
      : []),
    ...(scans && scans.length > 0
      ? [
          postgresFact(
            probe,
            'EXPLAIN',
            scans
              .slice(0, 5)
              .map(({ table, sequential, index, rows }) =>
                sequential
                  ? `reads all of ${table}, expects ${rows} rows of it`
                  : `reaches ${table} by ${index ?? 'another way'}, expects ${rows} rows`,
              )
              .join('; '),
          ),
        ]
      : []),
  ];
}
