import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { KubeObject } from './kubeObjects.ts';
import type { Scenario } from './scenario.ts';

/** What the stand-in answers. Absent parts are empty, as on a new cluster. */
export interface ClusterScript {
  /** The context's own namespace; default `shop`. */
  namespace?: string;
  items?: readonly KubeObject[];
  nodes?: readonly KubeObject[];
  /** `configmap/app-config` */
  names?: readonly string[];
  /** By `pod/container` or `pod/container --previous`. */
  logs?: Readonly<Record<string, string>>;
  /** What kubectl complains of besides, as for a missing right; it then exits with 1. */
  forbidden?: readonly { verb: 'objects' | 'nodes' | 'names'; text: string; kinds?: readonly string[] }[];
  /** Printed to standard error although all is well: deprecations. */
  warning?: string;
  /** Instead of an answer, for `config`, `get` and `logs`. */
  broken?: Partial<
    Record<
      'config' | 'get' | 'logs',
      {
        stdout?: string;
        stdoutHex?: string;
        stderr?: string;
        exitCode?: number;
        hang?: 'self' | 'child';
        repeat?: number;
      }
    >
  >;
}

export interface FakeCluster {
  /** Every call so far, as argv. */
  calls(): string[][];
}

/**
 * Puts a `kubectl` first on the PATH that replays what a cluster answered. No cluster can run here; the arguments are held
 * to those that the real kubectl (checked with 1.32) takes for reading, and anything else fails.
 */
export function startFakeCluster(scenario: Scenario, script: ClusterScript): FakeCluster {
  const folder = path.join(scenario.outside, 'bin');
  mkdirSync(folder, { recursive: true });
  const calls = path.join(scenario.outside, 'kubectl-calls.log');
  writeFileSync(path.join(scenario.outside, 'cluster.json'), JSON.stringify({ namespace: 'shop', ...script }));
  const program = path.join(folder, 'kubectl');
  writeFileSync(program, readFileSync(path.join(import.meta.dirname, '../fixtures/kubectl/kubectl.mjs')));
  chmodSync(program, 0o755);
  const before = process.env.PATH;
  process.env.PATH = `${folder}${path.delimiter}${before}`;
  scenario.onDispose(() => {
    process.env.PATH = before;
  });
  return {
    calls: () =>
      existsSync(calls)
        ? readFileSync(calls, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as string[])
        : [],
  };
}
