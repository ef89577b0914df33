import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSystems } from '../../server/composeSystems.ts';
import { createDiagnosis } from '../../server/diagnosis/createDiagnosis.ts';
import type { DiagnosisReport } from '../../server/protocol/diagnosis.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { createHost } from '../../server/systems/host/host.ts';
import { freePort } from '../support/freePort.ts';
import { makeGroup, type TestGroup } from '../support/makeGroup.ts';
import { type RecordedMachine, recordMachine } from '../support/recordedMachine.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';

const cgroups = requireSystem('cgroups');
const linux = requireSystem('linux');

/** Looks up so many places of an index of 128 MiB for each question. */
const INDEX = `import http.server, mmap, os, random, time
index = open("index.bin", "rb")
pages = mmap.mmap(index.fileno(), 0, prot=mmap.PROT_READ)
pages.madvise(mmap.MADV_RANDOM)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/health":
            time.sleep(float(os.environ["WAIT"]))
            for _ in range(int(os.environ["LOOKUPS"])):
                pages[random.randrange(len(pages) // 4096) * 4096]
        self.send_response(200)
        self.end_headers()
    def log_message(self, *words):
        pass
print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "INFO listening", flush=True)
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;
/** Answers late, whatever the reason. */
const LATE = `require('node:http').createServer((request, response) => setTimeout(() => response.end('ok'), request.url === '/health' ? 1_100 : 0))
  .listen(Number(process.env.PORT), '127.0.0.1', () => console.log(new Date().toISOString() + ' INFO  listening'));
`;
const GIB = 1 << 20;
/** 16 GiB, of which 300 MiB are left, and a swap space that is used up. */
const EXHAUSTED: RecordedMachine = {
  totalKib: 16 * GIB,
  availableKib: 300 << 10,
  swapTotalKib: 2 * GIB,
  swapFreeKib: 90 << 10,
  swapInKibPerSecond: 0,
  swapOutKibPerSecond: 0,
  stalledShare: 0.35,
};
const THRASHING: RecordedMachine = { ...EXHAUSTED, swapInKibPerSecond: 41_000, swapOutKibPerSecond: 38_000 };

describe.skipIf(!linux.available)('memory that is nearly gone', () => {
  let scenario: Scenario;
  let port: number;
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
  });
  afterEach(() => scenario.dispose());

  describe.skipIf(!cgroups.available)('in the group of a service', () => {
    const startSearch = async (limitMib: number, lookups: number, waitSeconds = 0): Promise<TestGroup> => {
      const group = makeGroup('memory', { 'memory.limit_in_bytes': String(limitMib << 20) });
      scenario.onDispose(() => group.dispose());
      await scenario.write({
        'package.json': '{}\n',
        Procfile: 'search: python3 search.py\n',
        'search.py': INDEX,
      });
      const file = `${scenario.workspace}/index.bin`;
      execFileSync('dd', ['if=/dev/urandom', `of=${file}`, 'bs=1M', 'count=128', 'conv=fsync'], { stdio: 'pipe' });
      // What the page cache holds of it would be charged to nobody.
      execFileSync('dd', [`of=${file}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0'], { stdio: 'pipe' });
      await scenario.start([...group.enter, 'python3', 'search.py'], {
        log: 'logs/search.log',
        env: { PORT: String(port), LOOKUPS: String(lookups), WAIT: String(waitSeconds) },
      });
      await untilListening(port);
      return group;
    };

    it('memory.pressure: its index does not fit, and every look at it comes from the disk', async () => {
      await startSearch(24, 30_000);
      const report = await scenario.diagnose({ timeoutMs: 60_000 });
      expectSound(report, { roots: ['memory.pressure search'] });
      const [root] = report.findings;
      expect(root?.confidence).toBe('proved');
      expect(root?.summary).toMatch(
        /^search has too little memory in its group: \d+ MiB of its limit of 24 MiB are in use, and it had to read \d+ pages a second again from the disk$/,
      );
    });

    it('misleading: it is slow, and files fill its group to the limit, but nothing that it needs is taken from it', async () => {
      const group = await startSearch(24, 0, 1.1);
      // As a copy in the same container would: the page cache that it takes may be given back at any time.
      await scenario.start([...group.enter, 'bash', '-c', 'for i in $(seq 200); do cat index.bin; done > /dev/null']);
      const report = await scenario.diagnose({ timeoutMs: 60_000 });
      expect(report.findings.filter(({ category }) => category === 'memory')).toEqual([]);
    });

    it('healthy look-alike: its group is nearly full, and it answers at once', async () => {
      const group = await startSearch(24, 0);
      await scenario.run([...group.enter, 'cat', 'index.bin'], { log: '../outside/cat.out' });
      expectSound(await scenario.diagnose(), { roots: [] });
    });
  });

  describe('on the whole machine, as recorded', () => {
    const startLate = async (complaint = ''): Promise<void> => {
      await scenario.write({
        'package.json': '{ "name": "shop", "scripts": { "start": "node --env-file=.env app.js" } }\n',
        '.env': `PORT=${port}\n`,
        'app.js': LATE,
      });
      await scenario.start(['node', '--env-file=.env', 'app.js'], { log: 'logs/shop.log' });
      await untilListening(port);
      if (complaint !== '')
        await scenario.write({
          'logs/shop.log': `${quietLog(9, { minutesAgo: 1 })}${new Date().toISOString()} WARN  ${complaint}\n`,
        });
    };
    const diagnoseOn = (machine: RecordedMachine): Promise<DiagnosisReport> => {
      const recorded = recordMachine(scenario.outside, machine);
      scenario.onDispose(() => recorded.dispose());
      const systems = { ...createSystems(), host: { ...createHost(), use: createHost(scenario.outside).use } };
      return createDiagnosis({ systems, environment: {}, clock: systemClock }).run(
        { workspace: scenario.workspace, timeoutMs: 60_000 },
        { signal: new AbortController().signal },
      );
    };

    it('memory.pressure: hardly any memory is available, and programs wait for it', async () => {
      await startLate();
      const report = await diagnoseOn(EXHAUSTED);
      expectSound(report, { roots: ['memory.pressure host'] });
      const [root] = report.findings;
      expect(root?.summary).toMatch(/^The machine has 300 MiB of 16 GiB available, and shop suffers from it/);
      expect(root?.evidence.map(({ source }) => source)).toEqual(
        expect.arrayContaining(['/proc/pressure/memory', `GET http://127.0.0.1:${port}/health`]),
      );
    });

    it('memory.swap-thrash: the same memory goes to swap and back, which the lack of memory explains', async () => {
      await startLate();
      const report = await diagnoseOn(THRASHING);
      expectSound(report, { roots: ['memory.pressure host'] });
      const thrash = report.findings.find(({ cause }) => cause === 'memory.swap-thrash');
      expect(thrash?.confidence).toBe('proved');
      expect(thrash?.summary).toMatch(
        /^The machine moves \d+ MiB\/s to swap and \d+ MiB\/s back within [\d.]+ s, with 90 MiB of 2\.0 GiB swap free: shop is slow for it/,
      );
    });

    it('memory.swap-thrash is the root where nobody was seen waiting for long', async () => {
      await startLate();
      const report = await diagnoseOn({ ...THRASHING, availableKib: 1_300 << 10, stalledShare: 0.05 });
      expectSound(report, { roots: ['memory.swap-thrash host'] });
    });

    it('misleading: the log blames the swap, and nothing is moved there', async () => {
      await startLate('GET /items took 4100 ms, is the machine swapping?');
      const report = await diagnoseOn({ ...EXHAUSTED, availableKib: 9 * GIB, stalledShare: 0 });
      expect(report.findings.filter(({ category }) => category === 'memory')).toEqual([]);
      expect(ruledOutIn(report)).toEqual(expect.arrayContaining(['memory.pressure host', 'memory.swap-thrash host']));
    });

    it('misleading: a service was refused memory while gigabytes are available', async () => {
      await startLate('fork failed: ENOMEM: Cannot allocate memory');
      const report = await diagnoseOn({ ...EXHAUSTED, availableKib: 9 * GIB, stalledShare: 0 });
      expect(report.findings.filter(({ category }) => category === 'memory')).toEqual([]);
      expect(report.ruledOut.find(({ cause }) => cause === 'memory.pressure')?.because).toBe(
        '9.0 GiB of 16 GiB available',
      );
    });

    it('healthy look-alike: what was put away comes back from swap, and there is room', async () => {
      await startLate();
      const report = await diagnoseOn({
        ...EXHAUSTED,
        availableKib: 6 * GIB,
        stalledShare: 0.02,
        swapInKibPerSecond: 52_000,
      });
      expect(report.findings.filter(({ category }) => category === 'memory')).toEqual([]);
    });

    it('healthy look-alike: memory is short, and no service suffers from it', async () => {
      await scenario.write({
        'package.json': '{ "name": "shop", "scripts": { "start": "node --env-file=.env app.js" } }\n',
        '.env': `PORT=${port}\n`,
        'app.js': LATE.replace('1_100', '0'),
      });
      await scenario.start(['node', '--env-file=.env', 'app.js'], { log: 'logs/shop.log' });
      await untilListening(port);
      expectSound(await diagnoseOn(THRASHING), { roots: [] });
    });
  });
});
