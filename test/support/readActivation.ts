import type { Window } from './openWindow.ts';

/** A built-in extension that does next to nothing when it is activated: what it takes is the editor's own share. */
const PEER = 'Merge Conflict';

export interface Activation {
  tektraMs: number;
  /** The same figure for a small built-in extension of the same window; undefined when the editor did not activate it. */
  peerMs: number | undefined;
}

/**
 * What the editor itself measured for the activation: loading the code and running `activate`.
 * Opens the editor's list of running extensions. Throws when Tektra is not in it within a minute.
 */
export async function readActivation({ page, runCommand }: Window): Promise<Activation> {
  await runCommand('Developer: Show Running Extensions');
  const rows = page.locator('.runtime-extensions-editor .monaco-list-row');
  const row = rows.filter({ hasText: 'Tektra' });
  const text = await row.locator('.activation-time').innerText();
  const peer = await rows.filter({ hasText: PEER }).locator('.activation-time').allInnerTexts();
  await page.keyboard.press('Escape'); // The list is a dialog.
  await row.waitFor({ state: 'hidden' });
  const tektraMs = millisecondsIn(text);
  if (tektraMs === undefined) throw new Error(`the editor says "${text}" of the activation`);
  return { tektraMs, peerMs: millisecondsIn(peer[0] ?? '') };
}

function millisecondsIn(text: string): number | undefined {
  const digits = /(\d+)\s*ms/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
