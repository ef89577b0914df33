import * as vscode from 'vscode';
import type { Finding } from '../../../server/protocol/diagnosis.ts';
import { MAX_REASON } from '../../../server/protocol/suppression.ts';

const DAY_MS = 24 * 60 * 60_000;
const terms: readonly { label: string; days: number | undefined; description: string }[] = [
  { label: 'For 1 day', days: 1, description: '' },
  { label: 'For 1 week', days: 7, description: '' },
  { label: 'For 1 month', days: 30, description: '' },
  { label: 'Until it changes', days: undefined, description: 'another port, variable or file is another finding' },
];

/** Asks how long and why a finding is not to be told. `undefined`: the user gave up. */
export async function askSuppression({ summary }: Finding): Promise<{ reason: string; until?: string } | undefined> {
  const choice = await vscode.window.showQuickPick(
    terms.map((term) => ({
      ...term,
      description: term.days === undefined ? term.description : `until ${dayAfter(term.days)}`,
    })),
    { title: 'Suppress this finding', placeHolder: summary },
  );
  if (!choice) return undefined;
  const reason = await vscode.window.showInputBox({
    title: 'Suppress this finding',
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
