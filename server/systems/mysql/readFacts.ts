import type { Deadlock, LockWait, MysqlFacts, MysqlProduct, OpenTransaction } from './mysql.ts';
import { parseDeadlock, withoutLiterals } from './parseDeadlock.ts';

/** Runs one statement. @throws the server's error */
export type Query = (sql: string) => Promise<Record<string, unknown>[]>;

/** The server itself stops a statement of ours after this time. */
const STATEMENT_MS = 1_000;
const READ_ONLY_VARIABLES = ['super_read_only', 'innodb_read_only', 'read_only'] as const;
/** Values that stand for "off", in the words of either product. */
const OFF = /^(?:0|OFF|NO_LOCK.*|)$/i;
/** MySQL 8 keeps the locks in performance_schema; its older versions and MariaDB in information_schema. */
const WAITS_MYSQL8 = `SELECT r.trx_mysql_thread_id AS waitingId, r.trx_query AS waitingQuery,
  TIMESTAMPDIFF(SECOND, r.trx_wait_started, NOW()) AS waitSeconds, CONCAT(l.OBJECT_SCHEMA, '.', l.OBJECT_NAME) AS tableName,
  b.trx_mysql_thread_id AS blockingId, b.trx_query AS blockingQuery,
  TIMESTAMPDIFF(SECOND, b.trx_started, NOW()) AS blockerSeconds, p.USER AS blockerUser
 FROM performance_schema.data_lock_waits w
 JOIN information_schema.innodb_trx r ON r.trx_id = w.REQUESTING_ENGINE_TRANSACTION_ID
 JOIN information_schema.innodb_trx b ON b.trx_id = w.BLOCKING_ENGINE_TRANSACTION_ID
 JOIN performance_schema.data_locks l ON l.ENGINE_LOCK_ID = w.REQUESTING_ENGINE_LOCK_ID
 LEFT JOIN information_schema.processlist p ON p.ID = b.trx_mysql_thread_id LIMIT 50`;
const WAITS_CLASSIC = `SELECT r.trx_mysql_thread_id AS waitingId, r.trx_query AS waitingQuery,
  TIMESTAMPDIFF(SECOND, r.trx_wait_started, NOW()) AS waitSeconds, REPLACE(l.lock_table, '\`', '') AS tableName,
  b.trx_mysql_thread_id AS blockingId, b.trx_query AS blockingQuery,
  TIMESTAMPDIFF(SECOND, b.trx_started, NOW()) AS blockerSeconds, p.USER AS blockerUser
 FROM information_schema.innodb_lock_waits w
 JOIN information_schema.innodb_trx r ON r.trx_id = w.requesting_trx_id
 JOIN information_schema.innodb_trx b ON b.trx_id = w.blocking_trx_id
 JOIN information_schema.innodb_locks l ON l.lock_id = w.requested_lock_id
 LEFT JOIN information_schema.processlist p ON p.ID = b.trx_mysql_thread_id LIMIT 50`;
/** Whoever waits for a table that a DDL statement or an open transaction holds; of other users only with PROCESS. */
const METADATA_WAITS = `SELECT ID AS waitingId, INFO AS waitingQuery, TIME AS waitSeconds, DB AS tableName
 FROM information_schema.processlist WHERE STATE LIKE 'Waiting for % metadata lock' LIMIT 50`;

const OPEN_TRANSACTIONS = `SELECT t.trx_mysql_thread_id AS id, t.trx_query AS query,
  TIMESTAMPDIFF(SECOND, t.trx_started, NOW()) AS seconds, p.USER AS user
 FROM information_schema.innodb_trx t LEFT JOIN information_schema.processlist p ON p.ID = t.trx_mysql_thread_id
 WHERE t.trx_rows_locked > 0 ORDER BY t.trx_started LIMIT 10`;

/** @throws the server's error when not even its variables are told */
export async function readFacts(query: Query): Promise<{ product: MysqlProduct; version: string; facts: MysqlFacts }> {
  const [first] = await query('SELECT VERSION() AS version');
  const version = String(first?.version ?? 'unknown');
  const product: MysqlProduct = /mariadb/i.test(version) ? 'MariaDB' : 'MySQL';
  // Optional: an old server knows neither of them.
  await attempt(() =>
    query(
      product === 'MariaDB'
        ? `SET SESSION max_statement_time = ${STATEMENT_MS / 1000}`
        : `SET SESSION max_execution_time = ${STATEMENT_MS}`,
    ),
  );
  await attempt(() => query('SET SESSION TRANSACTION READ ONLY'));
  const variables = await named(
    query,
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only','super_read_only','innodb_read_only','max_connections','innodb_lock_wait_timeout')`,
  );
  const status = await named(query, `SHOW GLOBAL STATUS WHERE Variable_name IN ('Threads_connected')`);
  const readOnly = READ_ONLY_VARIABLES.find((name) => variables.has(name) && !OFF.test(variables.get(name) ?? ''));
  const facts: MysqlFacts = {
    readOnly,
    mayWriteAnyway: readOnly === 'read_only' && (await isExempt(query)),
    threads: numberIn(status, 'Threads_connected'),
    maxConnections: numberIn(variables, 'max_connections'),
    lockWaitTimeoutSeconds: numberIn(variables, 'innodb_lock_wait_timeout'),
    lockWaits: await readLockWaits(query, product, version),
    openTransactions: await readOpenTransactions(query),
    lastDeadlock: await readDeadlock(query),
  };
  return { product, version: version.replace(/-MariaDB.*/i, ''), facts };
}

/** Undefined is what the server withholds or does not know. */
async function attempt<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    // An answer of the server; anything else (a lost connection, the time limit) ends the look as a whole.
    if (error instanceof Error && 'sqlState' in error && typeof error.sqlState === 'string') return undefined;
    throw error;
  }
}

async function readLockWaits(query: Query, product: MysqlProduct, version: string): Promise<LockWait[] | undefined> {
  const isClassic = product === 'MariaDB' || /^5\./.test(version);
  const rows = await attempt(() => query(isClassic ? WAITS_CLASSIC : WAITS_MYSQL8));
  const metadata = (await attempt(() => query(METADATA_WAITS))) ?? [];
  if (rows === undefined && metadata.length === 0) return undefined;
  return [...(rows ?? []), ...metadata].map(
    (row): LockWait => ({
      waitingId: Number(row.waitingId),
      waitingQuery: withoutLiterals(textOf(row.waitingQuery) ?? ''),
      waitSeconds: Number(row.waitSeconds ?? 0),
      table: textOf(row.tableName),
      blocker:
        row.blockingId === undefined || row.blockingId === null
          ? undefined
          : {
              id: Number(row.blockingId),
              user: textOf(row.blockerUser),
              query: row.blockingQuery ? withoutLiterals(String(row.blockingQuery)) : undefined,
              transactionSeconds: Number(row.blockerSeconds ?? 0),
            },
    }),
  );
}

async function readOpenTransactions(query: Query): Promise<OpenTransaction[] | undefined> {
  const rows = await attempt(() => query(OPEN_TRANSACTIONS));
  return rows?.map((row) => ({
    id: Number(row.id),
    user: textOf(row.user),
    query: row.query ? withoutLiterals(String(row.query)) : undefined,
    seconds: Number(row.seconds ?? 0),
  }));
}

async function readDeadlock(query: Query): Promise<Deadlock | undefined> {
  const rows = await attempt(() => query('SHOW ENGINE INNODB STATUS'));
  return parseDeadlock(textOf(rows?.[0]?.Status) ?? '');
}

/** SUPER, CONNECTION_ADMIN and READ_ONLY ADMIN write in spite of read_only. */
async function isExempt(query: Query): Promise<boolean> {
  const rows = (await attempt(() => query('SHOW GRANTS'))) ?? [];
  const grants = rows.flatMap((row) => Object.values(row).map(String));
  return grants.some((grant) => /\bSUPER\b|CONNECTION_ADMIN|READ_ONLY ADMIN|ALL PRIVILEGES ON \*\.\*/i.test(grant));
}

async function named(query: Query, sql: string): Promise<Map<string, string>> {
  const rows = (await attempt(() => query(sql))) ?? [];
  return new Map(rows.map((row) => [String(row.Variable_name), String(row.Value)]));
}

function numberIn(values: ReadonlyMap<string, string>, name: string): number | undefined {
  const value = Number(values.get(name) ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
