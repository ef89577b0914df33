const MAX_TEXT = 2_000;
const STATEMENT =
  /\b(?:SELECT\b[\s\S]{1,1900}?\bFROM|UPDATE\s+["\w.]{1,130}\s+SET|DELETE\s+FROM|WITH\s+\w{1,63}\s+AS)\b/i;

/** The SQL statement in a line of a log; undefined when none is in it. */
export function statementIn(text: string): string | undefined {
  const head = text.slice(0, 2 * MAX_TEXT);
  const match = STATEMENT.exec(head);
  return match ? head.slice(match.index, match.index + MAX_TEXT) : undefined;
}
