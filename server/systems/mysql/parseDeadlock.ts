import type { Deadlock } from './mysql.ts';

const MAX_QUERY = 200;
/** The section of a report holds two transactions; what is longer is cut by the server itself. */
const MAX_SECTION = 64 * 1024;

/** The section "LATEST DETECTED DEADLOCK" of SHOW ENGINE INNODB STATUS; undefined when there is none. */
export function parseDeadlock(status: string): Deadlock | undefined {
  const start = status.indexOf('LATEST DETECTED DEADLOCK');
  if (start === -1) return undefined;
  const section = status.slice(start, start + MAX_SECTION).split('\n');
  // A line of dashes, the title, a line of dashes, the text; then the next title between dashes.
  const end = section.findIndex(
    (line, index) => index > 2 && /^-{4,}$/.test(line) && /^-{4,}$/.test(section[index + 2] ?? ''),
  );
  const lines = section.slice(2, end === -1 ? undefined : end);
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})-(\d\d)-(\d\d)\s+(\d{1,2}):(\d\d):(\d\d)/.exec(lines[0] ?? '') ?? [];
  const at =
    year === undefined
      ? undefined
      : new Date(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const queries: string[] = [];
  for (const [index, line] of lines.entries()) {
    // "MariaDB thread id 5, OS thread handle …, query id 17 localhost root Updating": the statement follows.
    if (!/^(?:MySQL|MariaDB) thread id \d+/.test(line)) continue;
    const next = lines[index + 1]?.trim();
    if (next && !/^\*{3}|^[A-Z -]+:$/.test(next)) queries.push(withoutLiterals(next));
  }
  const tables = lines.flatMap((line) => {
    const [, schema, table] = /\bof table `([^`]+)`\.`([^`]+)`/.exec(line) ?? [];
    return schema === undefined ? [] : [`${schema}.${table}`];
  });
  return { at, queries: [...new Set(queries)], tables: [...new Set(tables)] };
}

/** A statement without the values in it, which are the user's data; clipped. */
export function withoutLiterals(sql: string): string {
  const plain = sql
    .slice(0, 4_000)
    .replace(/'(?:[^'\\]|\\.|'')*'?|"(?:[^"\\]|\\.|"")*"?/g, '?')
    .replace(/\b(?:0x[\da-f]+|\d+(?:\.\d+)?)\b/gi, '?')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length <= MAX_QUERY ? plain : `${plain.slice(0, MAX_QUERY - 1)}…`;
}
