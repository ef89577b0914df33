import { applyEdits } from '../../../server/protocol/applyEdits.ts';
import type { Change } from '../../../server/protocol/diagnosis.ts';

export type FileChange = Extract<Change, { kind: 'edit' | 'create' }>;

/** What stands in a report for a secret of the user's file. */
const PLACEHOLDER = /‹redacted:[^›]{1,200}›/g;

/**
 * A file's text after a change. Where the change was redacted, the file's own bytes stand again: it is the user's file, in the
 * user's editor. `undefined` when the file is not what the change expects.
 */
export function plannedText(text: string, change: FileChange): string | undefined {
  if (change.kind === 'create') return change.content;
  const secrets = new Map<string, string>();
  const before = restored(text, change, secrets);
  if (before === undefined) return undefined;
  const after = change.after.replace(PLACEHOLDER, (placeholder) => secrets.get(placeholder) ?? placeholder);
  return applyEdits(text, [{ ...change, before, after }]);
}

/** The lines that the change replaces, as they are in the file. Collects what stood in the place of each placeholder. */
function restored(text: string, change: Extract<Change, { kind: 'edit' }>, secrets: Map<string, string>) {
  if (!change.before.includes('‹redacted:')) return change.before;
  const expected = change.before.replace(/\r?\n$/, '').split(/\r?\n/);
  const actual = text.split('\n').slice(change.line - 1, change.line - 1 + expected.length);
  const lines = actual.map((line) => line.replace(/\r$/, ''));
  if (lines.length < expected.length) return undefined;
  return expected.every((line, index) => collect(line, lines[index] ?? '', secrets)) ? lines.join('\n') : undefined;
}

/** Whether a line fits its redacted form: its open parts in order, and one and the same text for each placeholder. */
function collect(redacted: string, line: string, secrets: Map<string, string>): boolean {
  const names = redacted.match(PLACEHOLDER) ?? [];
  const parts = redacted.split(PLACEHOLDER);
  const [head = ''] = parts;
  if (names.length === 0) return redacted === line;
  if (!line.startsWith(head)) return false;
  let at = head.length;
  for (const [index, name] of names.entries()) {
    const next = parts[index + 1] ?? '';
    const isLast = index === names.length - 1;
    const end = isLast ? line.length - next.length : next === '' ? at : line.indexOf(next, at);
    if (end < at || !line.startsWith(next, end)) return false;
    secrets.set(name, line.slice(at, end));
    at = end + next.length;
  }
  return at === line.length;
}
