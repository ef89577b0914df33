import type { Query } from './postgresSession.ts';
import type { PostgresScan } from './postgresWorkload.ts';

/** A node of EXPLAIN (FORMAT JSON, VERBOSE). */
interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  Schema?: string;
  Alias?: string;
  'Index Name'?: string;
  'Plan Rows'?: number;
  Plans?: PlanNode[];
  [condition: string]: unknown;
}

const CONDITIONS = [
  'Filter',
  'Index Cond',
  'Recheck Cond',
  'Hash Cond',
  'Merge Cond',
  'Join Filter',
  'One-Time Filter',
];
const PLANNABLE = /^\s*(?:\/\*[^*]{0,400}\*\/\s*)?(?:SELECT|WITH|UPDATE|DELETE|INSERT)\b/i;
const MAX_CONDITION = 4_000;
const MAX_NODES = 200;
const PARAMETER = /\$(\d{1,3})\b/g;

/**
 * The plan of a statement, never its result: EXPLAIN without ANALYZE. A text with $1 is planned for any value. Undefined for what has none.
 * @throws pg.DatabaseError, of a text that the server does not take
 */
export async function planStatement(query: Query, statement: string): Promise<PostgresScan[] | undefined> {
  if (!PLANNABLE.test(statement)) return undefined;
  const parameters = Math.max(0, ...[...statement.matchAll(PARAMETER)].map(([, number]) => Number(number)));
  if (parameters === 0) return scansOf(await explain(query, statement));
  await query('SET LOCAL plan_cache_mode = force_generic_plan');
  // Left behind by an earlier look whose statement could be prepared and not planned.
  const [old] = await query('SELECT 1 FROM pg_prepared_statements WHERE name = $1', ['tektra_plan']);
  if (old) await query('DEALLOCATE tektra_plan');
  await query(`PREPARE tektra_plan AS ${statement}`);
  const nothing = Array.from({ length: parameters }, () => 'NULL').join(', ');
  const plan = await explain(query, `EXECUTE tektra_plan(${nothing})`);
  await query('DEALLOCATE tektra_plan');
  return scansOf(plan);
}

async function explain(query: Query, statement: string): Promise<PlanNode | undefined> {
  const [row] = await query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(`EXPLAIN (FORMAT JSON, VERBOSE) ${statement}`);
  return row?.['QUERY PLAN'][0]?.Plan;
}

export function scansOf(root: PlanNode | undefined): PostgresScan[] {
  const nodes: PlanNode[] = [];
  const todo = root ? [root] : [];
  for (let node = todo.pop(); node && nodes.length < MAX_NODES; node = todo.pop()) {
    nodes.push(node);
    todo.push(...(node.Plans ?? []));
  }
  const textOf = (node: PlanNode, names: readonly string[]): string =>
    names.map((name) => String(node[name] ?? '').slice(0, MAX_CONDITION)).join('\n');
  const everywhere = nodes.map((node) => textOf(node, CONDITIONS)).join('\n');
  return nodes.flatMap((node, index): PostgresScan[] => {
    const relation = node['Relation Name'];
    const type = node['Node Type'];
    if (relation === undefined || node.Schema === undefined || /Modify/.test(type)) return [];
    const alias = node.Alias ?? relation;
    // The index of a bitmap scan stands in the node below it.
    const below = type === 'Bitmap Heap Scan' ? nodes.slice(index + 1).find((other) => other['Index Name']) : node;
    return [
      {
        table: `${quoted(node.Schema)}.${quoted(relation)}`,
        sequential: type === 'Seq Scan',
        index: below?.['Index Name'],
        rows: node['Plan Rows'] ?? 0,
        equalColumns: columnsOf(textOf(node, ['Filter']), alias, true),
        columns: columnsOf(everywhere, alias, false),
      },
    ];
  });
}

/** With VERBOSE every column stands behind its table's alias: `((o.status)::text = $1)`. */
function columnsOf(conditions: string, alias: string, equal: boolean): string[] {
  const prefix = quoted(alias).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const column = String.raw`(?<![\w".])${prefix}\.("[^"]{1,63}"|\w{1,63})`;
  const patterns = equal
    ? [String.raw`${column}\)?(?:::[\w ]{1,40}(?:\(\d{1,6}\))?)? = `, String.raw` = \(?${column}(?![\w"])`]
    : [column];
  const found = patterns.flatMap((pattern) => [...conditions.matchAll(new RegExp(pattern, 'g'))]);
  return [...new Set(found.map(([, name]) => (name?.startsWith('"') ? name.slice(1, -1) : (name as string))))];
}

/** As the server's quote_ident does, but for words that it reserves. */
export function quoted(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
