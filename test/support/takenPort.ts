import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TEMPORARY_PREFIX } from './locations.ts';

const SERVER = "require('node:http').createServer().listen(Number(process.env.PORT), '127.0.0.1');\n";

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A service that really crashed over a port that this process holds, and the built `tektra` with a state folder of its own. */
export interface TakenPort {
  folder: string;
  /** The state folder. */
  home: string;
  port: number;
  /** Runs the command in the folder. */
  tektra(...args: string[]): Promise<Outcome>;
  /** Gives the port back. */
  free(): Promise<void>;
  /** Holds the port again, or another one, and has the service crash over it. */
  take(port?: number): Promise<void>;
  dispose(): Promise<void>;
}

/** Makes it; the built CLI must be there. */
export async function createTakenPort(): Promise<TakenPort> {
  const cli = path.resolve('dist/server/tektra.mjs');
  const base = await realpath(await mkdtemp(path.join(tmpdir(), `${TEMPORARY_PREFIX}port-`)));
  const folder = path.join(base, 'shop');
  const home = path.join(base, 'state');
  let holder: Server | undefined;

  const run = (args: string[]): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, args, {
        cwd: folder,
        env: { ...process.env, TEKTRA_HOME: home, NO_COLOR: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk) => (stdout += chunk));
      child.stderr.on('data', (chunk) => (stderr += chunk));
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, stdout, stderr }));
    });

  const free = async (): Promise<void> => {
    const held = holder;
    holder = undefined;
    if (held) await new Promise((resolve) => held.close(resolve));
  };
  const taken: TakenPort = {
    folder,
    home,
    port: 0,
    tektra: (...args) => run([cli, ...args]),
    free,
    async take(port = taken.port) {
      await free();
      const server = createServer();
      holder = server;
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
      taken.port = (server.address() as { port: number }).port;
      await writeFile(path.join(folder, '.env'), `PORT=${taken.port}\n`);
      const { stderr } = await run(['--env-file=.env', 'server.js']);
      await writeFile(path.join(folder, 'app.log'), stderr);
    },
    async dispose() {
      await free();
      await rm(base, { recursive: true, force: true });
    },
  };
  await mkdir(folder);
  const manifest = '{ "name": "shop", "scripts": { "start": "node --env-file=.env server.js" } }';
  await writeFile(path.join(folder, 'package.json'), manifest);
  await writeFile(path.join(folder, 'server.js'), SERVER);
  await taken.take();
  return taken;
}
