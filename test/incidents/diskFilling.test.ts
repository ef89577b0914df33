import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { mountImage } from '../support/mountImage.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';

const mount = requireSystem('mount');

/** Writes so many bytes every tenth of a second: at the end of its file, or over its beginning. */
const RECORDER = `const fs = require('node:fs');
const file = fs.openSync(process.env.SPOOL_DIR + '/events.bin', 'w');
const piece = Buffer.alloc(Number(process.env.PIECE), 7);
setInterval(() => fs.writeSync(file, piece, 0, piece.length, process.env.OVER ? 0 : null), 100);
require('node:http').createServer((request, response) => response.end('ok')).listen(Number(process.env.PORT), '127.0.0.1', () => console.log(new Date().toISOString() + ' INFO  listening'));
`;

describe.skipIf(!mount.available)('disk.filling', () => {
  let scenario: Scenario;
  let port: number;
  let folder: string;
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
    const image = await mountImage({ megabytes: 512 });
    scenario.onDispose(() => image.dispose());
    folder = image.folder;
  });
  afterEach(() => scenario.dispose());

  /** @param left what stays available, MiB */
  const startRecorder = async (options: { left: number; piece: number; over?: boolean }): Promise<void> => {
    const free = execFileSync('df', ['--output=avail', '--block-size=1M', folder], { encoding: 'utf8' }).split('\n')[1];
    execFileSync('fallocate', ['--length', `${Number(free) - options.left}MiB`, path.join(folder, 'old-events.bin')]);
    await scenario.write({
      'package.json': '{ "name": "recorder", "scripts": { "start": "node --env-file=.env app.js" } }\n',
      '.env': `PORT=${port}\nSPOOL_DIR=${folder}\nPIECE=${options.piece}\n${options.over ? 'OVER=1\n' : ''}`,
      'app.js': RECORDER,
    });
    await scenario.start(['node', '--env-file=.env', 'app.js'], { log: 'logs/recorder.log' });
    await untilListening(port);
  };

  it('is likely where a service fills the rest of its disk within minutes', async () => {
    await startRecorder({ left: 40, piece: 30_000 });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['disk.filling recorder'] });
    const [root] = report.findings;
    expect(root?.confidence).toBe('likely');
    expect(report.status).toBe('warn');
    expect(root?.summary).toMatch(
      new RegExp(
        `^The filesystem at ${folder} has \\d+ MiB of \\d+ MiB left and loses \\d+ KiB a second to recorder: it is full in about \\d+ (?:s|minutes)$`,
      ),
    );
    expect(root?.evidence.map(({ source }) => source)).toContain(path.join(folder, 'events.bin'));
  });

  it('misleading: it writes as much, but over the same place of its file', async () => {
    await startRecorder({ left: 40, piece: 2_000_000, over: true });
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
  });

  it('healthy look-alike: the disk is as full, and the service writes next to nothing', async () => {
    await startRecorder({ left: 40, piece: 60 });
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(ruledOutIn(report)).not.toContain('disk.filling recorder');
  });

  it('healthy look-alike: the service writes as much, and there is room for days', async () => {
    await startRecorder({ left: 300, piece: 30_000 });
    expectSound(await scenario.diagnose(), { roots: [] });
  });
});
