import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createJanitor } from './createJanitor.ts';
import { freePort } from './freePort.ts';
import { findProgram } from './requireSystem.ts';

export interface RunningRedis {
  port: number;
  pid: number;
  /** Where it would save. */
  folder: string;
  /** Runs redis-cli and returns what it printed. */
  cli(...words: string[]): string;
  dispose(): Promise<void>;
}

/** Starts a Redis on 127.0.0.1 that keeps nothing on disk. `args` are options of redis-server, ahead of them stands a file with others. */
export async function startRedis(args: string[] = [], configFile?: string): Promise<RunningRedis> {
  const janitor = createJanitor();
  const folder = await janitor.makeFolder('redis');
  const port = await freePort();
  const fixed = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const server = spawn(
    findProgram('redis-server') ?? 'redis-server',
    [...(configFile === undefined ? [] : [configFile]), ...fixed, ...args],
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  if (server.pid === undefined) throw new Error('redis-server could not be started');
  janitor.endGroup(server.pid);
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  let output = '';
  server.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (/Ready to accept connections/.test(output)) resolve();
  });
  server.once('exit', (code) => reject(new Error(`redis-server ended with ${code}:\n${output}`)));
  await ready;
  return {
    port,
    pid: server.pid,
    folder,
    cli: (...words) =>
      execFileSync('redis-cli', ['-p', String(port), ...words], { encoding: 'utf8', timeout: 10_000 }).trim(),
    async dispose() {
      server.kill('SIGTERM');
      // One that cannot save its data refuses to end.
      const timer = setTimeout(() => server.kill('SIGKILL'), 1_000);
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
      clearTimeout(timer);
      await janitor.dispose();
    },
  };
}
