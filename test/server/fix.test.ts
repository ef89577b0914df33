import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runDiagnosis } from '../../server/protocol/diagnosis.ts';
import { AppliedFix, FixPlan, getFix, listFixes, runFix, undoFix } from '../../server/protocol/fix.ts';
import { BackendHome } from '../support/backendHome.ts';

const CLI = path.resolve('dist/server/tektra.mjs');
const SERVER = "require('node:http').createServer().listen(Number(process.env.PORT), '127.0.0.1');\n";

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

describe('tektra fix', () => {
  let base: string;
  let folder: string;
  let holder: Server;
  let port: number;

  const run = (file: string, args: string[], cwd: string): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      const child = spawn(file, args, {
        cwd,
        env: { ...process.env, TEKTRA_HOME: path.join(base, 'state'), NO_COLOR: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk) => (stdout += chunk));
      child.stderr.on('data', (chunk) => (stderr += chunk));
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, stdout, stderr }));
    });
  const tektra = (...args: string[]): Promise<Outcome> => run(process.execPath, [CLI, ...args], folder);

  beforeEach(async () => {
    if (!existsSync(CLI)) throw new Error('dist is missing: run npm run build');
    base = await realpath(await mkdtemp(path.join(tmpdir(), 'tektra-fix-cli-')));
    folder = path.join(base, 'shop');
    holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    port = (holder.address() as { port: number }).port;
    await mkdir(folder);
    await writeFile(
      path.join(folder, 'package.json'),
      '{ "name": "shop", "scripts": { "start": "node --env-file=.env server.js" } }',
    );
    await writeFile(path.join(folder, '.env'), `PORT=${port}\n`);
    await writeFile(path.join(folder, 'server.js'), SERVER);
    const failed = await run(process.execPath, ['--env-file=.env', 'server.js'], folder);
    await writeFile(path.join(folder, 'app.log'), failed.stderr);
  });
  afterEach(async () => {
    holder.close();
    await rm(base, { recursive: true, force: true });
  });
  const env = (): Promise<string> => readFile(path.join(folder, '.env'), 'utf8');

  it('shows, applies, verifies and takes back', async () => {
    expect((await tektra('diagnose')).code).toBe(1);
    const dry = await tektra('fix', 'f1', '--dry-run');
    expect(dry.code).toBe(0);
    expect(dry.stdout).toContain(`- PORT=${port}`);
    expect(await env()).toBe(`PORT=${port}\n`);

    const refused = await tektra('fix', 'f1');
    expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('--yes') });
    expect(await env()).toBe(`PORT=${port}\n`);

    const applied = await tektra('fix', 'port.conflict', '--yes');
    expect(applied).toMatchObject({ code: 0, stdout: expect.stringContaining('Fixed') });
    expect(await env()).toMatch(/^PORT=\d+\n$/);
    expect(await env()).not.toBe(`PORT=${port}\n`);

    expect((await tektra('fix', '--list')).stdout).toContain('fixed');
    expect(await tektra('fix', '--undo')).toMatchObject({ code: 0, stdout: expect.stringContaining('Taken back') });
    expect(await env()).toBe(`PORT=${port}\n`);
    expect((await tektra('fix', '--undo')).code).toBe(2);
  });

  it('prints one JSON document and nothing else', async () => {
    const plan = await tektra('fix', 'f1', '--dry-run', '--json');
    expect(FixPlan.parse(JSON.parse(plan.stdout))).toMatchObject({ cause: 'port.conflict', target: 'shop' });
    const applied = await tektra('fix', 'f1', '--yes', '--json');
    expect(applied.code).toBe(0);
    expect(AppliedFix.parse(JSON.parse(applied.stdout)).outcome.kind).toBe('verified');
  });

  it('does the same for a window, which hears how far it is', async () => {
    const home = await BackendHome.create();
    try {
      const { backend } = home.open();
      const [finding] = (await backend.request(runDiagnosis, { workspace: folder })).findings;
      const request = { workspace: folder, cause: 'port.conflict', target: 'shop', fix: 0 };
      const plan = await backend.request(getFix, { ...request, fingerprint: finding?.fingerprint ?? '' });
      expect(plan.changes[0]?.change).toMatchObject({ kind: 'edit', before: expect.stringContaining(String(port)) });
      // Whoever did not agree to every change has none made.
      const refused = backend.request(runFix, { token: plan.token, approved: [] });
      await expect(refused).rejects.toMatchObject({ code: 'fix.refused' });
      expect(await env()).toBe(`PORT=${port}\n`);
      const steps: string[] = [];
      const progress = backend.onProgress('fix', ({ label }) => steps.push(label));
      const approved = plan.changes.map(({ digest }) => digest);
      const applied = await backend.request(runFix, { token: plan.token, approved, progressToken: 'fix' });
      progress.dispose();
      expect(applied).toMatchObject({ outcome: { kind: 'verified', because: expect.any(String) }, undo: true });
      expect(steps).toEqual(['Changing .env (1 of 1)', 'Judging port.conflict again']);
      // A plan is good for one application.
      const again = backend.request(runFix, { token: plan.token, approved });
      await expect(again).rejects.toMatchObject({ code: 'fix.stale' });
      expect(await backend.request(listFixes, { workspace: folder })).toEqual([applied]);
      const undone = await backend.request(undoFix, { workspace: folder, id: applied.id });
      expect(undone).toMatchObject({ outcome: { kind: 'undone' }, undo: false });
      expect(await env()).toBe(`PORT=${port}\n`);
    } finally {
      await home.dispose();
    }
  });

  it('exits 2 with the next step when there is nothing to fix', async () => {
    for (const args of [
      ['fix'],
      ['fix', 'f9'],
      ['fix', 'f1', '--fix', '9'],
      ['fix', 'f1', '--fix', 'x'],
      ['fix', 'a', 'b'],
      ['fix', '--undo', '0123456789abcdef'],
    ]) {
      const outcome = await tektra(...args);
      expect([args.join(' '), outcome.code]).toEqual([args.join(' '), 2]);
      expect(outcome.stderr).toContain('tektra fix:');
      expect(outcome.stderr).not.toContain('    at ');
    }
    // It is gone by now.
    expect((await tektra('diagnose')).code).toBe(1);
    await new Promise((resolve) => holder.close(resolve));
    const gone = await tektra('fix', 'f1', '--yes');
    expect(gone).toMatchObject({ code: 2, stderr: expect.stringContaining('not found any more') });
    expect(await env()).toBe(`PORT=${port}\n`);
  });
});
