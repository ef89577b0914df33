import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectFixVerifies } from '../support/applyFix.ts';
import { writeSessionService } from '../support/cacheService.ts';
import { freePort } from '../support/freePort.ts';
import { fillSpace, mountImage } from '../support/mountImage.ts';
import { START, statusOf } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';
import { type RunningRedis, startRedis } from '../support/startRedis.ts';

const redis = requireSystem('redis');
const mount = requireSystem('mount');

describe.skipIf(!redis.available)('cache.read-only', () => {
  let scenario: Scenario;
  let port: number;
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
    await scenario.write({ 'logs/sessions.log': quietLog(50, { minutesAgo: 240 }) });
  });
  afterEach(() => scenario.dispose());

  const startServer = async (...args: string[]): Promise<RunningRedis> => {
    const server = await startRedis(args);
    scenario.onDispose(() => server.dispose());
    return server;
  };
  const use = (server: RunningRedis): Promise<void> =>
    writeSessionService(scenario, port, `redis://127.0.0.1:${server.port}`);
  const serve = async (status: number, place = '/'): Promise<void> => {
    await scenario.start(START, { log: 'logs/sessions.log' });
    await untilListening(port);
    for (let i = 0; i < 3; i++) expect(await statusOf(port, place)).toBe(status);
  };
  const untilInfo = async (server: RunningRedis, section: string, text: string): Promise<void> => {
    for (let i = 0; !server.cli('info', section).includes(text); i++) {
      if (i > 100) throw new Error(`never ${text}: ${server.cli('info', section)}`);
      await sleep(100);
    }
  };
  /** Saves in the background and waits until that has failed. */
  const failToSave = async (server: RunningRedis): Promise<void> => {
    server.cli('set', 'cart:1', 'z'.repeat(100_000));
    server.cli('bgsave');
    await untilInfo(server, 'persistence', 'rdb_last_bgsave_status:err');
  };
  const replicaOf = async (master: RunningRedis): Promise<RunningRedis> => {
    const replica = await startServer('--replicaof', `127.0.0.1 ${master.port}`, '--repl-diskless-sync-delay', '0');
    await untilInfo(replica, 'replication', 'master_link_status:up');
    return replica;
  };

  it('is the root when the service writes to a replica; the fix names the master', async () => {
    const master = await startServer('--repl-diskless-sync-delay', '0');
    const replica = await replicaOf(master);
    await use(replica);
    await serve(500);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['cache.read-only redis'] });
    const [root] = report.findings;
    expect(root).toMatchObject({ confidence: 'proved' });
    expect(root?.summary).toBe(
      `Redis at 127.0.0.1:${replica.port} refuses writes: it is a replica of 127.0.0.1:${master.port}`,
    );
    expect(root?.evidence.map(({ source }) => source)).toEqual(
      expect.arrayContaining([`redis://127.0.0.1:${replica.port} INFO replication`, '.env:2']),
    );
    await expectFixVerifies(scenario, root);
  });

  it('is the root when the folder to save in is gone; once it is back, saving again is the fix', async () => {
    const folder = path.join(scenario.outside, 'data');
    await mkdir(folder);
    const server = await startServer('--save', '3600 1', '--dir', folder, '--enable-protected-configs', 'yes');
    await rm(folder, { recursive: true });
    await failToSave(server);
    await use(server);
    await serve(500);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['cache.read-only redis'] });
    const [root] = report.findings;
    expect(root?.summary).toContain('it could not save its data in its working folder, since that folder was removed');
    expect(root?.fixes).toEqual([]);
    await mkdir(folder);
    // The server's working folder is the one that was removed.
    expect(server.cli('config', 'set', 'dir', folder)).toBe('OK');
    const again = (await scenario.diagnose()).findings[0];
    await expectFixVerifies(scenario, again);
    expect(server.cli('info', 'persistence')).toContain('rdb_last_bgsave_status:ok');
  });

  it('is the root when too few replicas are there for a write', async () => {
    const server = await startServer('--min-replicas-to-write', '1');
    await use(server);
    await serve(500);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['cache.read-only redis'] });
    expect(report.findings[0]?.summary).toContain('min-replicas-to-write asks for 1 replicas in good health');
  });

  it.skipIf(!mount.available)('misleading: MISCONF, but the root is the full disk that Redis saves on', async () => {
    const image = await mountImage({ megabytes: 8 });
    scenario.onDispose(() => image.dispose());
    const server = await startServer('--save', '3600 1', '--dir', image.folder);
    await fillSpace(image.folder);
    await failToSave(server);
    await use(server);
    await serve(500);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['disk.full host'] });
    expect(report.findings.map(({ cause }) => cause)).toEqual(['disk.full', 'cache.read-only']);
    expect(report.findings[1]?.summary).toContain(`since the disk at ${image.folder} is full`);
  });

  it('healthy look-alike: a replica that the service only reads from', async () => {
    const replica = await replicaOf(await startServer('--repl-diskless-sync-delay', '0'));
    await use(replica);
    await serve(200, '/read');
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  it('healthy look-alike: a cache without save points whose one save by hand failed', async () => {
    const folder = path.join(scenario.outside, 'data');
    await mkdir(folder);
    const server = await startServer('--dir', folder);
    await rm(folder, { recursive: true });
    await failToSave(server);
    await use(server);
    await serve(200);
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  it('misleading: the replica was promoted since, and the log still tells of READONLY', async () => {
    const master = await startServer('--repl-diskless-sync-delay', '0');
    const replica = await replicaOf(master);
    await use(replica);
    await serve(500);
    replica.cli('replicaof', 'no', 'one');
    const report = await scenario.diagnose();
    expect(report.findings.map(({ cause }) => cause)).not.toContain('cache.read-only');
    expect(ruledOutIn(report)).toContain('cache.read-only redis');
  });
});
