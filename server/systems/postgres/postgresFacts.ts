/** One client of the server. What the login may not see of another role's is undefined. Texts are without values. */
export interface PostgresSession {
  pid: number;
  role: string;
  database: string | undefined;
  application: string;
  /** `active`, `idle`, `idle in transaction` …; undefined: not visible. */
  state: string | undefined;
  /** What it runs, or ran last. */
  query: string | undefined;
  waitsForLock: boolean;
  /** Age of its open transaction. */
  transactionSeconds: number | undefined;
  /** Since its statement began; of an idle one, since the last one began. */
  querySeconds: number | undefined;
  /** Since it is in its state. */
  stateSeconds: number | undefined;
  /** Tells it from a later session of the same pid; as the server writes it. */
  startedAt: string | undefined;
  /** It holds locks that others may have to wait for. */
  holdsLocks: boolean;
  /** How many transactions ago its snapshot, or its own first write, is: what died since cannot be cleared away while it lasts. */
  snapshotAge: number | undefined;
}

/** One session that waits for a lock of another. */
export interface PostgresLockWait {
  pid: number;
  /** `relation`, `transactionid`, `tuple`, `advisory` … */
  kind: string;
  table: string | undefined;
  /** Undefined before PostgreSQL 14, which notes no beginning. */
  seconds: number | undefined;
  /** Sessions that it waits for. */
  blockers: number[];
}

/** What the server tells an ordinary login of itself now. */
export interface PostgresFacts {
  /** The server's clock, when it was asked. */
  at: Date;
  role: string;
  inRecovery: boolean;
  /** Where default_transaction_read_only was turned on for this login (`database`, `user`, `configuration file`); undefined: it is off. */
  readOnlyBy: string | undefined;
  limits: {
    server: number | undefined;
    /** Kept for superusers. */
    reserved: number;
    /** Undefined: no limit of its own. */
    role: number | undefined;
    database: number | undefined;
  };
  /** Deadlocks in this database since `countedSince`. */
  deadlocks: number | undefined;
  countedSince: Date | undefined;
  /** Clients, without this one. */
  sessions: PostgresSession[];
  lockWaits: PostgresLockWait[];
}
