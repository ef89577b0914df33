import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Janitor } from '../support/createJanitor.ts';
import { freePort } from '../support/freePort.ts';
import { openDialog } from '../support/openDialog.ts';
import { openWindow, type Window } from '../support/openWindow.ts';
import { requireSystem } from '../support/requireSystem.ts';

const chromium = requireSystem('chromium');
const workbench = requireSystem('workbench');
const SECRET = 'q7-Zebra-Marmalade-41';
const SERVER = `const key = process.env.PAYMENT_API_KEY;
if (!key) throw new Error('PAYMENT_API_KEY is not set');
require('node:http').createServer().listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening'));
`;

/** A service that really ended since it has no key. */
async function createKeyless(janitor: Janitor): Promise<{ workspace: string }> {
  const workspace = path.join(await janitor.makeFolder('keyless'), 'shop');
  await mkdir(workspace);
  const manifest = '{ "name": "shop", "scripts": { "start": "node --env-file=.env server.js" } }';
  await writeFile(path.join(workspace, 'package.json'), manifest);
  await writeFile(path.join(workspace, '.env'), `PORT=${await freePort()}\n`);
  await writeFile(path.join(workspace, 'server.js'), SERVER);
  const child = start(workspace);
  let output = '';
  child.stderr.on('data', (chunk) => (output += chunk));
  await once(child, 'close');
  await writeFile(path.join(workspace, 'app.log'), output);
  return { workspace };
}

function start(workspace: string) {
  return spawn(process.execPath, ['--env-file=.env', 'server.js'], {
    cwd: workspace,
    env: { PATH: path.dirname(process.execPath) },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

describe.skipIf(!chromium.available || !workbench.available)('a fix that asks for a secret in the real editor', () => {
  let window: Window;
  let workspace: string;
  beforeAll(async () => {
    window = await openWindow(async (janitor) => {
      const made = await createKeyless(janitor);
      workspace = made.workspace;
      return made;
    });
    await window.runCommand('Tektra: Diagnose Workspace');
    await card().waitFor();
  });
  afterAll(() => window?.dispose());

  const card = () => window.troubleshooting.locator('article[data-cause="env.missing"]');
  const outcome = (phase: string) => window.troubleshooting.locator(`section.outcome[data-phase="${phase}"]`);
  const apply = () => window.troubleshooting.getByRole('button', { name: /^Apply: Set PAYMENT_API_KEY/ }).click();
  const input = () => window.page.locator('.quick-input-widget input.input');
  const env = (): Promise<string> => readFile(path.join(workspace, '.env'), 'utf8');

  it('asks for it in a box that hides it, and Escape leaves everything as it is', async () => {
    await apply();
    await input().waitFor();
    expect(await input().getAttribute('type')).toBe('password');
    await window.page.keyboard.press('Escape');
    await outcome('stopped').filter({ hasText: 'Nothing was changed' }).waitFor();
    expect(await env()).not.toContain('PAYMENT_API_KEY');
  });

  it('writes it once the user agreed, and shows it nowhere', async () => {
    await apply();
    await input().waitFor();
    await input().fill(SECRET);
    await window.page.keyboard.press('Enter');
    const dialog = await openDialog(window.page, 'Change .env?');
    expect(dialog.text).toContain('+ PAYMENT_API_KEY=‹redacted:PAYMENT_API_KEY›');
    expect(await window.page.locator('body').innerText()).not.toContain(SECRET);
    await dialog.press('Change the File');
    await outcome('done').filter({ hasText: 'Fixed' }).waitFor();
    expect(await env()).toMatch(new RegExp(`^PORT=\\d+\\nPAYMENT_API_KEY=${SECRET}\\n$`));
    await card().waitFor({ state: 'detached' });
    expect(await window.troubleshooting.locator('body').innerText()).not.toContain(SECRET);
  });

  it('is over once the service runs', async () => {
    const child = start(workspace);
    window.janitor.endGroup(child.pid as number);
    await once(child.stdout, 'data');
    await window.runCommand('Tektra: Diagnose Workspace');
    await window.statusBar.filter({ hasText: 'healthy' }).waitFor();
    await window.troubleshooting.getByRole('heading', { name: 'Healthy' }).waitFor();
  });

  it('keeps it in no file of its own', async () => {
    const files = (await readdir(window.home, { recursive: true, withFileTypes: true })).filter((file) =>
      file.isFile(),
    );
    expect(files.map(({ name }) => name)).toContain('state.db');
    const forms = [SECRET, Buffer.from(SECRET).toString('base64'), encodeURIComponent(SECRET)];
    for (const file of files) {
      const bytes = (await readFile(path.join(file.parentPath, file.name))).toString('latin1');
      for (const form of forms) expect(bytes.includes(form), `${file.name} holds it`).toBe(false);
    }
  });
});
