import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWindow, type Window } from '../support/openWindow.ts';
import { requireSystem } from '../support/requireSystem.ts';

const chromium = requireSystem('chromium');
const workbench = requireSystem('workbench');
const ALLOW = `{ "version": "2.0.0", "tasks": [
  { "label": "serve", "type": "process", "command": "false", "presentation": { "reveal": "silent" }, "problemMatcher": [] },
  { "label": "unit tests", "type": "process", "command": "false", "problemMatcher": [] }
] }
`;

describe.skipIf(!chromium.available || !workbench.available)('a task that fails in the real editor', () => {
  let window: Window;
  beforeAll(async () => {
    window = await openWindow(async (janitor) => {
      const workspace = await janitor.makeFolder('tasks');
      await mkdir(path.join(workspace, '.vscode'));
      await writeFile(path.join(workspace, '.vscode/tasks.json'), ALLOW);
      return { workspace };
    });
    // The rest of the extension is loaded a moment after the window opened; the first run shows that it is there.
    await window.statusBar.filter({ hasText: 'healthy' }).waitFor();
  });
  afterAll(() => window?.dispose());

  const run = async (task: string): Promise<void> => {
    await window.runCommand('Tasks: Run Task');
    await window.choose(task);
  };
  const offers = () => window.page.locator('.notification-toast').filter({ hasText: 'Find out why?' });
  const taskEnded = () => window.page.waitForTimeout(3_000);

  it('says nothing of tests, whose failure is their result', async () => {
    await run('unit tests');
    await taskEnded();
    expect(await offers().allInnerTexts()).toEqual([]);
  });

  it('offers a diagnosis, which opens the view', async () => {
    await run('serve');
    await offers().filter({ hasText: 'The task "serve" ended with exit code 1.' }).waitFor();
    await offers().getByRole('button', { name: 'Diagnose' }).click();
    await window.troubleshooting.getByRole('heading', { name: 'Healthy' }).waitFor();
  });

  it('does so once, not as a nag', async () => {
    await run('serve');
    await taskEnded();
    expect(await offers().count()).toBe(0);
  });
});
