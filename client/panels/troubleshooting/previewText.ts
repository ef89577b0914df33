import { type Change, type Finding, type Fix, isUndoable } from '../../../server/protocol/diagnosis.ts';
import type { FixPlan } from '../../../server/protocol/fix.ts';
import { visible } from './changeQuestion.ts';

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

/** The document that shows one action of a plan: its exact arguments or its exact statement. */
export function actionText({ fix, summary, changes, workspace }: FixPlan, index: number): string {
  const change = changes[index]?.change;
  if (!change) return '';
  return [
    `Fix:     ${oneLine(fix.title)}`,
    `For:     ${oneLine(summary)}`,
    `Action:  ${index + 1} of ${changes.length}`,
    `Where:   ${workspace}`,
    `Undo:    ${isUndoable(change) ? 'Tektra can take it back' : 'cannot be taken back by Tektra'}`,
    `Verify:  ${oneLine(fix.verify)}`,
    '',
    'Nothing was run yet. This is the one action with its exact arguments; no shell reads them.',
    '',
    ...(change.kind === 'sql'
      ? [`-- on ${change.target}`, visible(change.statement)]
      : actionLine(change).map(visible)),
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
