import * as vscode from 'vscode';
import type { Fix, FixInput } from '../../../server/protocol/diagnosis.ts';
import type { AppliedFix } from '../../../server/protocol/fix.ts';
import type { ChangeQuestion } from './changeQuestion.ts';
import type { FixPerson } from './fixFlow.ts';
import type { FixPreview } from './fixPreview.ts';

/** Looks closer: it changes nothing, so it is what the Enter key does. */
const LOOK = 'Look at It First';
const TAKE_BACK = 'Take It Back';

/** Asks the user with the editor's own boxes and dialogs: they are known, and reachable with keyboard and screen reader. */
export function askFix(preview: FixPreview): FixPerson {
  return {
    answer,
    show: (plan, index) => preview.showChange(plan, index),
    agree,
    agreeToUndo,
    hide: () => preview.hideChanges(),
  };
}

async function answer({ title, inputs = [] }: Fix): Promise<Record<string, string> | undefined> {
  const answers: Record<string, string> = {};
  for (const [index, input] of inputs.entries()) {
    const step = inputs.length > 1 ? ` (${index + 1} of ${inputs.length})` : '';
    const given = await vscode.window.showInputBox({
      title: `${title}${step}`,
      prompt: input.prompt,
      password: input.secret,
      // The user may have to look it up elsewhere.
      ignoreFocusOut: true,
      ...(input.suggestion === undefined ? {} : { value: input.suggestion }),
      validateInput: (text) => refusal(input, text),
    });
    if (given === undefined) return undefined;
    answers[input.name] = given;
  }
  return answers;
}

function refusal({ name }: FixInput, text: string): string | undefined {
  if (text === '') return `${name} is needed; Escape leaves everything as it is.`;
  return /[\r\n\0]/.test(text) ? `${name} must be a single line.` : undefined;
}

async function agree({ message, detail, agree: yes }: ChangeQuestion): Promise<'yes' | 'look' | 'no'> {
  const choice = await vscode.window.showWarningMessage(message, { modal: true, detail }, LOOK, yes);
  if (choice === undefined) return 'no';
  return choice === LOOK ? 'look' : 'yes';
}

async function agreeToUndo({ title, summary }: AppliedFix): Promise<boolean> {
  const choice = await vscode.window.showWarningMessage(
    `Take back "${title}"?`,
    {
      modal: true,
      detail: `It was applied for: ${summary}\n\nFiles get their former bytes back, unless they were changed since; commands and statements are reversed by their declared inverse.`,
    },
    TAKE_BACK,
  );
  return choice === TAKE_BACK;
}
