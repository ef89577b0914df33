import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { detectFormat } from '../../../../server/logs/formats/detectFormat.ts';
import { createLogIndex } from '../../../../server/logs/index/createLogIndex.ts';
import { createScanParts } from '../../../../server/logs/index/createScanParts.ts';
import { createScanPool, type ScanPool } from '../../../../server/logs/index/scanPool.ts';
import { createTemplateMiner } from '../../../../server/logs/templates/createTemplateMiner.ts';
import { writeLogFile } from '../../../bench/logs/writeLogFile.ts';
import { DiskLog } from '../../../support/diskLog.ts';
import { productRoot } from '../../../support/locations.ts';
import { randomLog } from '../../../support/randomLog.ts';
import { standInIndex, standInPool, tellAll } from '../../../support/standInIndex.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tektra-scan-pool-'));
const logs: DiskLog[] = [];
const pools: ScanPool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.dispose()));
  for (const log of logs.splice(0)) log.dispose();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function big(): DiskLog {
  const log = new DiskLog(randomLog(20, 20_000, { longest: 40_000 }));
  logs.push(log);
  return log;
}

function poolOf(entry: string | URL, threads = 2): ScanPool {
  const pool = createScanPool(entry instanceof URL ? entry : pathToFileURL(entry), threads);
  pools.push(pool);
  return pool;
}

describe('a pool of scan threads', { timeout: 60_000 }, () => {
  it('lets the index be read on its own thread when they die, and says why', async () => {
    const log = big();
    const alone = standInIndex([log]);
    await alone.caughtUp();
    const deadly = path.join(folder, 'deadly.mjs');
    writeFileSync(
      deadly,
      `import { parentPort } from 'node:worker_threads';
       parentPort.on('message', () => { throw new Error('no more'); });`,
    );
    for (const entry of [deadly, path.join(folder, 'absent.mjs')]) {
      const faults: unknown[] = [];
      const index = standInIndex([log], { pool: poolOf(entry), onFault: (error) => faults.push(error) });
      await index.caughtUp();
      expect(faults.length).toBeGreaterThan(0);
      expect(faults.every((fault) => fault instanceof Error)).toBe(true);
      expect(tellAll(index) === tellAll(alone)).toBe(true);
      index.dispose();
    }
    alone.dispose();
  });

  it('serves several indexes at once', async () => {
    const pool = standInPool(2);
    pools.push(pool);
    const both = [big(), big()].map((log) => standInIndex([log], { pool }));
    await Promise.all(both.map((index) => index.caughtUp()));
    expect(tellAll(both[0] as never) === tellAll(both[1] as never)).toBe(true);
    for (const index of both) index.dispose();
  });

  it('ends in the middle of the work without a complaint', async () => {
    const pool = standInPool(2);
    pools.push(pool);
    const index = standInIndex([big()], { pool, blockBytes: () => 50_000 });
    await new Promise<void>((resolve) => {
      const stop = index.onChange(() => {
        stop();
        resolve();
      });
    });
    index.dispose();
    await index.caughtUp();
    await pool.dispose();
    expect(index.complete).toBe(false);
  });

  it('runs the product’s parts from the bundle, with the result of this thread', async () => {
    await build({
      absWorkingDir: productRoot,
      entryPoints: { logScan: 'server/logs/index/logScan.ts' },
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      format: 'esm',
      platform: 'node',
    });
    const file = path.join(folder, 'service.log');
    writeLogFile(file, 25_000);
    const content = readFileSync(file);
    const log = new DiskLog(content);
    logs.push(log);
    const plan = detectFormat(content.subarray(0, 65_536));
    expect(plan.id).toBe('log4j');
    const parts = { ...createScanParts(), spillFolder: folder };
    const threaded = createLogIndex([{ log, plan }], {
      ...parts,
      miner: createTemplateMiner(),
      pool: poolOf(path.join(folder, 'logScan.mjs')),
      onFault: (error) => expect.fail(String(error)),
    });
    const alone = createLogIndex([{ log, plan }], { ...parts, miner: createTemplateMiner() });
    await Promise.all([threaded.caughtUp(), alone.caughtUp()]);
    expect(threaded.records).toBeGreaterThan(24_000);
    expect(threaded.templates().length).toBeLessThan(40);
    expect(threaded.errorGroups.text(1)).toContain('IllegalStateException');
    expect(tellAll(threaded) === tellAll(alone)).toBe(true);
    threaded.dispose();
    alone.dispose();
  });
});
