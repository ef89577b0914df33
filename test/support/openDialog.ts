import type { Locator, Page } from 'playwright-core';

/** A modal dialog of the editor, as the user has it before them. */
export interface Dialog {
  text: string;
  /** The button that the Enter key presses. */
  focused: string;
  /** Presses a button and waits until the dialog is gone. */
  press(button: string): Promise<void>;
}

/** Waits for the dialog whose text holds `words`. */
export async function openDialog(page: Page, words: string): Promise<Dialog> {
  const box: Locator = page.locator('.monaco-dialog-box').filter({ hasText: words });
  await box.waitFor();
  const focused = box.locator('.monaco-button:focus');
  await focused.waitFor();
  return {
    text: await box.innerText(),
    focused: (await focused.innerText()).trim(),
    async press(button) {
      await box.locator('.monaco-button').filter({ hasText: button }).click();
      await box.waitFor({ state: 'detached' });
    },
  };
}
