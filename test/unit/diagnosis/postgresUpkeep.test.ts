import { describe, expect, it } from 'vitest';
import type { SlowDatabase } from '../../../server/diagnosis/observers/postgresWorkloads.ts';
import { judgePostgresBloat, judgePostgresStatistics } from '../../../server/diagnosis/postgres/postgresUpkeep.ts';
import type { PostgresSession } from '../../../server/systems/postgres/postgresFacts.ts';
import type { ColumnSample, PostgresTable } from '../../../server/systems/postgres/postgresWorkload.ts';

const table = (change: Partial<PostgresTable>): PostgresTable => ({
  ...{ name: 'public.carts', isOwn: true, rows: 50_000, deadRows: 0, analyzedRows: 50_000, modifiedSinceAnalyze: 0 },
  ...{ analyzedAt: new Date(0), vacuumedAt: undefined, bytes: 64 << 20, sequentialScans: 9, indexScans: 0 },
  ...{ rowsReadBySequentialScans: 450_000, indexes: [], samples: {} },
  ...change,
});

const session = (change: Partial<PostgresSession>): PostgresSession => ({
  ...{ pid: 41, role: 'shop', database: 'shop', application: '', state: 'idle in transaction', query: 'BEGIN' },
  ...{ waitsForLock: false, transactionSeconds: 900, querySeconds: 900, stateSeconds: 900, startedAt: 'x' },
  ...{ holdsLocks: false, snapshotAge: 70_000 },
  ...change,
});

function slow(one: PostgresTable, sessions: PostgresSession[] = []): SlowDatabase {
  const at = { file: '.env', line: 1 };
  const endpoint = {
    ...{
      name: 'postgres',
      kind: 'database',
      source: '.env:1',
      dependsOn: [],
      engine: 'postgres',
      host: 'db',
      port: 5432,
    },
    ...{ user: 'shop', password: undefined, database: 'shop', tls: false, sslMode: undefined, variable: undefined, at },
    compose: undefined,
  } as const;
  const record = {
    line: 1,
    endLine: 1,
    headline: 1,
    time: new Date(),
    level: 'warn' as const,
    message: 'slow query',
    text: '',
    crash: false,
  };
  return {
    probe: { endpoint, postgres: undefined } as unknown as SlowDatabase['probe'],
    facts: { sessions } as unknown as SlowDatabase['facts'],
    complaint: { entry: { log: { file: 'a.log', numbered: true }, record } } as unknown as SlowDatabase['complaint'],
    ...{ specific: true, named: true },
    workload: {
      historyMissing: undefined,
      statements: [
        {
          ...{ text: 'SELECT', running: { sessions: 2, seconds: 3 }, history: undefined, logged: true },
          scans: [{ table: one.name, sequential: true, index: undefined, rows: 5, equalColumns: [], columns: [] }],
        },
      ],
      tables: [one],
    },
  };
}

describe('the upkeep of a table', () => {
  it('offers no VACUUM while an old transaction keeps its dead rows, and names that', () => {
    const bloated = table({ deadRows: 400_000 });
    const [held] = judgePostgresBloat(slow(bloated, [session({})]));
    expect(held).toMatchObject({ verdict: 'proved', fixes: [] });
    expect(held).toMatchObject({ summary: expect.stringContaining('session 41 of shop, idle in its transaction') });
    const [free] = judgePostgresBloat(slow(bloated, [session({ snapshotAge: undefined })]));
    expect(free).toMatchObject({ fixes: [{ changes: [{ statement: 'VACUUM (ANALYZE) public.carts' }] }] });
    const [foreign] = judgePostgresBloat(slow(table({ deadRows: 400_000, isOwn: false })));
    expect(foreign).toMatchObject({ verdict: 'proved', fixes: [] });
  });

  it.each([
    ['few dead rows in a small table', table({ rows: 200, deadRows: 5_000 })],
    ['many dead rows among more living ones', table({ rows: 900_000, deadRows: 300_000 })],
  ])('is no bloat: %s', (_, one) => {
    expect(judgePostgresBloat(slow(one))).toMatchObject([{ verdict: 'refuted' }]);
  });

  const sample = (change: Partial<ColumnSample>): Record<string, ColumnSample> => ({
    kind: { sampled: 300, distinct: 5, plannedRows: 10, ...change },
  });
  it.each([
    ['proved', 'never analyzed, and far off', { analyzedAt: undefined, samples: sample({}) }],
    ['proved', 'changed since, and far off', { modifiedSinceAnalyze: 60_000, samples: sample({}) }],
    ['refuted', 'changed since, and near', { modifiedSinceAnalyze: 60_000, samples: sample({ plannedRows: 9_000 }) }],
    ['refuted', 'far off, but just analyzed', { modifiedSinceAnalyze: 10, samples: sample({}) }],
    [
      'refuted',
      'values that a sample shows once',
      { modifiedSinceAnalyze: 60_000, samples: sample({ distinct: 290 }) },
    ],
  ])('statistics are %s to be stale: %s', (verdict, _, change) => {
    expect(judgePostgresStatistics(slow(table(change)))).toMatchObject([{ verdict }]);
  });
});
