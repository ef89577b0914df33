import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { getHealth } from '../../server/protocol/health.ts';
import { BackendHome, waitUntil } from '../support/backendHome.ts';

let home: BackendHome;
beforeEach(async () => {
  home = await BackendHome.create();
});
afterEach(() => home.dispose());

const gone = (): boolean => home.processes().length === 0;

/** A process that stands for an editor. */
async function startEditor(): Promise<{ pid: number; end(): Promise<void> }> {
  const editor = spawn('sleep', ['600'], { stdio: 'ignore' });
  await once(editor, 'spawn');
  const end = async (): Promise<void> => {
    const exited = once(editor, 'exit');
    editor.kill('SIGKILL');
    await exited;
  };
  return { pid: editor.pid as number, end };
}

describe('after the last goodbye', () => {
  it('the backend stays for the next window, and ends when none comes', async () => {
    const first = home.open({ lingerMs: 1_500, editorPid: process.pid });
    const { pid } = await first.backend.request(getHealth, {});
    await first.backend.dispose();
    const second = home.open({ lingerMs: 1_500, editorPid: process.pid });
    expect((await second.backend.request(getHealth, {})).pid).toBe(pid);
    await second.backend.dispose();
    const lingered = await waitUntil(gone, 5_000);
    expect(lingered).toBeGreaterThan(1_000);
  });

  it('ends soon when the editor is gone as well', async () => {
    const editor = await startEditor();
    const { backend } = home.open({ lingerMs: 60_000, editorPid: editor.pid });
    await backend.start();
    await backend.dispose();
    expect(gone()).toBe(false);
    await editor.end();
    expect(await waitUntil(gone, 3_000)).toBeLessThan(3_000);
  });

  it('ends soon when the editor died before the goodbye', async () => {
    const editor = await startEditor();
    const { backend } = home.open({ lingerMs: 60_000, editorPid: editor.pid });
    await backend.start();
    await editor.end();
    // The window still needs it.
    expect((await backend.request(getHealth, {})).status).toBeTruthy();
    await backend.dispose();
    await waitUntil(gone, 3_000);
  });

  it('stays as long as one window is open', async () => {
    const windows = [home.open({ lingerMs: 100 }), home.open({ lingerMs: 100 })];
    for (const { backend } of windows) await backend.start();
    await windows[0]?.backend.dispose();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(gone()).toBe(false);
    expect(windows[1]?.phases).toEqual(['starting', 'running']);
    await windows[1]?.backend.dispose();
    await waitUntil(gone, 3_000);
  });
});
