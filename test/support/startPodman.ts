import { execFile, spawn } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { createJanitor } from './createJanitor.ts';
import { TINY_IMAGE, tinyRoot } from './startContainers.ts';

const execute = promisify(execFile);

export interface RunningPodman {
  /** Where it answers the engine's API. */
  socket: string;
  /** Calls the podman command on the same storage; its standard output. */
  podman(...args: string[]): Promise<string>;
  dispose(): Promise<void>;
}

/** Limits that the session may not exceed: Podman asks for more by itself. */
const LIMITS = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1000:1000'];

/** Podman with a storage of its own, the tiny image in it, and its Docker-compatible socket. Ends with `dispose`. */
export async function startPodman(): Promise<RunningPodman> {
  const janitor = createJanitor();
  const folder = await janitor.makeFolder('podman');
  const [root, runroot, socket] = ['root', 'run', 'podman.sock'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  await Promise.all([mkdir(root), mkdir(runroot)]);
  const options = [
    ...['--root', root, '--runroot', runroot, '--storage-driver', 'vfs', '--events-backend', 'file'],
    // No systemd here, and cgroups of both versions, which crun refuses.
    ...['--cgroup-manager', 'cgroupfs', '--runtime', 'runc'],
  ];
  const podman = async (...args: string[]): Promise<string> => {
    const [verb = '', ...rest] = args;
    const limits = verb === 'run' || verb === 'create' ? LIMITS : [];
    const { stdout } = await execute('podman', [...options, verb, ...limits, ...rest], { timeout: 60_000 });
    return stdout.trim();
  };
  await tinyRoot(async (archive) => void (await podman('import', archive, TINY_IMAGE)));
  const service = spawn('podman', [...options, 'system', 'service', '--time=0', `unix://${socket}`], {
    detached: true,
    stdio: 'ignore',
  });
  janitor.endGroup(service.pid as number);
  const end = Date.now() + 20_000;
  while (
    !(await access(socket).then(
      () => true,
      () => false,
    ))
  ) {
    if (Date.now() > end) throw new Error('podman does not listen');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    socket,
    podman,
    async dispose() {
      await podman('rm', '--all', '--force', '--time', '0');
      // Its storage is mounted below the folder.
      await podman('system', 'reset', '--force').catch(() => '');
      await janitor.dispose();
    },
  };
}
