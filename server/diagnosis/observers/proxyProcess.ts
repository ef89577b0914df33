import path from 'node:path';
import type { Listener } from '../../systems/network/network.ts';
import type { NginxConfig } from '../../systems/nginx/nginx.ts';
import type { ProcessFacts } from '../../systems/process/processes.ts';

/** The master process of nginx that runs with this configuration; nginx shows its arguments in its title. */
export function proxyProcess(
  config: NginxConfig,
  workspace: string,
  processes: readonly ProcessFacts[],
  sockets: readonly Listener[],
): ProcessFacts | undefined {
  const nginx = processes.filter(
    ({ name, argv, state }) => state !== 'Z' && (name === 'nginx' || /^nginx: /.test(argv[0] ?? '')),
  );
  const pids = new Set(nginx.map(({ pid }) => pid));
  const masters = nginx.filter(({ ppid, argv }) => !pids.has(ppid) && !/^nginx: worker/.test(argv[0] ?? ''));
  const file = path.join(workspace, config.file);
  const named = masters.find((master) => configOf(master) === file || titleOf(master).includes(` ${file}`));
  if (named) return named;
  // Without an argument it runs with the machine's own configuration, which may include this file by a link.
  const ports = new Set(config.servers.flatMap((server) => server.listens.map(({ port }) => port)));
  return masters.find(
    (master) =>
      configOf(master) === undefined &&
      prefixOf(master) === undefined &&
      sockets.some(({ pid, port }) => pid === master.pid && ports.has(port)),
  );
}

/** The folder that relative logs begin in, when `-p` names one. */
export function prefixOf(master: ProcessFacts): string | undefined {
  const prefix = option(master, 'p');
  return prefix === undefined ? undefined : path.resolve(master.cwd ?? '/', prefix);
}

function configOf(master: ProcessFacts): string | undefined {
  const prefix = prefixOf(master);
  const file = option(master, 'c') ?? (prefix === undefined ? undefined : 'conf/nginx.conf');
  return file === undefined ? undefined : path.resolve(prefix ?? master.cwd ?? '/', file);
}

function option(master: ProcessFacts, letter: string): string | undefined {
  return new RegExp(String.raw`\s-${letter}\s*([^\s-]\S*)`).exec(titleOf(master))?.[1];
}

function titleOf({ argv }: ProcessFacts): string {
  return argv.join(' ');
}

/** The arguments with which another nginx finds the same one; undefined where they cannot be told from the title. */
export function nginxOptions(master: ProcessFacts): string[] | undefined {
  if (/\s-g\s.*\bpid\b/.test(titleOf(master))) return undefined;
  const prefix = prefixOf(master);
  const file = option(master, 'c');
  const config = file === undefined ? undefined : path.resolve(prefix ?? master.cwd ?? '/', file);
  return [...(prefix === undefined ? [] : ['-p', `${prefix}/`]), ...(config === undefined ? [] : ['-c', config])];
}
