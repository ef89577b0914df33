import { execFileSync, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { createJanitor } from './createJanitor.ts';
import { freePort } from './freePort.ts';
import { findProgram } from './requireSystem.ts';

export interface RunningMariadb {
  port: number;
  pid: number;
  /** Its data folder. */
  folder: string;
  /** Runs SQL as root over the Unix socket and returns what it printed. */
  sql(text: string): string;
  /** Stops the server; the port is free afterwards. */
  dispose(): Promise<void>;
}

/** Makes a new data folder and starts MariaDB on 127.0.0.1. `args` are options of mariadbd. */
export async function startMariadb(args: string[] = []): Promise<RunningMariadb> {
  const janitor = createJanitor();
  const base = await janitor.makeFolder('mariadb');
  const folder = `${base}/data`;
  const port = await freePort();
  const account = process.getuid?.() === 0 ? ['--user=root'] : [];
  execFileSync(
    findProgram('mariadb-install-db') ?? 'mariadb-install-db',
    ['--no-defaults', `--datadir=${folder}`, '--auth-root-authentication-method=normal', '--skip-test-db', ...account],
    { stdio: 'pipe', cwd: '/' },
  );
  const fixed = [
    ...[
      '--no-defaults',
      `--datadir=${folder}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--socket=${base}/socket`,
    ],
    ...[`--pid-file=${base}/pid`, '--innodb-buffer-pool-size=16M', '--innodb-flush-log-at-trx-commit=0', ...account],
  ];
  const server = spawn(findProgram('mariadbd') ?? 'mariadbd', [...fixed, ...args], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: '/',
  });
  if (server.pid === undefined) throw new Error('mariadbd could not be started');
  janitor.endGroup(server.pid);
  await new Promise<void>((resolve, reject) => {
    let output = '';
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (/ready for connections/.test(output)) resolve();
    });
    server.once('exit', (code) => reject(new Error(`mariadbd ended with ${code}:\n${output}`)));
  });
  return {
    port,
    pid: server.pid,
    folder,
    sql: (text) =>
      execFileSync('mariadb', ['--no-defaults', `--socket=${base}/socket`, '--user=root', '-BN', '-e', text], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 20_000,
      }),
    async dispose() {
      server.kill('SIGTERM');
      const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
      if (server.exitCode === null && server.signalCode === null) await Promise.race([ended, delay(5_000)]);
      await janitor.dispose();
    },
  };
}
