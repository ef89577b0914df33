import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { findOnPath } from '../../support/findOnPath.ts';
import { productRoot } from '../../support/locations.ts';
import { runTool } from '../../support/runTool.ts';
import { type Measure, median } from '../measure.ts';
import { writeLogFile } from './writeLogFile.ts';

/** What `indexOnce` prints. */
interface Indexed {
  records: number;
  firstMs: number;
  wallMs: number;
  cpuMs: number;
  rssMb: number;
}

interface Peer {
  cpuMs: number;
  rssMb: number;
}

const ROUNDS = 3;
const MILLION = 1_000_000;

/**
 * Indexing of plain files against lnav's, in one run, each three times by turns. Files and bundles lie in a temporary folder.
 * @param large with a file of 5 GB too, which takes some minutes
 */
export async function measureScan({ large = false } = {}): Promise<Measure[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tektra-measure-scan-'));
  try {
    await bundle(folder);
    const small = path.join(folder, 'small.log');
    writeLogFile(small, MILLION);
    const measures = await measureSmall(folder, small);
    rmSync(small);
    const big = path.join(folder, 'big.log');
    writeLogFile(big, 8 * MILLION);
    measures.push(...(await measureBig(folder, big, measures[0]?.value ?? Number.NaN)));
    rmSync(big);
    if (large) measures.push(...(await measureLarge(folder)));
    return measures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureSmall(folder: string, file: string): Promise<Measure[]> {
  const alone: Indexed[] = [];
  const one: Indexed[] = [];
  const two: Indexed[] = [];
  const peers: Peer[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    alone.push(await index(folder, file, 0));
    one.push(await index(folder, file, 1));
    two.push(await index(folder, file, 2));
    const peer = await lnav(file);
    if (peer) peers.push(peer);
  }
  const cpu = median(alone.map(({ cpuMs }) => cpuMs));
  const size = `${Math.round(statSync(file).size / 1e6)} MB`;
  const peerCpu = peers.length === 0 ? undefined : median(peers.map(({ cpuMs }) => cpuMs));
  const speedUp = median(one.map(({ wallMs }) => wallMs)) / median(two.map(({ wallMs }) => wallMs));
  return [
    {
      title: 'index 1 M lines, CPU',
      unit: 's',
      limit: 0.8,
      value: cpu / 1000,
      remark: `${size}, one thread, whole process`,
    },
    {
      title: 'index 1 M lines, CPU against lnav',
      unit: '×',
      limit: 1,
      value: peerCpu && cpu / peerCpu,
      remark: peerCpu === undefined ? 'lnav or time is not installed' : `lnav ${(peerCpu / 1000).toFixed(2)} s`,
    },
    {
      title: 'two scan threads against one',
      unit: '×',
      limit: 1.6,
      atLeast: true,
      value: speedUp,
      remark: 'wall clock',
    },
    {
      title: 'memory, 1 M lines',
      unit: 'MB',
      limit: 120,
      value: most(one),
      remark: `peak RSS, one scan thread; ${size}`,
    },
  ];
}

async function measureBig(folder: string, file: string, smallCpu: number): Promise<Measure[]> {
  const runs = [await index(folder, file, 1), await index(folder, file, 1)];
  const cpu = (await index(folder, file, 0)).cpuMs / 1000;
  const size = `${(statSync(file).size / 1e9).toFixed(1)} GB`;
  return [
    {
      title: 'first screen, 8 M lines',
      unit: 'ms',
      limit: 300,
      value: Math.min(...runs.map(({ firstMs }) => firstMs)),
      remark: `${size}, from the opening of the file; detection included`,
    },
    { title: 'memory, 8 M lines', unit: 'MB', limit: 250, value: most(runs), remark: `peak RSS; ${size}` },
    {
      title: 'CPU a line, 8 M lines against 1 M',
      unit: '×',
      limit: 1.1,
      value: cpu / 8 / smallCpu,
      remark: 'linear: at most 1',
    },
  ];
}

async function measureLarge(folder: string): Promise<Measure[]> {
  const file = path.join(folder, 'large.log');
  writeLogFile(file, 34 * MILLION);
  const { rssMb, records } = await index(folder, file, 1);
  const remark = `peak RSS; ${(statSync(file).size / 1e9).toFixed(1)} GB, ${records} records`;
  return [{ title: 'memory, 34 M lines', unit: 'MB', limit: 400, value: rssMb, remark }];
}

function most(runs: readonly Indexed[]): number {
  return Math.max(...runs.map(({ rssMb }) => rssMb));
}

/** As the product is built: reading TypeScript would be measured otherwise. */
async function bundle(folder: string): Promise<void> {
  await build({
    absWorkingDir: productRoot,
    entryPoints: { indexOnce: 'test/bench/logs/indexOnce.ts', logScan: 'server/logs/index/logScan.ts' },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
  });
}

async function index(folder: string, file: string, threads: number): Promise<Indexed> {
  const argv: [string, ...string[]] = [process.execPath, path.join(folder, 'indexOnce.mjs'), file, String(threads)];
  const { exitCode, output } = await runTool(argv, { cwd: folder });
  if (exitCode !== 0) throw new Error(output);
  return JSON.parse(output) as Indexed;
}

/** lnav's index alone: without a screen, and without writing the log out. undefined: it cannot be measured here. */
async function lnav(file: string): Promise<Peer | undefined> {
  if (!(await findOnPath('lnav')) || !(await findOnPath('time'))) return undefined;
  const report = `${file}.time`;
  const argv: [string, ...string[]] = ['time', '-o', report, '-f', '%U %S %M', 'lnav', '-n', '-q', '-c', ':quit', file];
  // Its own folder for what it keeps of a session.
  const { exitCode, output } = await runTool(argv, {
    cwd: path.dirname(file),
    env: { ...process.env, HOME: path.dirname(file) },
  });
  if (exitCode !== 0) throw new Error(output);
  const [user = 0, system = 0, memory = 0] = (await readFile(report, 'utf8')).trim().split(/\s+/).map(Number);
  return { cpuMs: 1000 * (user + system), rssMb: memory / 1024 };
}
