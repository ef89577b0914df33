import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { fillSpace, mountImage } from '../support/mountImage.ts';
import { START, statusOf } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';

const mount = requireSystem('mount');

/** Stores every request below a folder; an upload that cannot be stored gives 507. */
const UPLOADS = `const fs = require('node:fs');
const path = require('node:path');
const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' [uploads] ' + text);
let count = 0;
require('node:http').createServer((request, response) => {
  try {
    fs.writeFileSync(path.join(process.env.UPLOAD_DIR, 'item-' + ++count + '.bin'), Buffer.alloc(200000, 7));
    response.end('stored');
  } catch (error) {
    log('ERROR', 'upload failed: ' + error.message);
    response.writeHead(507).end();
  }
}).listen(Number(process.env.PORT), '127.0.0.1', () => log('INFO ', 'listening'));
`;

describe.skipIf(!mount.available)('disk.full', () => {
  let scenario: Scenario;
  let port: number;
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
    await scenario.write({
      'package.json': '{ "name": "uploads", "scripts": { "start": "node --env-file=.env app.js" } }\n',
      'app.js': UPLOADS,
    });
  });
  afterEach(() => scenario.dispose());

  const fullImage = async (): Promise<string> => {
    const image = await mountImage({ megabytes: 8 });
    scenario.onDispose(() => image.dispose());
    await fillSpace(image.folder);
    return image.folder;
  };
  const mountAt = async (folder: string, args: string[]): Promise<void> => {
    await mkdir(folder, { recursive: true });
    execFileSync('mount', [...args, folder], { stdio: 'pipe' });
    scenario.onDispose(() => void execFileSync('umount', [folder], { stdio: 'pipe' }));
  };

  it('is the root of failing uploads to a folder that a variable names', async () => {
    const folder = await fullImage();
    await scenario.write({
      '.env': `PORT=${port}\nUPLOAD_DIR=${folder}\n`,
      'logs/uploads.log': quietLog(60, { minutesAgo: 300 }),
    });
    await scenario.start(START, { log: 'logs/uploads.log' });
    await untilListening(port);
    expect(await statusOf(port)).toBe(507);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['disk.full uploads'] });
    expect(report.findings[0]?.summary).toMatch(
      new RegExp(`^The filesystem at ${folder} is full: .* available, and uploads cannot write there$`),
    );
    expect(report.findings[0]?.evidence.map(({ source }) => source)).toEqual(
      expect.arrayContaining([`statfs ${folder}`, '.env:2']),
    );
    expect(ruledOutIn(report)).toEqual(expect.arrayContaining(['service.down uploads']));
  });

  it('is the root of a crash loop below the workspace, in a small tmpfs', async () => {
    await mountAt(path.join(scenario.workspace, 'var'), ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs']);
    await fillSpace(path.join(scenario.workspace, 'var'));
    await scenario.write({
      'package.json': '{}\n',
      Procfile: 'indexer: python3 indexer.py\n',
      'indexer.py':
        'print("INFO building the index", flush=True)\nwith open("var/index.db", "wb") as out:\n    out.write(b"x" * 500000)\n',
    });
    for (let run = 0; run < 2; run++) await scenario.run(['python3', 'indexer.py'], { log: 'logs/indexer.log' });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['disk.full indexer'] });
    expect(report.findings[0]?.summary).toContain(path.join(scenario.workspace, 'var'));
    expect(report.findings.map(({ cause }) => cause)).toContain('process.crash-loop');
  });

  it('is found by the words of SQLite, which name no path', async () => {
    const folder = await fullImage();
    await scenario.write({
      'package.json': '{}\n',
      Procfile: 'worker: python3 worker.py\n',
      '.env': `STATE=${folder}/state.db\n`,
      'worker.py':
        'import os, sqlite3\ndb = sqlite3.connect(os.environ["STATE"])\ndb.execute("create table if not exists t (x)")\ndb.execute("insert into t values (zeroblob(900000))")\ndb.commit()\n',
    });
    for (let run = 0; run < 2; run++)
      await scenario.run(['python3', 'worker.py'], { log: 'worker.log', env: { STATE: `${folder}/state.db` } });
    expectSound(await scenario.diagnose(), { roots: ['disk.full worker'] });
  });

  it('is found where only the code knows the folder', async () => {
    const folder = await fullImage();
    await scenario.write({
      '.env': `PORT=${port}\n`,
      'app.js': `const fs = require('node:fs');
console.log(new Date().toISOString() + ' INFO  writing the cache');
const fd = fs.openSync(${JSON.stringify(folder)} + '/cache', 'a');
fs.writeSync(fd, Buffer.alloc(400000));
`,
    });
    await scenario.run(START, { log: 'logs/uploads.log' });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['disk.full uploads'] });
    expect(report.findings[0]?.summary).toContain(folder);
  });

  it('explains a database whose own log says that its disk is full', async () => {
    const folder = await fullImage();
    const now = new Date().toISOString().replace('T', ' ').replace('Z', '');
    await scenario.write({
      '.env': `PORT=${port}\nDATABASE_URL=postgres://app:lilac-Ferry-8@127.0.0.1:${await freePort()}/app\nDATA_DIR=${folder}\n`,
      'app.js': `console.log(new Date().toISOString() + ' INFO  connecting to ' + process.env.DATABASE_URL.split('@')[1]);\nrequire('node:net').connect(Number(new URL(process.env.DATABASE_URL).port), '127.0.0.1');\n`,
      'logs/postgres.log': [
        `${now} UTC [811] LOG:  checkpoint starting: time`,
        `${now} UTC [811] PANIC:  could not write to file "pg_wal/xlogtemp.811": No space left on device`,
        `${now} UTC [790] LOG:  checkpointer process (PID 811) was terminated by signal 6: Aborted`,
        `${now} UTC [790] LOG:  terminating any other active server processes`,
        `${now} UTC [790] LOG:  all server processes terminated; reinitializing`,
        `${now} UTC [790] LOG:  database system is shut down`,
        '',
      ].join('\n'),
    });
    for (let run = 0; run < 2; run++) await scenario.run(START, { log: 'logs/uploads.log' });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['disk.full host'], secrets: ['lilac-Ferry-8'] });
    expect(report.findings.map(({ cause }) => cause)).toContain('database.unreachable');
  });

  it('is silent about a watcher limit, which the kernel also calls ENOSPC', async () => {
    await scenario.write({ '.env': `PORT=${port}\nUPLOAD_DIR=.\n` });
    await scenario.start(START, { log: 'logs/uploads.log' });
    await untilListening(port);
    await scenario.run(
      [
        'node',
        '-e',
        `console.log(new Date().toISOString() + " ERROR [watch] ENOSPC: System limit for number of file watchers reached, watch '/src'")`,
      ],
      { log: 'logs/uploads.log' },
    );
    const report = await scenario.diagnose();
    expect(report.findings.filter(({ category }) => category === 'disk')).toEqual([]);
    expect(ruledOutIn(report)).not.toContain('disk.full host');
  });

  it('is refuted once there is room again', async () => {
    const image = await mountImage({ megabytes: 8 });
    scenario.onDispose(() => image.dispose());
    const old = new Date(Date.now() - 3 * 3_600_000).toISOString();
    await scenario.write({
      '.env': `PORT=${port}\nUPLOAD_DIR=${image.folder}\n`,
      'logs/uploads.log': `${old} ERROR [uploads] upload failed: ENOSPC: no space left on device, write '${image.folder}/item-9.bin'\n${quietLog(40, { minutesAgo: 150 })}`,
    });
    await scenario.start(START, { log: 'logs/uploads.log' });
    await untilListening(port);
    expect(await statusOf(port)).toBe(200);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(ruledOutIn(report)).toContain('disk.full host');
  });
});
