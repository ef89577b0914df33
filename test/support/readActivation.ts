import type { Window } from './openWindow.ts';

/**
 * Milliseconds that the editor itself measured for Tektra's activation: loading its code and running `activate`.
 * Opens the editor's list of running extensions. Throws when Tektra is not in it within a minute.
 */
export async function readActivation({ page, runCommand }: Window): Promise<number> {
  await runCommand('Developer: Show Running Extensions');
  const row = page.locator('.runtime-extensions-editor .monaco-list-row').filter({ hasText: 'Tektra' });
  const text = await row.locator('.activation-time').innerText();
  const milliseconds = /(\d+)\s*ms/.exec(text)?.[1];
  await page.keyboard.press('Escape'); // The list is a dialog.
  await row.waitFor({ state: 'hidden' });
  if (milliseconds === undefined) throw new Error(`the editor says "${text}" of the activation`);
  return Number(milliseconds);
}
