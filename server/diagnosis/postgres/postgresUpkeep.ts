import type { Fix } from '../../protocol/diagnosis.ts';
import type { PostgresFacts, PostgresSession } from '../../systems/postgres/postgresFacts.ts';
import type { ColumnSample, PostgresTable } from '../../systems/postgres/postgresWorkload.ts';
import { type Judgement, proved, refuted } from '../cause.ts';
import { addressOf, endpointEvidence } from '../endpointText.ts';
import type { SlowDatabase } from '../observers/postgresWorkloads.ts';
import { type Suffered, statementEvidence, sufferedStatements } from './postgresSlowness.ts';
import { postgresFact, said, sessionText } from './postgresText.ts';

const CHANGED_ROWS = 10_000;
/** An estimate that is off by less leads to the same plan. */
const OFF_BY = 10;
/** So many rows of the sample for each of its values: then the values seen are about all there are. */
const REPEATED = 10;
const SAMPLE_SIZE = 60;
const DEAD_ROWS = 20_000;
/** Dead rows for each living one. */
const DEAD_SHARE = 2;
/** A transaction of this age keeps what died since from being cleared away. */
const HOLDING_SECONDS = 60;

interface TableOfStatement extends Suffered {
  table: PostgresTable;
}

function tablesOf(database: SlowDatabase): TableOfStatement[] {
  return sufferedStatements(database).flatMap((suffered) => {
    const names = new Set(suffered.statement.scans?.map(({ table }) => table));
    return (database.workload?.tables ?? [])
      .filter(({ name }) => names.has(name))
      .map((table) => ({ ...suffered, table }));
  });
}

export function judgePostgresStatistics(database: SlowDatabase): Judgement[] {
  const { probe, complaint } = database;
  const target = probe.endpoint.name;
  const stale = tablesOf(database).filter(({ table }) => isStale(table));
  for (const { table, statement, confidence } of stale) {
    const wrong = Object.entries(table.samples).find(([, sample]) => isFarOff(table, sample));
    if (!wrong) continue;
    const [column, sample] = wrong;
    const real = realRows(table, sample);
    return [
      proved({
        target,
        confidence,
        summary: `The planner’s statistics of ${table.name} at ${addressOf(probe.endpoint)} are out of date: it expects ${Math.round(sample.plannedRows ?? 0)} rows for one ${column}, and there are about ${Math.round(real)}`,
        evidence: [
          postgresFact(probe, 'pg_stat_user_tables', `${table.name}: ${analysisText(table)}`),
          postgresFact(
            probe,
            'TABLESAMPLE',
            `${column} has ${sample.distinct} different values in a sample of ${sample.sampled} rows of about ${Math.round(table.rows)}`,
          ),
          ...statementEvidence(database, statement),
          ...said(complaint),
          endpointEvidence(probe),
        ],
        fixes: table.isOwn ? [upkeep(target, 'ANALYZE', table, 'The planner’s estimate is near the sample.')] : [],
      }),
    ];
  }
  const [first] = stale;
  const known = tablesOf(database).find(({ table }) => !isStale(table) && table.analyzedAt !== undefined);
  if (!first && !known) return [];
  const { table } = (first ?? known) as TableOfStatement;
  return [
    refuted({
      target,
      because: first
        ? `${table.name} was changed much since its last analysis, but the planner’s estimates are near what a sample shows`
        : `${table.name} was analyzed at ${table.analyzedAt?.toISOString()}, and ${table.modifiedSinceAnalyze} rows changed since`,
      evidence: [postgresFact(probe, 'pg_stat_user_tables', `${table.name}: ${analysisText(table)}`)],
    }),
  ];
}

export function judgePostgresBloat(database: SlowDatabase): Judgement[] {
  const { probe, complaint, facts } = database;
  const target = probe.endpoint.name;
  const tables = tablesOf(database);
  const [worst] = tables
    .filter(({ table }) => table.deadRows >= DEAD_ROWS && table.deadRows >= table.rows * DEAD_SHARE)
    .sort((a, b) => b.table.deadRows - a.table.deadRows);
  if (!worst) {
    const [first] = tables;
    if (!first) return [];
    const { name, deadRows, rows } = first.table;
    const because = `${name} has ${Math.round(deadRows)} dead rows beside ${Math.round(rows)} living ones`;
    return [refuted({ target, because, evidence: [postgresFact(probe, 'pg_stat_user_tables', because)] })];
  }
  const { table, statement, confidence } = worst;
  const holder = holderOf(facts, probe.endpoint.database);
  const because = holder ? `; ${sessionText(holder)}, keeps them from being cleared away` : '';
  return [
    proved({
      target,
      confidence,
      summary: `${table.name} at ${addressOf(probe.endpoint)} is mostly dead rows: ${Math.round(table.deadRows)} beside ${Math.round(table.rows)} living ones, ${(table.bytes / (1 << 20)).toFixed(0)} MiB${because}`,
      evidence: [
        postgresFact(
          probe,
          'pg_stat_user_tables',
          `${table.name}: ${Math.round(table.deadRows)} dead rows, last vacuumed ${table.vacuumedAt?.toISOString() ?? 'never'}`,
        ),
        ...(holder ? [postgresFact(probe, 'pg_stat_activity', sessionText(holder))] : []),
        ...statementEvidence(database, statement),
        ...said(complaint),
        endpointEvidence(probe),
      ],
      // While that transaction lasts, VACUUM clears nothing away.
      fixes:
        table.isOwn && !holder
          ? [upkeep(target, 'VACUUM (ANALYZE)', table, 'The dead rows are gone; their room is used again.')]
          : [],
      ...(holder
        ? { advice: { first: 'End the old transaction, or let it end, and vacuum the table after that.' } }
        : {}),
    }),
  ];
}

function isStale({ analyzedAt, modifiedSinceAnalyze, analyzedRows, rows }: PostgresTable): boolean {
  if (analyzedAt === undefined) return rows >= CHANGED_ROWS;
  return modifiedSinceAnalyze >= Math.max(CHANGED_ROWS, analyzedRows ?? 0, rows / 2);
}

/** Only where values repeat: how often one occurs that a sample shows once cannot be told from it. */
function isFarOff(table: PostgresTable, sample: ColumnSample): boolean {
  const { sampled, distinct, plannedRows } = sample;
  if (plannedRows === undefined || sampled < SAMPLE_SIZE || distinct * REPEATED > sampled) return false;
  return realRows(table, sample) >= plannedRows * OFF_BY;
}

function realRows({ rows }: PostgresTable, { distinct }: ColumnSample): number {
  return rows / Math.max(1, distinct);
}

function analysisText({ analyzedAt, analyzedRows, modifiedSinceAnalyze, rows }: PostgresTable): string {
  const when =
    analyzedAt === undefined
      ? 'never analyzed'
      : `analyzed at ${analyzedAt.toISOString()} with ${Math.round(analyzedRows ?? 0)} rows`;
  return `${when}; ${Math.round(modifiedSinceAnalyze)} rows changed since, about ${Math.round(rows)} now`;
}

function holderOf({ sessions }: PostgresFacts, database: string | undefined): PostgresSession | undefined {
  return sessions
    .filter(
      (session) =>
        (database === undefined || session.database === database) &&
        session.snapshotAge !== undefined &&
        (session.transactionSeconds ?? 0) >= HOLDING_SECONDS,
    )
    .sort((a, b) => (b.transactionSeconds ?? 0) - (a.transactionSeconds ?? 0))[0];
}

function upkeep(target: string, command: string, { name }: PostgresTable, verify: string): Fix {
  return {
    title: `${command} ${name}`,
    risk: 'write',
    changes: [{ kind: 'sql', target, statement: `${command} ${name}` }],
    undo: false,
    verify,
  };
}
