import type { Change, Finding, Fix } from '../../../server/protocol/diagnosis.ts';

export type FileChange = Extract<Change, { kind: 'edit' | 'create' }>;

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
