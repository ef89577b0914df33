import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LockFile } from '../../server/protocol/handshake.ts';
import { createDemoIncident, type Demo } from '../support/demoIncident.ts';
import { openWindow, type Window } from '../support/openWindow.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { type OtherBackend, startOtherBackend } from '../support/startOtherBackend.ts';

const chromium = requireSystem('chromium');
const workbench = requireSystem('workbench');

// The editor's LanguageClient cannot be loaded outside an editor: what it must not do is seen here alone.
describe.skipIf(!chromium.available || !workbench.available)('the language client in the real editor', () => {
  let window: Window;
  let demo: Demo;
  let other: OtherBackend;
  beforeAll(async () => {
    window = await openWindow(async (janitor) => {
      demo = await createDemoIncident(janitor);
      return demo;
    });
    await window.statusBar.filter({ hasText: `Port ${demo.port}` }).waitFor();
    const lock = LockFile.parse(JSON.parse(await readFile(path.join(window.home, 'run/backend.json'), 'utf8')));
    other = await startOtherBackend(window.home, window.janitor);
    process.kill(lock.pid, 'SIGKILL');
  });
  afterAll(() => window?.dispose());

  it('opens no dialog of its own, neither for a connection that broke nor for a handshake that was refused', async () => {
    await window.statusBar.filter({ hasText: 'stopped' }).waitFor();
    expect(new Set(other.received)).toEqual(new Set(['initialize']));
    // The one message is the command's own, and comes only with it.
    const toasts = window.page.locator('.notification-toast');
    expect(await toasts.allInnerTexts()).toEqual([]);
    await window.runCommand('Tektra: Show Health');
    await toasts.filter({ hasText: 'It speaks another version. Reload.' }).waitFor();
    expect(await toasts.count()).toBe(1);
    expect(new Set(other.received)).toEqual(new Set(['initialize']));
  });

  it('changes no file for a backend that asks for it', async () => {
    other.fits = true;
    await window.runCommand('Tektra: Show Health');
    await expect.poll(() => other.received, { timeout: 10_000 }).toContain('initialized');
    const file = path.join(demo.workspace, 'uninvited');
    const edit = { documentChanges: [{ kind: 'create', uri: pathToFileURL(file).href }] };
    expect(await other.ask('workspace/applyEdit', { edit })).toEqual({ applied: false });
    expect(existsSync(file)).toBe(false);
  });

  it('says goodbye when the window is closed, also while it waits for an answer', async () => {
    expect(other.received).toContain('tektra/health/get');
    await window.page.close({ runBeforeUnload: true });
    await expect.poll(() => other.received.slice(-2), { timeout: 10_000 }).toEqual(['shutdown', 'exit']);
  });
});
