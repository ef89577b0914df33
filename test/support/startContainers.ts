import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './requireSystem.ts';
import type { Scenario } from './scenario.ts';

const run = promisify(execFile);

/** The image of all container tests: a static busybox, made once on this machine since none can be pulled. */
export const TINY_IMAGE = 'tektra-test/busybox:1';
const APPLETS = [
  'sh',
  'cat',
  'echo',
  'env',
  'false',
  'head',
  'httpd',
  'id',
  'ls',
  'mkdir',
  'nc',
  'nslookup',
  'sleep',
  'tail',
  'test',
  'touch',
  'true',
  'wget',
  'yes',
];

/** Calls the docker command; its standard output. */
export async function docker(...args: string[]): Promise<string> {
  const { stdout } = await run('docker', args, { timeout: 120_000 });
  return stdout.trim();
}

export async function tinyImage(): Promise<string> {
  if ((await docker('images', '--quiet', TINY_IMAGE)) !== '') return TINY_IMAGE;
  await tinyRoot(async (archive) => void (await docker('import', archive, TINY_IMAGE)));
  return TINY_IMAGE;
}

/** Makes the archive that the image is imported from. */
export async function tinyRoot(use: (archive: string) => Promise<void>): Promise<void> {
  const busybox = findProgram('busybox') ?? '/bin/busybox';
  const root = await mkdtemp(path.join(tmpdir(), 'tektra-image-'));
  const archive = `${root}.tar`;
  try {
    for (const folder of ['bin', 'etc', 'tmp', 'data']) await mkdir(path.join(root, folder));
    await copyFile(busybox, path.join(root, 'bin/busybox'));
    for (const applet of APPLETS) await symlink('busybox', path.join(root, 'bin', applet));
    await writeFile(path.join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n');
    await run('tar', ['-C', root, '-cf', archive, '.']);
    await use(archive);
  } finally {
    await rm(archive, { force: true });
    await rm(root, { recursive: true, force: true });
  }
}

export interface ContainerOptions {
  /** Options of `docker create`, such as `--memory 16m`. */
  options?: string[];
  /** What it runs: a line for its shell. */
  shell: string;
  /** Started right away; default true. */
  start?: boolean;
  /** Default: as compose names the first one of a service. */
  name?: string;
  network?: string;
  /** With an init, which hears a stop where a shell as the first process would not; default true. */
  init?: boolean;
}

/** The containers of one compose project, as compose would have made them of the scenario's workspace. */
export interface ComposeStack {
  project: string;
  /** @returns the container's name */
  add(service: string, container: ContainerOptions): Promise<string>;
  network(name: string): Promise<string>;
}

/** The engine lets go of the last containers of a large stack only a moment after it said that they are gone. */
async function removeNetworks(names: readonly string[]): Promise<void> {
  const end = Date.now() + 30_000;
  for (;;) {
    try {
      await docker('network', 'rm', '--force', ...names);
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/** Everything that is made here goes with the scenario. */
export async function composeStack(scenario: Pick<Scenario, 'workspace' | 'onDispose'>): Promise<ComposeStack> {
  const image = await tinyImage();
  const project = `tektra${randomBytes(4).toString('hex')}`;
  const label = `com.docker.compose.project=${project}`;
  scenario.onDispose(async () => {
    const ids = (await docker('ps', '--all', '--quiet', '--filter', `label=${label}`)).split('\n').filter(Boolean);
    // A few at a time: the engine loses count of a network's endpoints when many are removed at once.
    for (let at = 0; at < ids.length; at += 4) await docker('rm', '--force', '--volumes', ...ids.slice(at, at + 4));
    const networks = (await docker('network', 'ls', '--quiet', '--filter', `label=${label}`))
      .split('\n')
      .filter(Boolean);
    if (networks.length > 0) await removeNetworks(networks);
  });
  const network = async (name: string): Promise<string> => {
    const full = `${project}_${name}`;
    await docker('network', 'create', '--label', label, '--label', `com.docker.compose.network=${name}`, full);
    return full;
  };
  const standard = await network('default');
  return {
    project,
    network,
    async add(
      service,
      { options = [], shell, start = true, network: own, init = true, name = `${project}-${service}-1` },
    ) {
      await docker(
        ...['create', ...(init ? ['--init'] : []), '--name', name, '--hostname', service],
        ...['--network', own ?? standard, '--network-alias', service],
        ...['--label', label, '--label', `com.docker.compose.service=${service}`],
        ...['--label', `com.docker.compose.project.working_dir=${scenario.workspace}`],
        ...['--label', `com.docker.compose.project.config_files=${path.join(scenario.workspace, 'compose.yaml')}`],
        ...options,
        ...[image, 'sh', '-c', shell],
      );
      if (start) await docker('start', name);
      return name;
    },
  };
}

/** Waits until a container's facts satisfy, as `docker inspect --format` prints them. */
export async function untilContainer(name: string, format: string, wanted: (text: string) => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  for (;;) {
    const text = await docker('inspect', '--format', format, name);
    if (wanted(text)) return;
    if (Date.now() > end) throw new Error(`${name}: ${format} is still ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
