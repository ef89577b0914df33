import type { Fix } from '../../protocol/diagnosis.ts';
import type { PostgresScan, PostgresStatement, PostgresTable } from '../../systems/postgres/postgresWorkload.ts';
import { type Judgement, proved, refuted } from '../cause.ts';
import { addressOf, endpointEvidence } from '../endpointText.ts';
import type { SlowDatabase } from '../observers/postgresWorkloads.ts';
import { isBig, statementEvidence, sufferedStatements } from './postgresSlowness.ts';
import { postgresFact, said } from './postgresText.ts';

/** A value that this many rows have in common is not found faster by an index: from so many distinct ones on it is. */
const DISTINCT_IN_SAMPLE = 20;
const SAMPLE_SIZE = 60;
/** The planner must expect it to leave at most this share of the rows. */
const SELECTIVE_SHARE = 0.1;
/** NAMEDATALEN less one. */
const MAX_NAME = 63;

interface Missing {
  table: PostgresTable;
  scan: PostgresScan;
  column: string;
  statement: PostgresStatement;
}

export function judgePostgresMissingIndex(database: SlowDatabase): Judgement[] {
  const { probe, complaint, workload } = database;
  const target = probe.endpoint.name;
  const suffered = sufferedStatements(database);
  if (suffered.length === 0 || !workload) return [];
  for (const { statement, confidence } of suffered) {
    const missing = missingFor(statement, workload.tables);
    if (!missing) continue;
    const { table, scan, column } = missing;
    const sample = table.samples[column];
    const invalid = table.indexes.find(({ valid, columns }) => !valid && columns[0] === column);
    return [
      proved({
        target,
        confidence,
        summary: `${table.name} at ${addressOf(probe.endpoint)} has no${invalid ? ' valid' : ''} index on ${column}: "${statement.text}" reads all of its ${Math.round(table.rows)} rows for about ${Math.max(1, Math.round(scan.rows))}`,
        evidence: [
          ...statementEvidence(database, statement),
          postgresFact(
            probe,
            'pg_stat_user_tables',
            `${table.name}: ${Math.round(table.rows)} rows, ${megabytes(table.bytes)}; read through ${table.sequentialScans} times, ${Math.round(table.rowsReadBySequentialScans)} rows in all; by an index ${table.indexScans} times`,
          ),
          postgresFact(
            probe,
            'pg_index',
            `${table.name} has ${table.indexes.length === 0 ? 'no index' : table.indexes.map(({ name, columns, valid }) => `${name} (${columns.join(', ')})${valid ? '' : ' INVALID'}`).join(', ')}`,
          ),
          ...(sample
            ? [
                postgresFact(
                  probe,
                  'TABLESAMPLE',
                  `${column} has ${sample.distinct} different values in a sample of ${sample.sampled} rows`,
                ),
              ]
            : []),
          ...said(complaint),
          endpointEvidence(probe),
        ],
        fixes: table.isOwn && !invalid ? [createIndex(target, table, column)] : [],
        ...(invalid
          ? {
              advice: {
                first: `An earlier CREATE INDEX CONCURRENTLY failed and left ${invalid.name}: REINDEX INDEX CONCURRENTLY ${invalid.name}.`,
              },
            }
          : {}),
      }),
    ];
  }
  const planned = suffered.find(({ statement }) => statement.scans && statement.scans.length > 0)?.statement;
  if (!planned) return [];
  return [
    refuted({
      target,
      because: `what takes long, "${planned.text}", reads no large table for want of an index: ${waysOf(planned)}`,
      evidence: statementEvidence(database, planned),
    }),
  ];
}

function missingFor(statement: PostgresStatement, tables: readonly PostgresTable[]): Missing | undefined {
  for (const scan of statement.scans ?? []) {
    const table = tables.find(({ name }) => name === scan.table);
    if (!table || !scan.sequential || !isBig(table) || scan.rows > table.rows * SELECTIVE_SHARE) continue;
    const [best] = scan.equalColumns
      .filter((column) => {
        const sample = table.samples[column];
        const isIndexed = table.indexes.some(({ valid, columns }) => valid && columns[0] === column);
        return !isIndexed && sample && sample.sampled >= SAMPLE_SIZE && sample.distinct >= DISTINCT_IN_SAMPLE;
      })
      .sort((a, b) => (table.samples[b]?.distinct ?? 0) - (table.samples[a]?.distinct ?? 0));
    if (best !== undefined) return { table, scan, column: best, statement };
  }
  return undefined;
}

function createIndex(target: string, table: PostgresTable, column: string): Fix {
  const [schema = '', relation = ''] = table.name.split(/\.(?=(?:[^"]|"[^"]*")*$)/);
  const taken = new Set(table.indexes.map(({ name }) => name.replace(/^.*\./, '')));
  const plain = `${relation.replaceAll('"', '')}_${column}`.replace(/\W/g, '_').slice(0, MAX_NAME - 6);
  const name = ['_idx', '_idx2', '_idx3'].map((end) => `${plain}${end}`).find((each) => !taken.has(each)) ?? plain;
  return {
    title: `Create an index on ${column} of ${table.name}, without locking it`,
    risk: 'write',
    changes: [
      {
        kind: 'sql',
        target,
        statement: `CREATE INDEX CONCURRENTLY "${name}" ON ${table.name} ("${column.replaceAll('"', '""')}")`,
        undo: `DROP INDEX CONCURRENTLY IF EXISTS ${schema}."${name}"`,
      },
    ],
    undo: true,
    verify: 'The plan of the statement uses the index. Add it to the project’s migrations, too.',
  };
}

function waysOf({ scans }: PostgresStatement): string {
  return (scans ?? [])
    .slice(0, 3)
    .map(({ table, sequential, index }) => `${table} ${sequential ? 'as a whole' : `by ${index ?? 'another way'}`}`)
    .join(', ');
}

function megabytes(bytes: number): string {
  return `${(bytes / (1 << 20)).toFixed(0)} MiB`;
}
