import { existsSync } from 'node:fs';
import { openDatabase } from './openDatabase.ts';

/** SQLite's version and what its quick_check says of a database; undefined when the file does not exist. */
export async function checkDatabase(file: string): Promise<{ version: string; result: string } | undefined> {
  if (!existsSync(file)) {
    (await openDatabase(':memory:', { busyTimeoutMs: 0 })).close();
    return undefined;
  }
  const database = await openDatabase(file, { busyTimeoutMs: 1_000, readonly: true });
  try {
    const { version } = database.prepare('SELECT sqlite_version() AS version').get() as { version: string };
    const [check] = database.pragma('quick_check(1)') as { quick_check: string }[];
    return { version, result: check?.quick_check ?? 'quick_check gave nothing' };
  } catch (error) {
    return { version: '', result: error instanceof Error ? error.message : String(error) };
  } finally {
    database.close();
  }
}
