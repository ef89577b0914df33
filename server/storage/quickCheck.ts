import { NativeModuleBroken, openDatabase } from './openDatabase.ts';

/** Lines of the check that are looked at, and those that are shown: more of them say no more. */
const MAX_LINES = 50;
const MAX_SHOWN = 3;
/** Values that break a rule of their table: the rule may have come later, and the file is whole. */
const BROKEN_RULE = /\bvalue in \S|^CHECK constraint failed|^non-unique entry/;
/** Errors that speak of the bytes; any other (a missing extension, say) is about what this SQLite can do. */
const DAMAGE = /^SQLITE_(?:CORRUPT|NOTADB)/;

export type QuickCheckAnswer =
  | { kind: 'ok' }
  | { kind: 'malformed'; because: string }
  | { kind: 'skipped'; because: string };

/**
 * What quick_check says of the bytes of a database, which are held in memory alone.
 * @throws NativeModuleBroken
 */
export async function quickCheck(image: Buffer): Promise<QuickCheckAnswer> {
  try {
    const database = await openDatabase(image, { busyTimeoutMs: 0, readonly: true });
    try {
      // The schema is a stranger's: nothing that it calls is run.
      database.pragma('trusted_schema = OFF');
      database.pragma('ignore_check_constraints = ON');
      const rows = database.pragma(`quick_check(${MAX_LINES})`) as { quick_check: string }[];
      const damage = rows.map((row) => row.quick_check).filter((line) => line !== 'ok' && !BROKEN_RULE.test(line));
      return damage.length === 0
        ? { kind: 'ok' }
        : { kind: 'malformed', because: damage.slice(0, MAX_SHOWN).join('; ') };
    } finally {
      database.close();
    }
  } catch (error) {
    if (error instanceof NativeModuleBroken) throw error;
    const because = error instanceof Error ? error.message : String(error);
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return DAMAGE.test(code)
      ? { kind: 'malformed', because }
      : { kind: 'skipped', because: `this SQLite cannot check it: ${because}` };
  }
}
