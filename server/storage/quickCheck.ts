import { NativeModuleBroken, openDatabase } from './openDatabase.ts';

/** Findings of SQLite that are reported; more of them say no more. */
const MAX_FINDINGS = 3;

/**
 * What quick_check says of a database file, or of the bytes of one; "ok" when nothing is wrong. Opened read-only.
 * @throws NativeModuleBroken; what SQLite itself throws is what it says
 */
export async function quickCheck(source: string | Buffer): Promise<string> {
  try {
    const database = await openDatabase(source, { busyTimeoutMs: 200, readonly: true });
    try {
      const rows = database.pragma(`quick_check(${MAX_FINDINGS})`) as { quick_check: string }[];
      return rows.map((row) => row.quick_check).join('; ') || 'quick_check gave nothing';
    } finally {
      database.close();
    }
  } catch (error) {
    if (error instanceof NativeModuleBroken) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}
