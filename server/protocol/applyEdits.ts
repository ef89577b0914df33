import type { Change } from './diagnosis.ts';

type Edit = Extract<Change, { kind: 'edit' }>;

/**
 * The text of a file after the edits of a fix. `undefined` when a line that an edit replaces is not what it was at the
 * time of the diagnosis: then nothing may be shown or done as if it still fitted.
 * Every line that is not edited keeps its bytes; a replaced one ends as it did, a new one as the file's first line does.
 */
export function applyEdits(text: string, edits: readonly Edit[]): string | undefined {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const eol = lines[0]?.endsWith('\r\n') ? '\r\n' : '\n';
  // From the bottom up: an edit never moves the lines of one that is still to come.
  for (const edit of [...edits].sort((a, b) => b.line - a.line)) {
    const before = linesOf(edit.before);
    const start = edit.line - 1;
    if (start > lines.length || start + before.length > lines.length) return undefined;
    if (before.some((line, offset) => content(lines[start + offset] ?? '') !== line)) return undefined;
    const last = lines.at(-1);
    // What follows a last line without an end must not be glued to it.
    if (start === lines.length && last !== undefined && !last.endsWith('\n')) lines[lines.length - 1] = `${last}${eol}`;
    const replaced = lines[start + before.length - 1];
    const end = before.length > 0 && lines[start]?.endsWith('\r\n') ? '\r\n' : before.length > 0 ? '\n' : eol;
    const after = linesOf(edit.after).map((line) => `${line}${end}`);
    // A file whose last line had no end keeps it so.
    if (before.length > 0 && after.length > 0 && replaced !== undefined && !replaced.endsWith('\n'))
      after[after.length - 1] = content(after.at(-1) as string);
    lines.splice(start, before.length, ...after);
  }
  return lines.join('');
}

function content(line: string): string {
  return line.replace(/\r?\n$/, '');
}

/** A change's text as lines; a line end at its end begins no further line. */
function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
}
