import { chmod, mkdir, open, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createScenario, type Scenario } from '../support/scenario.ts';

/** The engine answers well within this on a quiet machine; the factor for a busy one is in the limit. */
const LIMIT_MS = 6_000;

describe('odd input neither stops nor stalls a diagnosis', () => {
  let scenario: Scenario;
  beforeEach(async () => {
    scenario = await createScenario();
    await scenario.write({
      'package.json': '{ "name": "odd", "scripts": { "start": "node index.js" } }\n',
      'index.js': "throw new Error('the real reason');\n",
    });
  });
  afterEach(() => scenario.dispose());

  const rootOf = async (): Promise<string> => {
    const report = await scenario.diagnose();
    expect(report.durationMs).toBeLessThan(LIMIT_MS);
    return `${report.findings[0]?.cause}: ${report.findings[0]?.summary}`;
  };

  it('a sparse log of 5 GB whose end tells the reason', async () => {
    await mkdir(path.join(scenario.workspace, 'logs'));
    const file = path.join(scenario.workspace, 'logs/app.log');
    await writeFile(file, '2026-11-23T10:00:00.000Z INFO  begin\n');
    await truncate(file, 5 * 1024 ** 3);
    const handle = await open(file, 'a');
    await handle.write(`\n${'2026-11-23T10:00:01.000Z INFO  GET /a 200\n'.repeat(12_000)}`);
    await handle.close();
    await scenario.run(['node', 'index.js'], { log: 'logs/app.log' });
    expect(await rootOf()).toMatch(/service\.down: .*the real reason/);
  });

  it('a binary log', async () => {
    await scenario.write({ 'logs/old.log': '' });
    await writeFile(
      path.join(scenario.workspace, 'logs/old.log'),
      Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 7919) % 256)),
    );
    await scenario.run(['node', 'index.js'], { log: 'logs/app.log' });
    expect(await rootOf()).toMatch(/the real reason/);
  });

  it('lines of a megabyte', async () => {
    const long = `2026-11-23T10:00:00.000Z INFO  payload ${'{"a":[1,2,3]} = error: '.repeat(45_000)}\n`;
    await scenario.write({ 'logs/app.log': long.repeat(3) });
    await scenario.run(['node', 'index.js'], { log: 'logs/app.log' });
    expect(await rootOf()).toMatch(/the real reason/);
  });

  it('text made to hurt patterns', async () => {
    const hard = [
      'a'.repeat(3900),
      `${'x='.repeat(1900)}`,
      `${'('.repeat(3900)}`,
      `[${'-'.repeat(3900)}`,
      `${'/a'.repeat(1900)}: `,
      `${'not found '.repeat(380)}`,
      `${'"a" '.repeat(900)}invalid`,
    ];
    await scenario.write({ 'logs/app.log': `${hard.join('\n')}\n`.repeat(12) });
    await scenario.run(['node', 'index.js'], { log: 'logs/app.log' });
    expect(await rootOf()).toMatch(/the real reason/);
  });

  it('a manifest that is not JSON, and a compose file that is not YAML', async () => {
    await scenario.write({ 'package.json': '{ "name": "odd", ', 'compose.yaml': 'services:\n  a: [\n b: }\n' });
    const report = await scenario.diagnose();
    expect(report.durationMs).toBeLessThan(LIMIT_MS);
    expect(
      report.unknown.filter(({ because }) => /could not be judged|is not a function|undefined/.test(because)),
    ).toEqual([]);
  });

  it('links in a loop and a folder that nobody may read', async () => {
    await mkdir(path.join(scenario.workspace, 'a/b'), { recursive: true });
    await symlink('..', path.join(scenario.workspace, 'a/b/up'));
    await symlink('self', path.join(scenario.workspace, 'self'));
    await scenario.write({ 'closed/x.log': 'Error: no\n' });
    await chmod(path.join(scenario.workspace, 'closed'), 0);
    await scenario.run(['node', 'index.js'], { log: 'logs/app.log' });
    expect(await rootOf()).toMatch(/the real reason/);
  });

  it('100,000 files', async () => {
    for (let folder = 0; folder < 100; folder++) {
      const at = path.join(scenario.workspace, 'data', String(folder));
      await mkdir(at, { recursive: true });
      await Promise.all(Array.from({ length: 1000 }, (_, i) => writeFile(path.join(at, `${i}.bin`), '')));
    }
    await scenario.run(['node', 'index.js'], { log: 'logs/app.log' });
    expect(await rootOf()).toMatch(/the real reason/);
  }, 180_000);
});
