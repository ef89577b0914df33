import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { appendFileSync, chownSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createJanitor } from './createJanitor.ts';
import { freePort } from './freePort.ts';
import { postgresBinary } from './requireSystem.ts';

export interface RunningPostgres {
  port: number;
  pid: number;
  /** Its data folder. */
  folder: string;
  /** Runs SQL as the superuser, over the Unix socket. */
  sql(text: string): void;
  /** The same in another database than that of the superuser. */
  sqlIn(database: string, text: string): void;
  /** Stops the server; the port is free afterwards. */
  dispose(): Promise<void>;
}

/** Debian's account for it: PostgreSQL refuses to run as root. */
const ACCOUNT = 'postgres';

/**
 * Makes a new cluster in a temporary folder and starts it on 127.0.0.1. Password logins over TCP, trust over the socket.
 * @param options.settings lines for postgresql.conf
 * @param options.inRecovery a standby that never finishes: it answers every login with 57P03
 * @param options.rules lines for pg_hba.conf, ahead of the password rule
 * @param options.checksums each page gets one
 */
export async function startPostgres(
  options: { settings?: string[]; inRecovery?: boolean; rules?: string[]; checksums?: boolean } = {},
): Promise<RunningPostgres> {
  const janitor = createJanitor();
  const folder = path.join(await janitor.makeFolder('postgres'), 'data');
  const account = accountIds();
  if (account.uid !== undefined) chownSync(path.dirname(folder), account.uid, account.gid ?? account.uid);
  const port = await freePort();
  const run = (program: string, args: string[]): void => {
    execFileSync(postgresBinary(program) ?? program, args, { ...account, stdio: 'pipe', cwd: '/' });
  };
  run('initdb', [
    '-D',
    folder,
    '-U',
    'postgres',
    '-A',
    'trust',
    '--no-sync',
    '-E',
    'UTF8',
    ...(options.checksums ? ['--data-checksums'] : []),
  ]);
  writeFileSync(
    path.join(folder, 'pg_hba.conf'),
    ['local all all trust', ...(options.rules ?? []), 'host all all all scram-sha-256', ''].join('\n'),
  );
  const settings = [
    `port = ${port}`,
    "listen_addresses = '127.0.0.1'",
    `unix_socket_directories = '${path.dirname(folder)}'`,
    'fsync = off',
    'shared_buffers = 16MB',
    ...(options.inRecovery ? ['hot_standby = off', "restore_command = '/bin/false'"] : []),
    ...(options.settings ?? []),
  ];
  if (options.inRecovery) writeFileSync(path.join(folder, 'standby.signal'), '');
  appendFileSync(path.join(folder, 'postgresql.conf'), `${settings.join('\n')}\n`);

  const server = spawn(postgresBinary('postgres') ?? 'postgres', ['-D', folder], {
    ...account,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: '/',
  });
  if (server.pid === undefined) throw new Error('postgres could not be started');
  janitor.endGroup(server.pid);
  await untilItSays(
    server,
    options.inRecovery ? /hot standby mode is disabled|entering standby mode/i : /ready to accept connections/,
  );
  const sqlIn = (database: string, text: string): void =>
    run('psql', [
      '-h',
      path.dirname(folder),
      '-p',
      String(port),
      '-U',
      'postgres',
      '-d',
      database,
      '-qtAX',
      '-c',
      text,
    ]);
  return {
    port,
    pid: server.pid,
    folder,
    sql: (text) => sqlIn('postgres', text),
    sqlIn,
    async dispose() {
      // Fast shutdown: clients are disconnected instead of waited for.
      server.kill('SIGINT');
      await Promise.race([server.exitCode === null ? once(server) : undefined, delay(5000)]);
      await janitor.dispose();
    },
  };
}

function once(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => server.once('exit', () => resolve()));
}

function untilItSays(server: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (pattern.test(output)) resolve();
    });
    server.once('exit', (code) => reject(new Error(`postgres ended with ${code}:\n${output}`)));
  });
}

function accountIds(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, ACCOUNT], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
