import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectFixVerifies } from '../support/applyFix.ts';
import { writeSessionService } from '../support/cacheService.ts';
import { freePort } from '../support/freePort.ts';
import { START, statusOf } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';
import { type RunningRedis, startRedis } from '../support/startRedis.ts';

const redis = requireSystem('redis');

describe.skipIf(!redis.available)('cache.memory-full', () => {
  let scenario: Scenario;
  let port: number;
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
    await scenario.write({ 'logs/sessions.log': quietLog(50, { minutesAgo: 240 }) });
  });
  afterEach(() => scenario.dispose());

  const start = async (...args: string[]): Promise<RunningRedis> => {
    const server = await startRedis(args);
    scenario.onDispose(() => server.dispose());
    await writeSessionService(scenario, port, `redis://127.0.0.1:${server.port}`);
    return server;
  };
  /** Large values first, then small ones: the buffers of the last client must not leave room for one more. */
  const fill = (server: RunningRedis): void => {
    for (const size of [40_000, 1_000, 100]) {
      let i = 0;
      while (!server.cli('set', `page:${size}:${i}`, 'y'.repeat(size)).startsWith('OOM'))
        if (++i > 400) throw new Error('the cache did not fill up');
    }
  };
  const serve = async (status: number): Promise<void> => {
    await scenario.start(START, { log: 'logs/sessions.log' });
    await untilListening(port);
    for (let i = 0; i < 3; i++) expect(await statusOf(port)).toBe(status);
  };

  it('is the root when the limit is reached and nothing may be evicted; both fixes verify', async () => {
    const server = await start('--maxmemory', '4mb');
    fill(server);
    await serve(500);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['cache.memory-full redis'] });
    const [root] = report.findings;
    expect(root).toMatchObject({ confidence: 'proved' });
    expect(root?.summary).toMatch(/used of maxmemory 4\.0 MiB, and its policy noeviction evicts nothing/);
    expect(root?.evidence.map(({ source }) => source)).toEqual(
      expect.arrayContaining([`redis://127.0.0.1:${server.port} INFO memory`, '.env:2']),
    );
    expect(root?.evidence.some(({ kind, text }) => kind === 'log' && text.includes('OOM command not allowed'))).toBe(
      true,
    );
    expect(ruledOutIn(report)).toContain('cache.unreachable redis');
    expect(root?.fixes.map(({ undo }) => undo)).toEqual([true, true]);
    await expectFixVerifies(scenario, root, { fix: 0 });
    expect(server.cli('config', 'get', 'maxmemory')).toContain(String(4 << 20));
    await expectFixVerifies(scenario, root, { fix: 1 });
    expect(server.cli('config', 'get', 'maxmemory-policy')).toContain('noeviction');
  });

  it('is found with a policy that may evict only what expires, when nothing does', async () => {
    const server = await start('--maxmemory', '4mb', '--maxmemory-policy', 'volatile-lru');
    fill(server);
    await serve(500);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['cache.memory-full redis'] });
    expect(report.findings[0]?.summary).toContain('evicts only keys with an expiry, which none of its');
  });

  it('does not offer eviction to a queue', async () => {
    const server = await start('--maxmemory', '4mb');
    await scenario.write({ 'worker.js': "const { Queue } = require('bullmq');\n" });
    fill(server);
    await serve(500);
    const report = await scenario.diagnose();
    expect(report.findings[0]?.fixes.map(({ title }) => title)).toEqual(['Raise maxmemory to 8.0 MiB']);
  });

  it('healthy look-alike: a cache that is full and evicts as it should', async () => {
    const server = await start('--maxmemory', '4mb', '--maxmemory-policy', 'allkeys-lru');
    for (let i = 0; i < 200; i++) server.cli('set', `page:${i}`, 'y'.repeat(40_000));
    expect(Number(/evicted_keys:(\d+)/.exec(server.cli('info', 'stats'))?.[1])).toBeGreaterThan(50);
    await serve(200);
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  it('healthy look-alike: the limit was raised, and the old errors are over', async () => {
    const server = await start('--maxmemory', '4mb');
    fill(server);
    await serve(500);
    server.cli('config', 'set', 'maxmemory', '64mb');
    for (let i = 0; i < 12; i++) expect(await statusOf(port)).toBe(200);
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  it('misleading: the log speaks of OOM, but the cache has room and is not what fails', async () => {
    const server = await start('--maxmemory', '64mb');
    await serve(200);
    // The service relays what another cache, elsewhere, answers.
    await scenario.run(
      [
        'node',
        '-e',
        `console.log(new Date().toISOString() + " ERROR [sessions] /items 500 redis: OOM command not allowed when used memory > 'maxmemory'.")`,
      ],
      { log: 'logs/sessions.log' },
    );
    const report = await scenario.diagnose();
    expect(report.findings.map(({ cause }) => cause)).not.toContain('cache.memory-full');
    expect(report.ruledOut.find(({ cause }) => cause === 'cache.memory-full')?.because).toMatch(/of 64 MiB/);
    expect(server.port).toBeGreaterThan(0);
  });
});
