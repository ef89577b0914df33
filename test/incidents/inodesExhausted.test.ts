import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fillInodes, mountImage } from '../support/mountImage.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';

const mount = requireSystem('mount');

describe.skipIf(!mount.available)('disk.inodes-exhausted', () => {
  let scenario: Scenario;
  let folder: string;
  beforeEach(async () => {
    scenario = await createScenario();
    const image = await mountImage({ megabytes: 16, inodes: 128 });
    scenario.onDispose(() => image.dispose());
    folder = image.folder;
    await scenario.write({
      Procfile: 'sessions: node sessions.js\n',
      'logs/sessions.log': quietLog(70, { minutesAgo: 500 }),
      'sessions.js': `const fs = require('node:fs');
console.log(new Date().toISOString() + ' INFO  restoring sessions');
fs.writeFileSync(process.env.SESSION_STORE + '/session-' + process.pid, '{}');
`,
      '.env': `SESSION_STORE=${folder}\n`,
    });
  });
  afterEach(() => scenario.dispose());

  const crash = (): Promise<number | 'killed'> =>
    scenario.run(['node', '--env-file=.env', 'sessions.js'], { log: 'logs/sessions.log' });

  it('is the root of a crash loop, and a full disk is ruled out', async () => {
    await fillInodes(folder);
    expect(await crash()).not.toBe(0);
    await crash();
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['disk.inodes-exhausted sessions'] });
    expect(report.findings[0]?.summary).toMatch(
      /has no inodes left: all \d+ are used, so sessions can create no file there$/,
    );
    expect(report.findings[0]?.evidence.some(({ text }) => text.includes('ENOSPC'))).toBe(true);
    expect(ruledOutIn(report)).toContain('disk.full host');
  });

  it('is not said while inodes are free', async () => {
    expect(await crash()).toBe(0);
    const report = await scenario.diagnose();
    expect(report.findings.filter(({ category }) => category === 'disk')).toEqual([]);
  });
});
