import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { formatOf } from '../../../server/logs/formats/formatOf.ts';
import type { LogIndex } from '../../../server/logs/index/logIndex.ts';
import { parseQuery } from '../../../server/logs/query/parseQuery.ts';
import { runQuery } from '../../../server/logs/query/runQuery.ts';
import { findOnPath } from '../../support/findOnPath.ts';
import { type Measure, median } from '../measure.ts';
import { indexFile } from './indexFile.ts';
import { writeJsonLog } from './jsonLog.ts';

const LINES = 1_000_000;
const RUNS = 3;
const COLUMNS = 'level>=warn component:AgentManager duration>1s';
const WORDS = 'error|exception|failed';
const FIELD = 'req.status>=500';

/**
 * Filters of one million JSON lines, in CPU seconds against those of the tools that a person would use: a loop over
 * JSON.parse, jq and grep, on the same file. Throws when what they find differs.
 */
export async function measureQuery(): Promise<Measure[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tektra-query-'));
  try {
    const file = path.join(folder, 'app.jsonl');
    await writeJsonLog(file, LINES);
    const before = cpu();
    const { index, dispose } = await indexFile(file);
    const indexing = cpu() - before;
    try {
      return await compare(index, file, indexing);
    } finally {
      dispose();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(index: LogIndex, file: string, indexing: number): Promise<Measure[]> {
  const columns = await filter(index, COLUMNS);
  const words = await filter(index, `/${WORDS}/i`);
  const field = await filter(index, FIELD);
  const loop = parseLoop(file);
  const jq = await runPeer('jq', ['-c', 'select(.duration_ms>1000)', file]);
  const grep = await runPeer('grep', ['-iE', WORDS, file]);
  same('the JSON.parse loop', columns.matches, loop.matches);
  const slow = await filter(index, 'duration>1s');
  if (jq) same('jq', slow.matches, jq.lines);
  if (grep) same('grep', words.matches, grep.lines);
  const seconds = (value: number): string => `${value.toFixed(2)} s`;
  const ratio = (own: number, peer: { seconds: number } | undefined): number | undefined => peer && own / peer.seconds;
  const beside = (own: number, name: string, peer: { seconds: number } | undefined): string =>
    peer ? `${seconds(own)} against ${name}'s ${seconds(peer.seconds)}` : `${name} is not installed`;
  return [
    {
      title: 'filter by columns: first results',
      unit: 'ms',
      limit: 100,
      value: columns.firstMs,
      remark: `all after ${columns.wholeMs.toFixed(0)} ms`,
    },
    {
      title: 'filter by columns / JSON.parse loop',
      unit: '×',
      limit: 0.4,
      value: ratio(columns.seconds, loop),
      remark: `${beside(columns.seconds, 'the loop', loop)}; the index took ${seconds(indexing)} once`,
    },
    {
      title: 'filter by duration / jq',
      unit: '×',
      limit: 0.1,
      value: ratio(slow.seconds, jq),
      remark: beside(slow.seconds, 'jq', jq),
    },
    {
      title: `${WORDS} / grep -iE`,
      unit: '×',
      limit: 2,
      value: ratio(words.seconds, grep),
      remark: `${beside(words.seconds, 'grep', grep)}; first results after ${words.firstMs.toFixed(0)} ms`,
    },
    {
      title: 'filter by a field / JSON.parse loop',
      unit: '×',
      limit: 0.8,
      value: ratio(field.seconds, loop),
      remark: `${FIELD}; first results after ${field.firstMs.toFixed(0)} ms`,
    },
  ];
}

interface Filtered {
  matches: number;
  /** CPU. */
  seconds: number;
  firstMs: number;
  wholeMs: number;
}

async function filter(index: LogIndex, text: string): Promise<Filtered> {
  const query = parseQuery(text);
  const runs: Filtered[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const before = cpu();
    const started = performance.now();
    let firstMs = Number.NaN;
    const onProgress = ({ matches }: { matches: number }): void => {
      // A screenful.
      if (matches >= 50 && Number.isNaN(firstMs)) firstMs = performance.now() - started;
    };
    const { matches } = await runQuery(index, query, { formatOf, onProgress });
    const wholeMs = performance.now() - started;
    // All of them are less than a screenful.
    runs.push({ matches, seconds: cpu() - before, firstMs: Number.isNaN(firstMs) ? wholeMs : firstMs, wholeMs });
  }
  return {
    matches: runs[0]?.matches ?? 0,
    seconds: median(runs.map((run) => run.seconds)),
    firstMs: median(runs.map((run) => run.firstMs)),
    wholeMs: median(runs.map((run) => run.wholeMs)),
  };
}

/** What a script would do: read the file, split it, parse each line. Block by block, as the whole would not fit a string. */
function parseLoop(file: string): { matches: number; seconds: number } {
  const before = cpu();
  const levels = new Set(['warn', 'error', 'fatal']);
  let matches = 0;
  const descriptor = openSync(file, 'r');
  const block = Buffer.alloc(1 << 20);
  let rest = '';
  for (let read = readSync(descriptor, block); read > 0; read = readSync(descriptor, block)) {
    const lines = (rest + block.toString('latin1', 0, read)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const { level, component, duration_ms: duration } = JSON.parse(line) as Record<string, unknown>;
      if (levels.has(String(level)) && component === 'AgentManager' && Number(duration) > 1_000) matches += 1;
    }
  }
  closeSync(descriptor);
  return { matches, seconds: cpu() - before };
}

/** CPU seconds and lines of a command; undefined: it is not installed. */
async function runPeer(
  command: string,
  args: readonly string[],
): Promise<{ lines: number; seconds: number } | undefined> {
  if ((await findOnPath(command)) === undefined) return undefined;
  const folder = mkdtempSync(path.join(tmpdir(), 'tektra-peer-'));
  const output = path.join(folder, 'out');
  const descriptor = openSync(output, 'w');
  try {
    const before = childrenCpu();
    spawnSync(command, args, { stdio: ['ignore', descriptor, 'inherit'] });
    const seconds = childrenCpu() - before;
    return { lines: readFileSync(output, 'latin1').split('\n').length - 1, seconds };
  } finally {
    closeSync(descriptor);
    rmSync(folder, { recursive: true, force: true });
  }
}

function same(peer: string, own: number, theirs: number): void {
  if (own !== theirs) throw new Error(`${peer} finds ${theirs} records, the query ${own}`);
}

function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** CPU seconds of the processes that this one started and that ended: fields 16 and 17 of /proc/self/stat, in ticks of 10 ms. */
function childrenCpu(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}
