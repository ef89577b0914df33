import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DiagnosisReport } from '../../server/protocol/diagnosis.ts';
import { DoctorReport } from '../../server/protocol/doctor.ts';

const CLI = path.resolve('dist/server/tektra.mjs');
const OLD_NODE = '/usr/bin/node';

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

describe('the tektra command', () => {
  let home: string;
  beforeAll(async () => {
    if (!existsSync(CLI)) throw new Error('dist is missing: run npm run build');
    home = await mkdtemp(path.join(tmpdir(), 'tektra-cli-'));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  const tektra = (
    argv: string[],
    options: { node?: string; env?: Record<string, string>; cwd?: string; killAfterMs?: number } = {},
  ): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      const child = spawn(options.node ?? process.execPath, [CLI, ...argv], {
        cwd: options.cwd ?? home,
        env: { ...process.env, NO_COLOR: '', TEKTRA_HOME: path.join(home, 'state'), ...options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk) => (stdout += chunk));
      child.stderr.on('data', (chunk) => (stderr += chunk));
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, stdout, stderr }));
      if (options.killAfterMs !== undefined) setTimeout(() => child.kill('SIGINT'), options.killAfterMs);
    });

  it('exits 0 on a healthy folder and says so', async () => {
    const empty = await mkdtemp(path.join(home, 'empty-'));
    const outcome = await tektra(['diagnose', empty]);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout).toContain('Nothing is broken');
  });

  it('exits 1 when something is found, and prints one JSON document that resolves', async () => {
    const folder = await mkdtemp(path.join(home, 'broken-'));
    await writeFile(path.join(folder, 'package.json'), '{ "name": "api", "scripts": { "start": "node server.js" } }');
    await writeFile(
      path.join(folder, 'app.log'),
      "Error: Cannot find module '/x'\n    at a (b.js:1:1)\n\nNode.js v24.0.0\n",
    );
    const outcome = await tektra(['diagnose', folder, '--json']);
    expect(outcome.code).toBe(1);
    const report = DiagnosisReport.parse(JSON.parse(outcome.stdout));
    expect(report.findings[0]).toMatchObject({ id: 'f1', cause: 'file.missing', target: 'api' });
    expect(outcome.stderr).toBe('');
  });

  it('puts what fits a described symptom first, says how it was read, and hides nothing', async () => {
    const folder = await mkdtemp(path.join(home, 'symptom-'));
    await writeFile(path.join(folder, 'package.json'), '{ "name": "api", "scripts": { "start": "node server.js" } }');
    await writeFile(
      path.join(folder, 'app.log'),
      "Error: Cannot find module '/x'\n    at a (b.js:1:1)\n\nNode.js v24.0.0\n",
    );
    const fitting = await tektra(['diagnose', folder, '--symptom', "api won't start"]);
    expect(fitting.code).toBe(1);
    expect(fitting.stdout).toContain(
      "“api won't start”\nread as: startup, api\nWhat you describe fits the root cause below.",
    );
    const elsewhere = await tektra(['diagnose', folder, '--symptom', 'CUDA error', '--json']);
    const report = DiagnosisReport.parse(JSON.parse(elsewhere.stdout));
    expect(report.asked).toMatchObject({ symptom: 'CUDA error', categories: ['model'] });
    expect(report.asked?.answer).toContain('Elsewhere: 1 finding in Startup.');
    expect(report.findings[0]?.cause).toBe('file.missing');
  });

  it('exits 2 with the next step on bad arguments and unreadable folders', async () => {
    for (const argv of [
      ['diagnose', '/no/such/folder'],
      ['diagnose', '--category', 'weather'],
      ['diagnose', '--timeout', 'soon'],
      ['diagnose', '--nonsense'],
      ['diagnose', '--symptom', 'x'.repeat(2_000)],
      ['diagnose', 'a', 'b'],
      ['diagnose', '--target', 'nobody'],
      ['frobnicate'],
      [],
    ]) {
      const outcome = await tektra(argv);
      expect([argv.join(' '), outcome.code]).toEqual([argv.join(' '), 2]);
      if (argv.length > 0) expect(outcome.stderr).toContain('tektra');
      expect(outcome.stderr).not.toContain('    at ');
    }
  });

  it('is plain without a terminal and with NO_COLOR, coloured only when forced', async () => {
    const colour = '\u001b[';
    expect((await tektra(['doctor'])).stdout).not.toContain(colour);
    expect((await tektra(['doctor'], { env: { FORCE_COLOR: '1' } })).stdout).toContain(colour);
    expect((await tektra(['doctor', '--no-color'], { env: { FORCE_COLOR: '1' } })).stdout).not.toContain(colour);
    expect((await tektra(['doctor'], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).stdout).not.toContain(colour);
  });

  it('doctor: all checks, the named ones, the list, JSON, an unknown one', async () => {
    const all = await tektra(['doctor', '--json']);
    expect(all.code).toBe(0);
    const report = DoctorReport.parse(JSON.parse(all.stdout));
    expect(report.checks.map((check) => check.name)).toEqual([
      'node',
      'state',
      'database',
      'backend',
      'port',
      'docker',
      'gpu',
      'model',
    ]);
    expect(DoctorReport.parse(JSON.parse((await tektra(['doctor', 'node', '--json'])).stdout)).checks).toHaveLength(1);
    expect((await tektra(['doctor', '--list'])).stdout.split('\n').filter(Boolean)).toHaveLength(8);
    expect((await tektra(['doctor', 'astrology'])).code).toBe(2);
  });

  it('doctor fails when the state folder cannot be made', async () => {
    const blocked = path.join(home, 'a-file');
    await writeFile(blocked, '');
    const outcome = await tektra(['doctor', 'state'], { env: { TEKTRA_HOME: path.join(blocked, 'state') } });
    expect(outcome.code).toBe(1);
  });

  it('serve listens, refuses a second one with its address, and ends cleanly on Ctrl-C', async () => {
    const env = { TEKTRA_HOME: path.join(home, 'serve') };
    const serving = tektra(['serve'], { env, killAfterMs: 4_000 });
    await expect.poll(() => existsSync(path.join(env.TEKTRA_HOME, 'run/backend.json')), { timeout: 3_500 }).toBe(true);
    await expect.poll(async () => (await tektra(['serve'], { env })).stderr, { timeout: 3_500 }).toContain('/health');
    const outcome = await serving;
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toMatch(/serves http:\/\/127\.0\.0\.1:\d+\/health/);
    expect(existsSync(path.join(env.TEKTRA_HOME, 'run/backend.json'))).toBe(false);
  });

  it.runIf(existsSync(OLD_NODE) && !process.execPath.startsWith('/usr/bin'))(
    'says what is missing when an old Node starts it',
    async () => {
      const version = await new Promise<string>((resolve) => {
        const child = spawn(OLD_NODE, ['-p', 'process.versions.napi']);
        child.stdout.on('data', (chunk) => resolve(String(chunk).trim()));
      });
      const outcome = await tektra(['diagnose', home], { node: OLD_NODE });
      if (Number(version) >= 10) expect([0, 1]).toContain(outcome.code);
      else expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining('Node-API') });
    },
  );
});
