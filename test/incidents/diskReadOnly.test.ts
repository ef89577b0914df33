import { execFileSync } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectFixVerifies } from '../support/applyFix.ts';
import { freePort } from '../support/freePort.ts';
import { mountImage } from '../support/mountImage.ts';
import { statusOf } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';

const mount = requireSystem('mount');

/** Stores every upload; one that cannot be stored gives 507. */
const UPLOADS = `const fs = require('node:fs');
const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' [uploads] ' + text);
let count = 0;
require('node:http').createServer((request, response) => {
  try {
    fs.writeFileSync(process.env.UPLOAD_DIR + '/item-' + ++count, 'x');
    response.end('stored');
  } catch (error) {
    log('ERROR', 'upload failed: ' + error.message);
    response.writeHead(507).end();
  }
}).listen(Number(process.env.PORT), '127.0.0.1', () => log('INFO ', 'listening'));
`;

describe.skipIf(!mount.available)('disk.read-only', () => {
  let scenario: Scenario;
  let port: number;
  let folder: string;
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
    const image = await mountImage({ megabytes: 8 });
    scenario.onDispose(() => image.dispose());
    folder = image.folder;
    await scenario.write({
      'package.json': '{ "name": "uploads", "scripts": { "start": "node --env-file=.env app.js" } }\n',
      'app.js': UPLOADS,
      '.env': `PORT=${port}\nUPLOAD_DIR=${folder}\n`,
      'logs/uploads.log': quietLog(60, { minutesAgo: 300 }),
    });
  });
  afterEach(() => scenario.dispose());

  const remount = (options: string): void => {
    execFileSync('mount', ['-o', `remount,${options}`, folder], { stdio: 'pipe' });
  };
  const start = async (): Promise<void> => {
    await scenario.start(['node', '--env-file=.env', 'app.js'], { log: 'logs/uploads.log' });
    await untilListening(port);
  };

  it('is the root of failing uploads; the fix mounts it read-write again', async () => {
    await start();
    expect(await statusOf(port)).toBe(200);
    remount('ro');
    expect(await statusOf(port)).toBe(507);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['disk.read-only uploads'] });
    const [root] = report.findings;
    expect(root?.confidence).toBe('proved');
    expect(root?.summary).toBe(
      `The filesystem at ${folder} is read-only: uploads cannot write ${path.join(folder, 'item-2')}`,
    );
    expect(root?.evidence[0]).toMatchObject({
      source: '/proc/self/mountinfo',
      text: expect.stringMatching(/\(ext4, \/dev\/loop\d+\) is mounted read-only$/),
    });
    expect(root?.fixes[0]).toMatchObject({ risk: 'admin', changes: [{ argv: ['mount', '-o', 'remount,rw', folder] }] });
    await expectFixVerifies(scenario, root);
  });

  it('the kernel found an error on it: it says so, and offers no remount', async () => {
    remount('errors=remount-ro');
    await start();
    const device = execFileSync('findmnt', ['-no', 'SOURCE', folder], { encoding: 'utf8' }).trim();
    writeFileSync(`/sys/fs/ext4/${path.basename(device)}/trigger_fs_error`, '1');
    expect(await statusOf(port)).toBe(507);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['disk.read-only uploads'] });
    const [root] = report.findings;
    expect(root?.summary).toContain(`The filesystem at ${folder} is read-only since the kernel found an error on it`);
    expect(root?.evidence.map(({ source, text }) => `${source} ${text}`)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^dmesg EXT4-fs \(loop\d+\): Remounting filesystem read-only$/)]),
    );
    expect(root?.fixes).toEqual([]);
    expect(root?.advice.first).toContain(`fsck ${device}`);
  });

  it('is the root of a crash loop of a Python program', async () => {
    remount('ro');
    await scenario.write({
      'package.json': '{}\n',
      Procfile: 'indexer: python3 indexer.py\n',
      'indexer.py': `print("INFO building the index", flush=True)\nopen(${JSON.stringify(`${folder}/index.db`)}, "wb")\n`,
    });
    for (let run = 0; run < 2; run++) await scenario.run(['python3', 'indexer.py'], { log: 'logs/indexer.log' });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['disk.read-only indexer'] });
    expect(report.findings.map(({ cause }) => cause)).toContain('process.crash-loop');
  });

  it('misleading: it was read-only an hour ago, and is not any more', async () => {
    const old = new Date(Date.now() - 3_600_000).toISOString();
    await scenario.write({
      'logs/uploads.log': `${old} ERROR [uploads] upload failed: EROFS: read-only file system, open '${folder}/item-9'\n`,
    });
    await start();
    expect(await statusOf(port)).toBe(200);
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  it('misleading: an error of just now names a place that can be written again', async () => {
    await start();
    appendFileSync(
      path.join(scenario.workspace, 'logs/uploads.log'),
      `${new Date().toISOString()} ERROR [uploads] upload failed: EROFS: read-only file system, open '${folder}/item-9'\n`,
    );
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(ruledOutIn(report)).toContain('disk.read-only uploads');
  });

  it('healthy look-alike: it warns that it goes on without a cache on a read-only mount', async () => {
    await start();
    remount('ro');
    appendFileSync(
      path.join(scenario.workspace, 'logs/uploads.log'),
      `${new Date().toISOString()} WARN  [uploads] no cache: EROFS: read-only file system, open '${folder}/cache'\n`,
    );
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  it('healthy look-alike: a folder that is read-only on purpose, and only read', async () => {
    await start();
    writeFileSync(path.join(folder, 'catalogue.json'), '{}');
    remount('ro');
    expectSound(await scenario.diagnose(), { roots: [] });
  });
});
