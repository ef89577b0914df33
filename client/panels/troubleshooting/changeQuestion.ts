import { type Change, isUndoable } from '../../../server/protocol/diagnosis.ts';
import type { FixPlan } from '../../../server/protocol/fix.ts';

/** What the user is asked before one change is made: what will be done, where, with what access, and what takes it back. */
export interface ChangeQuestion {
  message: string;
  detail: string;
  /** The button that agrees; its words say what it does. */
  agree: string;
}

/** Lines and characters of a change that a dialog holds; the editor beside it shows the whole. */
const MAX_LINES = 12;
const MAX_CHARACTERS = 1_200;

/** @param index which change of the plan, from 0 */
export function changeQuestion(plan: FixPlan, index: number): ChangeQuestion {
  const change = plan.changes[index]?.change;
  if (!change) throw new RangeError(`the plan has no change ${index}`);
  const { what, agree, exact, access } = wordsOf(change, plan.workspace);
  const many = plan.changes.length > 1 ? ` (change ${index + 1} of ${plan.changes.length})` : '';
  const admin = plan.fix.risk === 'admin' ? ' It needs administrator rights.' : '';
  const undo = isUndoable(change) ? undoText(change) : 'Tektra cannot take this back.';
  const secret = exact.includes('‹redacted:') ? '\n‹redacted:…› stands for a secret, which is written as it is.' : '';
  return {
    message: `${what}${many}`,
    detail: `${shortened(visible(exact))}${secret}\n\n${access}${admin}\n${undo}`,
    agree,
  };
}

function wordsOf(change: Change, workspace: string): { what: string; agree: string; exact: string; access: string } {
  switch (change.kind) {
    case 'edit':
      return {
        what: `Change ${change.file}?`,
        agree: 'Change the File',
        exact: [`Line ${change.line}:`, ...signed('−', change.before), ...signed('+', change.after)].join('\n'),
        access: `Writes this file in ${workspace} and nothing else.`,
      };
    case 'create':
      return {
        what: `Create ${change.file}?`,
        agree: 'Create the File',
        exact: signed('+', change.content).join('\n'),
        access: `Writes this file in ${workspace} and nothing else.`,
      };
    case 'command':
      return {
        what: `Run ${change.argv[0]}?`,
        agree: 'Run the Program',
        exact: JSON.stringify(change.argv),
        access: `Runs on this machine, in ${change.cwd ?? workspace}, with all rights that you have; no shell reads the arguments.`,
      };
    case 'container':
      return {
        what: `${{ start: 'Start', stop: 'Stop', restart: 'Restart' }[change.action]} the container ${change.container}?`,
        agree: `${{ start: 'Start', stop: 'Stop', restart: 'Restart' }[change.action]} the Container`,
        exact: JSON.stringify(['docker', change.action, change.container]),
        access: "Asks this machine's container engine, with your rights.",
      };
    case 'sql':
      return {
        what: `Run a statement on ${change.target}?`,
        agree: 'Run the Statement',
        exact: change.statement,
        access: `Runs on the database${change.database === undefined ? '' : ` ${change.database}`} of ${change.target}, with the login that the workspace configures.`,
      };
  }
}

function undoText(change: Change): string {
  switch (change.kind) {
    case 'edit':
    case 'create':
      return 'Tektra can take it back, byte for byte.';
    case 'container':
      return `Tektra can take it back: docker ${change.action === 'start' ? 'stop' : 'start'} ${change.container}.`;
    case 'command':
      return `Tektra can take it back with ${visible(JSON.stringify(change.undo))}.`;
    case 'sql':
      return `Tektra can take it back with: ${shortened(visible(change.undo ?? ''))}`;
  }
}

function signed(sign: string, text: string): string[] {
  return text === ''
    ? []
    : text
        .replace(/\r?\n$/, '')
        .split(/\r?\n/)
        .map((line) => `${sign} ${line}`);
}

/** Control and direction characters would show another text than the one that is meant; they are spelled out. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (sign) =>
    sign === '\n' ? sign : `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

function shortened(text: string): string {
  const lines = text.split('\n');
  const cut = lines.slice(0, MAX_LINES).join('\n').slice(0, MAX_CHARACTERS);
  return cut === text ? text : `${cut}\n… the editor shows all of it`;
}
