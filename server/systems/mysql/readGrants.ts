import { TimeLimitExceeded, withDeadline } from '../../runtime/deadline.ts';
import { inSession } from './connectMysql.ts';
import type { MysqlTarget } from './mysql.ts';
import type { Query } from './readFacts.ts';

/** One line of SHOW GRANTS. '*' and the wildcards of LIKE stand for many. */
export interface MysqlGrant {
  privileges: string[];
  database: string;
  table: string;
}

export interface MysqlRights {
  /** `shop@127.0.0.1`, as the server took the login. */
  user: string;
  grants: MysqlGrant[];
}

/** A table that the server cannot open, in its own words. */
export interface DamagedTable {
  name: string;
  because: string;
}

interface AskOptions {
  timeoutMs: number;
  signal: AbortSignal;
}

/** What the login was given, without its password's hash; undefined when it cannot be told. */
export function readGrants(target: MysqlTarget, options: AskOptions): Promise<MysqlRights | undefined> {
  return ask(target, options, async (query) => {
    const [who] = await query('SELECT CURRENT_USER() AS user');
    const rows = await query('SHOW GRANTS');
    const lines = rows.flatMap((row) => Object.values(row).map(String));
    return { user: String(who?.user ?? ''), grants: lines.flatMap(parseGrant) };
  });
}

/** Tables of the chosen database that the server cannot open: it says so where their comment would stand. */
export function readDamagedTables(target: MysqlTarget, options: AskOptions): Promise<DamagedTable[] | undefined> {
  return ask(target, options, async (query) => {
    // The number of rows makes the server open each table; of one that it cannot open it is left out.
    const rows = await query(
      `SELECT TABLE_NAME AS name, TABLE_COMMENT AS because, TABLE_ROWS AS count FROM information_schema.TABLES
       WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' LIMIT 2000`,
    );
    return rows.flatMap(({ name, because, count }) =>
      count === null && because ? [{ name: String(name), because: String(because) }] : [],
    );
  });
}

/** `GRANT SELECT, INSERT (``a``) ON ``shop``.* TO …`; of roles and of PROXY, nothing. */
export function parseGrant(line: string): MysqlGrant[] {
  const match = /^GRANT (.{1,2000}?) ON (?:TABLE )?(`[^`]{1,70}`|\*)\.(`[^`]{1,70}`|\*) TO /.exec(line);
  if (!match) return [];
  const [, list = '', database = '', table = ''] = match;
  // A privilege on some columns counts for them alone.
  const privileges = list.split(', ').filter((word) => /^[A-Z ]+$/.test(word));
  return [{ privileges, database: plain(database), table: plain(table) }];
}

function plain(name: string): string {
  return name.replace(/^`|`$/g, '');
}

async function ask<T>(
  target: MysqlTarget,
  { timeoutMs, signal }: AskOptions,
  use: (query: Query) => Promise<T>,
): Promise<T | undefined> {
  try {
    const outcome = await withDeadline(
      (limit) =>
        inSession(target, target.tls, limit, async (query) => ({ kind: 'told' as const, value: await use(query) })),
      timeoutMs,
      signal,
    );
    return outcome.kind === 'told' ? outcome.value : undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TimeLimitExceeded) return undefined;
    throw error;
  }
}
