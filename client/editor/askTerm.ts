import * as vscode from 'vscode';
import { MAX_REASON } from '../../server/protocol/suppression.ts';

const DAY_MS = 24 * 60 * 60_000;

/** How long something may be held back, and why. */
export interface Term {
  reason: string;
  /** ISO; absent: until it is taken back or changes. */
  until?: string;
}

/**
 * Asks how long and why something is not to be told. `undefined`: the user gave up.
 * @param forever what the choice without an end means
 */
export async function askTerm(question: {
  title: string;
  subject: string;
  forever?: { label: string; description: string };
}): Promise<Term | undefined> {
  const { title, subject, forever = { label: 'Until I take it back', description: '' } } = question;
  const choice = await vscode.window.showQuickPick(
    [
      ...[
        { label: 'For 1 day', days: 1 },
        { label: 'For 1 week', days: 7 },
        { label: 'For 1 month', days: 30 },
      ].map((term) => ({ ...term, description: `until ${dayAfter(term.days)}` })),
      { ...forever, days: undefined },
    ],
    { title, placeHolder: subject },
  );
  if (!choice) return undefined;
  const reason = await vscode.window.showInputBox({
    title,
    prompt: 'Why is it not to be told? The reason is shown with it wherever suppressed findings are listed.',
    placeHolder: 'The preview is meant to run today',
    ignoreFocusOut: true,
    validateInput: (text) => {
      if (text.trim() === '') return 'A reason is needed; Escape leaves everything as it is.';
      return text.length > MAX_REASON ? `At most ${MAX_REASON} characters.` : undefined;
    },
  });
  if (reason === undefined) return undefined;
  const { days } = choice;
  return days === undefined ? { reason } : { reason, until: new Date(Date.now() + days * DAY_MS).toISOString() };
}

function dayAfter(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toLocaleDateString(undefined, { day: 'numeric', month: 'long' });
}
