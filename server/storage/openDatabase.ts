import type { Database } from 'better-sqlite3';

export type { Database } from 'better-sqlite3';

/** The native module did not load: wrong platform, or a broken installation. */
export class NativeModuleBroken extends Error {
  override readonly name = 'NativeModuleBroken';
}

/**
 * The one place that opens an SQLite database: a file, or a copy of one in memory.
 * @param busyTimeoutMs how long a statement waits for another process's lock
 * @throws NativeModuleBroken, SqliteError
 */
export async function openDatabase(
  file: string | Buffer,
  options: { busyTimeoutMs: number; readonly?: boolean },
): Promise<Database> {
  let Sqlite: typeof import('better-sqlite3');
  try {
    Sqlite = (await import('better-sqlite3')).default;
  } catch (error) {
    throw new NativeModuleBroken(
      `better-sqlite3 does not load: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
  return new Sqlite(file, { timeout: options.busyTimeoutMs, readonly: options.readonly ?? false });
}
