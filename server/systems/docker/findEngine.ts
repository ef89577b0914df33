import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import * as z from 'zod';

/** Where an engine may listen, and what said so. */
export type EngineAddress =
  | { kind: 'socket'; path: string; from: string }
  | { kind: 'tcp'; host: string; port: number; from: string }
  /** ssh, or TLS with client certificates: not asked. */
  | { kind: 'unsupported'; url: string; from: string };

const Config = z.object({ currentContext: z.string().optional() });
const Context = z.object({
  Endpoints: z.object({ docker: z.object({ Host: z.string().optional() }).optional() }).optional(),
});

/**
 * Engines in the order in which the docker command would choose: DOCKER_HOST, the context, then the usual sockets.
 * What the user chose is the only answer; of the usual sockets those that exist.
 */
export async function findEngines(environment: Readonly<Record<string, string | undefined>>): Promise<EngineAddress[]> {
  const host = environment.DOCKER_HOST;
  if (host !== undefined && host !== '') return [parse(host, 'DOCKER_HOST')];
  const home = environment.HOME ?? homedir();
  const folder = environment.DOCKER_CONFIG ?? path.join(home, '.docker');
  const context = environment.DOCKER_CONTEXT ?? (await json(path.join(folder, 'config.json'), Config))?.currentContext;
  if (context !== undefined && context !== '' && context !== 'default') {
    // The folder of a context is named by the hash of its name.
    const hash = createHash('sha256').update(context).digest('hex');
    const meta = await json(path.join(folder, 'contexts/meta', hash, 'meta.json'), Context);
    const chosen = meta?.Endpoints?.docker?.Host;
    if (chosen !== undefined) return [parse(chosen, `the docker context ${context}`)];
  }
  const runtime = environment.XDG_RUNTIME_DIR;
  const usual = [
    '/var/run/docker.sock',
    ...(runtime === undefined ? [] : [path.join(runtime, 'docker.sock')]),
    path.join(home, '.docker/run/docker.sock'),
    path.join(home, '.docker/desktop/docker.sock'),
    path.join(home, '.colima/default/docker.sock'),
    path.join(home, '.rd/docker.sock'),
    ...(runtime === undefined ? [] : [path.join(runtime, 'podman/podman.sock')]),
    '/run/podman/podman.sock',
  ];
  const found = await Promise.all(
    usual.map(async (socket) =>
      access(socket).then(
        () => [{ kind: 'socket' as const, path: socket, from: 'the usual place' }],
        () => [],
      ),
    ),
  );
  if (process.platform === 'win32')
    return [{ kind: 'socket', path: '\\\\.\\pipe\\docker_engine', from: 'the usual place' }];
  return found.flat();
}

function parse(url: string, from: string): EngineAddress {
  if (url.startsWith('unix://')) return { kind: 'socket', path: url.slice('unix://'.length), from };
  if (url.startsWith('npipe://'))
    return { kind: 'socket', path: url.slice('npipe://'.length).replaceAll('/', '\\'), from };
  const tcp = /^(?:tcp|http):\/\/([^:/]+)(?::(\d+))?\/?$/.exec(url);
  if (tcp?.[1]) return { kind: 'tcp', host: tcp[1], port: Number(tcp[2] ?? 2375), from };
  return { kind: 'unsupported', url: url.replace(/\/\/[^@/]*@/, '//'), from };
}

async function json<T>(file: string, shape: z.ZodType<T>): Promise<T | undefined> {
  try {
    return shape.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch (error) {
    // Not there, not readable, not JSON: the docker command would go on with its default, too.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code !== undefined) return undefined;
    throw error;
  }
}
