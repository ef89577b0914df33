import type { Change, Finding, Fix } from '../../../server/protocol/diagnosis.ts';

export type FileChange = Extract<Change, { kind: 'edit' | 'create' }>;
type Edit = Extract<Change, { kind: 'edit' }>;

/**
 * The text of a file after the edits of a fix. `undefined` when a line that an edit replaces is not what it was at the
 * time of the diagnosis: then nothing may be shown as if it still fitted.
 * Line ends of the file are kept.
 */
export function applyEdits(text: string, edits: readonly Edit[]): string | undefined {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text.split(/\r?\n/);
  // From the bottom up: an edit never moves the lines of one that is still to come.
  for (const edit of [...edits].sort((a, b) => b.line - a.line)) {
    const before = linesOf(edit.before);
    const start = edit.line - 1;
    if (start > lines.length) return undefined;
    if (before.some((line, offset) => lines[start + offset] !== line)) return undefined;
    lines.splice(start, before.length, ...linesOf(edit.after));
  }
  return lines.join(eol);
}

/** A change's text as lines; a line end at its end begins no further line. */
function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
}

/** The document that shows what a fix would run: the exact argument vectors, as no shell would see them. */
export function commandText(finding: Finding, fix: Fix): string {
  return [
    `Fix:     ${oneLine(fix.title)}`,
    `For:     ${oneLine(finding.summary)}`,
    `Risk:    ${fix.risk}`,
    `Undo:    ${fix.undo ? 'Tektra can take it back' : 'cannot be taken back by Tektra'}`,
    `Verify:  ${oneLine(fix.verify)}`,
    '',
    'Nothing was run. Each line below is one action with its exact arguments; no shell reads them.',
    '',
    ...fix.changes.flatMap(actionLine),
    '',
  ].join('\n');
}

function actionLine(change: Change): string[] {
  switch (change.kind) {
    case 'command':
      return [`${JSON.stringify(change.argv)}${change.cwd === undefined ? '' : `   in ${change.cwd}`}`];
    case 'container':
      return [`${change.action} container ${JSON.stringify(change.container)}`];
    case 'sql':
      return [`${JSON.stringify(change.statement)}   on ${change.target}`];
    case 'edit':
    case 'create':
      return [];
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
