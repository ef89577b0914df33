import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';

const linux = requireSystem('linux');

/** Its health route stores so many blocks, each safely. */
const STORE = `const fs = require('node:fs');
const file = fs.openSync('store.db', 'w');
require('node:http').createServer((request, response) => {
  if (request.url === '/health') for (let i = 0; i < Number(process.env.BLOCKS); i++) { fs.writeSync(file, Buffer.alloc(4096, i)); fs.fsyncSync(file); }
  response.end('ok');
}).listen(Number(process.env.PORT), '127.0.0.1', () => console.log(new Date().toISOString() + ' INFO  listening'));
`;
/** Writes the same 64 MiB again and again for ten seconds at most, each piece to the disk itself. */
const COPY = `import os, sys, time
file = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY | os.O_DSYNC)
piece = b"x" * (2 << 20)
end = time.time() + 10
while time.time() < end:
    for i in range(32):
        os.pwrite(file, piece, i * len(piece))
`;

describe.skipIf(!linux.available)('disk.io-saturated', () => {
  let scenario: Scenario;
  let port: number;
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
  });
  afterEach(() => scenario.dispose());

  const startStore = async (blocks: number): Promise<void> => {
    await scenario.write({
      'package.json': '{ "name": "store", "scripts": { "start": "node --env-file=.env app.js" } }\n',
      '.env': `PORT=${port}\nBLOCKS=${blocks}\n`,
      'app.js': STORE,
    });
    await scenario.start(['node', '--env-file=.env', 'app.js'], { log: 'logs/store.log' });
    await untilListening(port);
  };
  const saturate = async (): Promise<void> => {
    await scenario.write({ '../outside/copy.py': COPY });
    const copies = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => scenario.start(['python3', 'copy.py', name], { cwd: '../outside' })),
    );
    // Also where this test ends early, nothing goes on writing.
    scenario.onDispose(() => Promise.all(copies.map(({ stop }) => stop('SIGKILL'))).then(() => undefined));
    await new Promise((resolve) => setTimeout(resolve, 700));
  };

  it('is the root of a slow health route: a copy of somebody else keeps the disk busy', async () => {
    await startStore(400);
    await saturate();
    const report = await scenario.diagnose({ timeoutMs: 60_000 });
    expectSound(report, { roots: ['disk.io-saturated host'] });
    const [root] = report.findings;
    expect(root?.confidence).toBe('proved');
    expect(root?.summary).toMatch(
      /^The disk \w+ is kept busy \d+ % of the time by \S*python3 copy\.py \w \(pid \d+, .*\/s\): store waited for it in \d+ % of the readings within [\d.]+ s$/,
    );
    expect(root?.evidence.map(({ source }) => source)).toEqual(
      expect.arrayContaining(['/proc/diskstats', '/proc/pressure/io', expect.stringMatching(/^\/proc\/\d+\/io$/)]),
    );
  });

  it('healthy look-alike: the disk is as busy, and the service does not need it', async () => {
    await startStore(0);
    await saturate();
    const report = await scenario.diagnose({ timeoutMs: 60_000 });
    expectSound(report, { roots: [] });
  });

  it('misleading: the log blames the disk, and nothing waits for it', async () => {
    await startStore(0);
    await scenario.write({
      'logs/store.log': `${quietLog(20, { minutesAgo: 1 })}${new Date().toISOString()} WARN  fsync took 4100 ms, disk slow?\n`,
    });
    const report = await scenario.diagnose({ timeoutMs: 60_000 });
    expectSound(report, { roots: [] });
    expect(ruledOutIn(report)).toContain('disk.io-saturated store');
  });
});
