/** What a statement in a log compares in its first table. Names only: nothing of the text itself is ever run. */
export interface NamedComparison {
  /** As written: `orders`, `public.orders`, `"Order"`. */
  table: string;
  columns: string[];
}

const MAX_TEXT = 2_000;
const NAME = String.raw`(?:"[^"\n]{1,63}"|[A-Za-z_][\w$]{0,62})`;
const TABLE = new RegExp(String.raw`\b(?:FROM|UPDATE)\s{1,20}(?:ONLY\s{1,20})?(${NAME}(?:\.${NAME})?)`, 'i');
const EQUAL = new RegExp(
  String.raw`(?:${NAME}\.){0,2}(${NAME})\s{0,8}(?:=|\bIN\b)\s{0,8}(?:\(\s{0,8})?(?:\$\d|\?|%s|%\(|:[A-Za-z_]|@|'|\d|ANY\b)`,
  'gi',
);

export function parseStatement(statement: string): NamedComparison | undefined {
  const text = statement.slice(0, MAX_TEXT);
  const table = TABLE.exec(text)?.[1];
  const where = text.search(/\bWHERE\b/i);
  if (table === undefined || where === -1) return undefined;
  const columns = [...text.slice(where).matchAll(EQUAL)].map(([, name]) => unquoted(name as string));
  return columns.length === 0 ? undefined : { table, columns: [...new Set(columns)].slice(0, 4) };
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1) : name.toLowerCase();
}
