/** How a statement reaches the rows of one table, by the plan that the server would take now. */
export interface PostgresScan {
  /** `schema.table`, as the server quotes it. */
  table: string;
  /** Every row is read and looked at. */
  sequential: boolean;
  /** The index that it uses, if one. */
  index: string | undefined;
  /** What the planner expects to be left of it. */
  rows: number;
  /** Columns that a filter compares for equality. */
  equalColumns: string[];
  /** Columns that stand in any of the plan's conditions. */
  columns: string[];
}

/** A statement that takes long, or that a log says takes long. */
export interface PostgresStatement {
  /** Without values. */
  text: string;
  /** Clients that run it now, and for how long the longest of them has. */
  running: { sessions: number; seconds: number } | undefined;
  /** What pg_stat_statements has counted since its reset. */
  history: { calls: number; meanMs: number } | undefined;
  /** A log names it. */
  logged: boolean;
  /** Undefined: it could not be planned. */
  scans: PostgresScan[] | undefined;
}

export interface PostgresIndex {
  name: string;
  columns: string[];
  /** A CREATE INDEX CONCURRENTLY that failed leaves an index that nothing uses. */
  valid: boolean;
}

/** One row of each of some hundred pages, so that rows that lie together do not count twice. */
export interface ColumnSample {
  sampled: number;
  distinct: number;
  /** How many rows the planner expects for one value. */
  plannedRows: number | undefined;
}

export interface PostgresTable {
  name: string;
  /** The login may index, analyze and vacuum it. */
  isOwn: boolean;
  /** Living rows, by the server's running count, else by its last analysis. */
  rows: number;
  deadRows: number;
  /** Rows at the last ANALYZE or VACUUM; undefined: there was none. */
  analyzedRows: number | undefined;
  modifiedSinceAnalyze: number;
  analyzedAt: Date | undefined;
  vacuumedAt: Date | undefined;
  bytes: number;
  sequentialScans: number;
  rowsReadBySequentialScans: number;
  indexScans: number;
  indexes: PostgresIndex[];
  /** By column, for those that conditions of the statements name; empty for small tables. */
  samples: Record<string, ColumnSample>;
}

export interface PostgresWorkload {
  /** Why pg_stat_statements tells nothing; undefined when it was read. */
  historyMissing: string | undefined;
  statements: PostgresStatement[];
  /** Those that the statements read. */
  tables: PostgresTable[];
}
