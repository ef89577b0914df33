const MAX_QUERY = 200;
const MAX_READ = 4_000;

/** Identifiers stay; strings in their four forms, numbers and comments are the user's data. */
const TOKENS =
  /"(?:[^"]|"")*"?|[eE]'(?:[^'\\]|\\.|'')*'?|'(?:[^']|'')*'?|\$([A-Za-z_]\w{0,30})?\$[\s\S]*?(?:\$\1\$|$)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|(?<![\w$.])\d+(?:\.\d+)?(?:e[+-]?\d+)?\b/g;

/** A statement without the values in it, clipped: what may leave this system. */
export function withoutValues(sql: string, max = MAX_QUERY): string {
  const plain = sql
    .slice(0, MAX_READ)
    .replace(TOKENS, (token) => (token.startsWith('"') ? token : /^(?:--|\/\*)/.test(token) ? ' ' : '?'))
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length <= max ? plain : `${plain.slice(0, max - 1)}…`;
}
