import { existsSync } from 'node:fs';
import path from 'node:path';
import { productRoot } from '../../support/locations.ts';
import { runTool } from '../../support/runTool.ts';

/** What the parsers of templates that everybody knows say of the same logs, run from their public sources. */
export interface PeerAccuracy {
  /** By peer and set: share of lines grouped right; null where the peer failed. */
  [peer: string]: { [set: string]: { content: number | null; raw: number | null } };
}

export interface PeerSpeed {
  cpuSeconds: number;
  lines: number;
  clusters: number;
}

const REPOSITORIES = {
  Drain3: 'https://github.com/logpai/Drain3',
  logparser: 'https://github.com/logpai/logparser',
};
/** Debian's: its packages python3-pandas, -regex, -cachetools, -tqdm and -scipy are what the peers need. */
const PYTHON = '/usr/bin/python3';

/** @returns why there are no numbers, when the peers cannot be had or cannot run here */
export async function runPeers<T>(verb: 'accuracy' | 'speed', target: string): Promise<T | string> {
  const folder = process.env.TEKTRA_PEERS ?? path.join(productRoot, '.cache', 'peers');
  for (const [name, url] of Object.entries(REPOSITORIES)) {
    const clone = path.join(folder, name);
    if (existsSync(clone)) continue;
    const { exitCode } = await runTool(['git', 'clone', '--quiet', '--depth', '1', url, clone], { cwd: productRoot });
    if (exitCode !== 0) return `${name} could not be cloned`;
  }
  const script = path.join(productRoot, 'test', 'bench', 'logs', 'peers.py');
  const { exitCode, output } = await runTool([PYTHON, script, folder, verb, target], { cwd: productRoot });
  if (exitCode !== 0) return `the peers do not run: ${output.trim().split('\n').at(-1)}`;
  const json = output.split('\n').findLast((line) => line.startsWith('{'));
  return json === undefined ? 'the peers said nothing' : (JSON.parse(json) as T);
}
