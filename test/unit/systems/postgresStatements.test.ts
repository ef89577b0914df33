import { describe, expect, it } from 'vitest';
import { statementIn } from '../../../server/diagnosis/source/loggedStatement.ts';
import { parseStatement } from '../../../server/systems/postgres/parseStatement.ts';
import { scansOf } from '../../../server/systems/postgres/planStatement.ts';
import { withoutValues } from '../../../server/systems/postgres/withoutValues.ts';

describe('statements of PostgreSQL', () => {
  it.each([
    [
      `SELECT * FROM users WHERE email = 'ann@example.org' AND age > 41`,
      'SELECT * FROM users WHERE email = ? AND age > ?',
    ],
    [
      `select "user's" from t1 where a = $1 and b in (1, 2.5, 3e7)`,
      `select "user's" from t1 where a = $1 and b in (?, ?, ?)`,
    ],
    [`SELECT 'it''s', E'tab\\'s', $$body 'x'$$, $q$more$q$ /* key 77 */ -- tail`, 'SELECT ?, ?, ?, ?'],
    [`SELECT 1 WHERE token = 'cut off in the mid`, 'SELECT ? WHERE token = ?'],
    [`SELECT 1 WHERE body = $tag$cut off`, 'SELECT ? WHERE body = ?'],
  ])('leave no value behind: %s', (sql, expected) => {
    expect(withoutValues(sql)).toBe(expected);
  });

  it.each([
    ['SELECT * FROM orders WHERE customer_id = $1', 'orders', ['customer_id']],
    [
      'SELECT o.* FROM "public"."Orders" o WHERE o."customerId" = ? AND o.state IN (?)',
      '"public"."Orders"',
      ['customerId', 'state'],
    ],
    ['UPDATE app.users SET seen = now() WHERE Email = %s', 'app.users', ['email']],
    ['DELETE FROM ONLY events WHERE kind = :kind', 'events', ['kind']],
  ])('are read for the names in them: %s', (sql, table, columns) => {
    expect(parseStatement(sql)).toEqual({ table, columns });
  });

  it('are found in a line of a log, and only where one is', () => {
    expect(statementIn('slow query (2312 ms): SELECT id FROM orders WHERE a = 1')).toBe(
      'SELECT id FROM orders WHERE a = 1',
    );
    expect(statementIn('please select a file from the list')).toBe('select a file from the list');
    expect(statementIn('GET /orders took 2312 ms')).toBeUndefined();
  });

  it('are read from a plan with every scan, alias and cast', () => {
    const plan = {
      'Node Type': 'Nested Loop',
      Plans: [
        {
          'Node Type': 'Seq Scan',
          'Relation Name': 'Order',
          Schema: 'public',
          Alias: 'o',
          'Plan Rows': 12,
          Filter: `(((o.status)::text = $1) AND (o."customerId" = 5) AND (o.total > 3))`,
        },
        {
          'Node Type': 'Bitmap Heap Scan',
          'Relation Name': 'items',
          Schema: 'shop',
          Alias: 'items',
          'Plan Rows': 3,
          'Recheck Cond': '(items.order_id = o.id)',
          Plans: [{ 'Node Type': 'Bitmap Index Scan', 'Index Name': 'items_order_idx' }],
        },
      ],
    };
    const scans = scansOf(plan).sort((a, b) => (a.table < b.table ? -1 : 1));
    expect(scans).toEqual([
      {
        ...{ table: 'public."Order"', sequential: true, index: undefined, rows: 12 },
        ...{ equalColumns: ['status', 'customerId'], columns: ['id', 'status', 'customerId', 'total'] },
      },
      {
        ...{ table: 'shop.items', sequential: false, index: 'items_order_idx', rows: 3 },
        ...{ equalColumns: [], columns: ['order_id'] },
      },
    ]);
  });

  it.each([
    ['quotes', `${`'`.repeat(40_001)}`],
    ['comments', '/*'.repeat(20_000)],
    ['dollars', '$a$'.repeat(14_000)],
    ['selects', 'SELECT '.repeat(8_000)],
    ['names', `SELECT 1 FROM t WHERE ${'a.'.repeat(20_000)}`],
    ['quoted names', `SELECT 1 FROM t WHERE ${'"a".'.repeat(9_000)}`],
  ])('are read in bounded time however hostile: %s', (_, text) => {
    // Milliseconds where it is linear; where it is not, the test never ends.
    expect(withoutValues(text).length).toBeLessThanOrEqual(200);
    expect(parseStatement(text)?.columns.length ?? 0).toBeLessThanOrEqual(4);
    expect(statementIn(text)?.length ?? 0).toBeLessThanOrEqual(2_000);
  });
});
