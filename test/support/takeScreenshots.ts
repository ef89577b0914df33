import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { productRoot } from './locations.ts';
import type { Window } from './openWindow.ts';

/** The editor's built-in themes that the view must be readable in: the picture's name, the theme's name and its kind. */
const THEMES = [
  ['dark', 'Dark 2026', 'vscode-dark'],
  ['light', 'Light 2026', 'vscode-light'],
  ['high-contrast', 'Dark High Contrast', 'vscode-high-contrast'],
  ['high-contrast-light', 'Light High Contrast', 'vscode-high-contrast-light'],
] as const;

/**
 * Takes a picture of the whole window in each theme, `<name>-<theme>.png`, and returns their paths. They go to the folder that
 * TEKTRA_SCREENSHOTS names (`media` for the README's), else to one that git ignores. Throws when the view does not change with the theme.
 */
export async function takeScreenshots(
  { page, troubleshooting, runCommand, choose }: Window,
  picture = 'screenshot',
): Promise<string[]> {
  const folder = path.resolve(productRoot, process.env.TEKTRA_SCREENSHOTS ?? '.cache/screenshots');
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  const colours = new Set<string>();
  for (const [name, theme, kind] of THEMES) {
    await runCommand('Preferences: Color Theme');
    await choose(theme);
    await troubleshooting.locator(`body[data-vscode-theme-kind="${kind}"]`).waitFor();
    await delay(500); // Transitions of the workbench's own parts.
    colours.add(await troubleshooting.locator('body').evaluate((body) => getComputedStyle(body).color));
    const file = path.join(folder, `${picture}-${name}.png`);
    await page.screenshot({ path: file });
    files.push(file);
  }
  if (colours.size < 2) throw new Error('the text of the view has the same colour in all themes');
  return files;
}
