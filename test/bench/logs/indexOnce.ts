// Indexes one file as the product does and prints what that took: node indexOnce.ts FILE THREADS. 0 threads: all on this one.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { detectFormat } from '../../../server/logs/formats/detectFormat.ts';
import { createLogIndex } from '../../../server/logs/index/createLogIndex.ts';
import { createScanParts } from '../../../server/logs/index/createScanParts.ts';
import { createScanPool } from '../../../server/logs/index/scanPool.ts';
import type { PlainLog } from '../../../server/logs/reading/plainLog.ts';
import { createTemplateMiner } from '../../../server/logs/templates/createTemplateMiner.ts';

const [file = '', threads = '0'] = process.argv.slice(2);
const start = performance.now();
const descriptor = openSync(file, 'r');
const log: PlainLog = {
  name: file,
  descriptor,
  encoding: 'utf-8',
  size: fstatSync(descriptor).size,
  complete: true,
  notices: [],
  dispose: () => closeSync(descriptor),
};
const sample = new Uint8Array(Math.min(64 << 10, log.size));
readSync(descriptor, sample, 0, sample.length, 0);
const plan = detectFormat(sample);
const pool =
  Number(threads) > 0 ? createScanPool(new URL('./logScan.mjs', import.meta.url), Number(threads)) : undefined;
const index = createLogIndex([{ log, plan }], {
  ...createScanParts(),
  miner: createTemplateMiner(),
  spillFolder: tmpdir(),
  ...(pool ? { pool } : {}),
});
let first = Number.NaN;
const stop = index.onChange(() => {
  if (index.records >= 100 && Number.isNaN(first)) {
    first = performance.now() - start;
    stop();
  }
});
await index.caughtUp();
const templates = index.templates().length;
const wall = performance.now() - start;
await pool?.dispose();
const { user, system } = process.cpuUsage();
console.log(
  JSON.stringify({
    records: index.records,
    templates,
    format: plan.id,
    firstMs: first,
    wallMs: wall,
    /** Of the whole process, its start included. */
    cpuMs: (user + system) / 1000,
    rssMb: process.resourceUsage().maxRSS / 1024,
  }),
);
index.dispose();
