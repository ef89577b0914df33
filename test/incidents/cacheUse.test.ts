import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectFixVerifies } from '../support/applyFix.ts';
import { writeSessionService } from '../support/cacheService.ts';
import { freePort } from '../support/freePort.ts';
import { makeGroup } from '../support/makeGroup.ts';
import { START } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';
import { type RunningRedis, startRedis } from '../support/startRedis.ts';

const redis = requireSystem('redis');
const cgroups = requireSystem('cgroups');

/** Looks `reads` keys up of `keys`, and stores what is not there with the options of SET. Runs inside of the server. */
const USE = `math.randomseed(tonumber(ARGV[4]))
for i = 1, tonumber(ARGV[1]) do
  local key = 'page:' .. math.random(tonumber(ARGV[2]))
  if not redis.call('GET', key) then
    if ARGV[3] == '' then redis.call('SET', key, string.rep('x', 2000)) else redis.call('SET', key, string.rep('x', 2000), 'PX', ARGV[3]) end
  end
end
return 1`;

describe.skipIf(!redis.available)('the use of a cache', () => {
  let scenario: Scenario;
  let port: number;
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
  });
  afterEach(() => scenario.dispose());

  const start = async (...args: string[]): Promise<RunningRedis> => {
    const server = await startRedis(args);
    scenario.onDispose(() => server.dispose());
    await serve(server);
    return server;
  };
  const serve = async (server: RunningRedis): Promise<void> => {
    await writeSessionService(scenario, port, `redis://127.0.0.1:${server.port}`);
    await scenario.start(START, { log: 'logs/sessions.log' });
    await untilListening(port);
  };
  const use = (server: RunningRedis, reads: number, keys: number, px: number | '' = ''): void => {
    server.cli('eval', USE, '0', String(reads), String(keys), String(px), String(Date.now()));
  };
  /** Goes on with it while the diagnosis looks. */
  const goOn = async (server: RunningRedis, keys: number, px: number | '' = ''): Promise<void> => {
    await scenario.write({ '../outside/use.lua': USE });
    await scenario.write({
      '../outside/use.sh': `i=0; while true; do i=$((i+1)); redis-cli -p ${server.port} eval "$(cat use.lua)" 0 60 ${keys} "${px}" $i > /dev/null; echo going; sleep 0.03; done\n`,
    });
    await scenario.start(['bash', 'use.sh'], { cwd: '../outside', log: '../outside/use.log' });
    await scenario.until('../outside/use.log', 'going');
  };

  it('cache.hit-rate-low: it is full and evicts what is asked for next', async () => {
    const server = await start('--maxmemory', '4mb', '--maxmemory-policy', 'allkeys-lru');
    use(server, 6_000, 20_000);
    await goOn(server, 20_000);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['cache.hit-rate-low redis'] });
    const [root] = report.findings;
    expect(root).toMatchObject({ category: 'performance', confidence: 'proved' });
    expect(root?.summary).toMatch(
      /^Only \d+ % of the lookups in Redis at 127\.0\.0\.1:\d+ are hits: it is full at 4\.0 MiB and has evicted \d+ keys \(allkeys-lru\)$/,
    );
    expect(root?.evidence.map(({ source }) => source)).toEqual(
      expect.arrayContaining([`redis://127.0.0.1:${server.port} INFO stats`, '.env:2']),
    );
    expect(root?.fixes.map(({ title, undo }) => [title, undo])).toEqual([['Raise maxmemory to 8.0 MiB', true]]);
  });

  it('the fix of a small cache verifies, and is taken back', async () => {
    const server = await start('--maxmemory', '4mb', '--maxmemory-policy', 'allkeys-lru');
    use(server, 6_000, 3_000);
    use(server, 4_000, 20_000);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['cache.hit-rate-low redis'] });
    expect(report.findings[0]).toMatchObject({ confidence: 'likely' });
    await expectFixVerifies(scenario, report.findings[0]);
    expect(server.cli('config', 'get', 'maxmemory')).toContain(String(4 << 20));
  });

  it('cache.hit-rate-low: its keys expire before they are read again', async () => {
    const server = await start();
    for (let i = 0; i < 4; i++) {
      use(server, 600, 4_000, 20);
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    await goOn(server, 4_000, 20);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['cache.hit-rate-low redis'] });
    expect(report.findings[0]?.summary).toMatch(/its keys expire .* before they are read again$/);
    expect(report.findings[0]?.advice.first).toContain('Keep the keys for longer');
  });

  it('misleading: the totals since its start are poor, but the lookups of now are hits', async () => {
    const server = await start('--maxmemory', '4mb', '--maxmemory-policy', 'allkeys-lru');
    use(server, 6_000, 20_000);
    use(server, 600, 60);
    await goOn(server, 60);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(ruledOutIn(report)).toContain('cache.hit-rate-low redis');
  });

  it('healthy look-alike: most lookups find nothing because nothing was ever put there', async () => {
    const server = await start();
    server.cli(
      'eval',
      "for i = 1, 5000 do redis.call('GET', 'lock:' .. i) end; redis.call('SET', 'lock:1', 'x', 'PX', 1)",
      '0',
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  it('healthy look-alike: a full cache whose lookups are hits', async () => {
    const server = await start('--maxmemory', '4mb', '--maxmemory-policy', 'allkeys-lru');
    use(server, 2_000, 20_000);
    use(server, 9_000, 200);
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  describe.skipIf(!cgroups.available)('with a limit from outside', () => {
    const LIMIT = 96 << 20;
    const startLimited = async (...args: string[]): Promise<RunningRedis> => {
      const server = await startRedis(args);
      const group = makeGroup('memory', { 'memory.limit_in_bytes': String(LIMIT) });
      scenario.onDispose(() => group.dispose());
      // Disposed of first, so that the group is empty.
      scenario.onDispose(() => server.dispose());
      await scenario.run([
        ...group.enter,
        'bash',
        '-c',
        `echo ${server.pid} > /sys/fs/cgroup/memory${group.path}/cgroup.procs`,
      ]);
      await serve(server);
      return server;
    };
    const fill = (server: RunningRedis, expiry: string): void => {
      server.cli(
        'eval',
        `for i = 1, 33000 do redis.call('SET', 'render:' .. i, string.rep('x', 2000)${expiry}) end`,
        '0',
      );
    };

    it('cache.oversized: no limit of its own, and most of what its group allows; the fix verifies', async () => {
      const server = await startLimited();
      fill(server, '');
      const report = await scenario.diagnose();
      expectSound(report, { roots: ['cache.oversized redis'] });
      const [root] = report.findings;
      expect(root).toMatchObject({ category: 'memory', confidence: 'proved' });
      expect(root?.summary).toMatch(
        /^Redis at 127\.0\.0\.1:\d+ has no maxmemory and holds \d+ MiB, \d+ % of the 96 MiB that its cgroup allows; none of its 33000 keys expires$/,
      );
      expect(root?.evidence.some(({ text }) => text.startsWith('keys that begin with "render" hold 100 %'))).toBe(true);
      await expectFixVerifies(scenario, root);
      expect(server.cli('config', 'get', 'maxmemory')).toMatch(/\b0$/);
      expect(server.cli('config', 'get', 'maxmemory-policy')).toContain('noeviction');
    });

    it('cache.oversized: the fix also writes the limit into the file that it was started with', async () => {
      await scenario.write({ 'redis.conf': '# ours\ntcp-backlog 128\n' });
      const server = await startRedis([], `${scenario.workspace}/redis.conf`);
      const group = makeGroup('memory', { 'memory.limit_in_bytes': String(LIMIT) });
      scenario.onDispose(() => group.dispose());
      scenario.onDispose(() => server.dispose());
      await scenario.run([
        ...group.enter,
        'bash',
        '-c',
        `echo ${server.pid} > /sys/fs/cgroup/memory${group.path}/cgroup.procs`,
      ]);
      await serve(server);
      fill(server, '');
      const report = await scenario.diagnose();
      expectSound(report, { roots: ['cache.oversized redis'] });
      expect(report.findings[0]?.fixes[0]?.changes.at(-1)).toMatchObject({ kind: 'edit', file: 'redis.conf' });
      await expectFixVerifies(scenario, report.findings[0]);
    });

    it('healthy look-alike: as large, but all of it expires', async () => {
      const server = await startLimited();
      fill(server, ", 'EX', 600");
      expectSound(await scenario.diagnose(), { roots: [] });
    });

    it('healthy look-alike: as large, and with a limit of its own', async () => {
      const server = await startLimited('--maxmemory', '85mb', '--maxmemory-policy', 'allkeys-lru');
      fill(server, '');
      expectSound(await scenario.diagnose(), { roots: [] });
    });
  });

  it('misleading: the log calls it large, and it is not', async () => {
    await start();
    await scenario.run(
      ['node', '-e', "console.log(new Date().toISOString() + ' WARN  redis memory usage is high, cache grows')"],
      { log: 'logs/sessions.log' },
    );
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(ruledOutIn(report)).toContain('cache.oversized redis');
  });
});
