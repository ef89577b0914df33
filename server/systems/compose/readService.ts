import path from 'node:path';
import type { ComposeMount, ComposeProblem, ComposeService } from './compose.ts';
import { folderOf } from './composePaths.ts';
import { type ComposeMap, type ComposeNode, isNull, isTrue, itemsOf, textOf, valueAt } from './composeTree.ts';
import { type ResolvePath, readMount } from './readMount.ts';
import { readPorts } from './readPorts.ts';

const SHAPES: Readonly<Record<string, ComposeNode['kind'][]>> = {
  image: ['scalar'],
  build: ['map'],
  command: ['scalar', 'list'],
  environment: ['map'],
  env_file: ['list'],
  ports: ['list'],
  volumes: ['list'],
  depends_on: ['map'],
  restart: ['scalar'],
  profiles: ['list'],
  healthcheck: ['map'],
};
const SHAPE_NAMES: Readonly<Record<ComposeNode['kind'], string>> = {
  scalar: 'a text',
  list: 'a list',
  map: 'a mapping',
};

/** One service of a resolved project; wrong shapes become problems and are left out. `node` is normalized and merged. */
/** How many more ports of a project are taken: few words unfold to all that there are. */
export interface PortBudget {
  left: number;
}

export function readService(
  name: string,
  node: ComposeMap,
  resolvePath: ResolvePath,
  problems: ComposeProblem[],
  budget: PortBudget,
): ComposeService {
  const value = (key: string): ComposeNode | undefined => {
    const found = valueAt(node, key);
    const shapes = SHAPES[key] ?? [];
    if (found === undefined || isNull(found)) return undefined;
    if (shapes.includes(found.kind)) return found;
    const wanted = shapes.map((shape) => SHAPE_NAMES[shape]).join(' or ');
    problems.push({ message: `services.${name}.${key} must be ${wanted}`, at: found.at });
    return undefined;
  };
  return {
    name,
    at: node.at,
    image: textOf(value('image')),
    build: readBuild(value('build'), node, resolvePath),
    command: readCommand(value('command')),
    environment: entriesOf(value('environment')).map(([variable, entry]) => ({
      name: variable,
      value: textOf(entry.value),
      at: entry.keyAt,
    })),
    envFiles: readEnvFiles(value('env_file'), resolvePath),
    ports: uniquePorts(readAllPorts(value('ports'), problems, budget)),
    mounts: readMounts(node, value('volumes'), resolvePath),
    dependsOn: entriesOf(value('depends_on')).map(([service, entry]) => ({
      service,
      condition: textOf(valueAt(entry.value, 'condition')) ?? 'service_started',
      at: entry.keyAt,
    })),
    restart: textOf(value('restart')),
    profiles: itemsOf(value('profiles')).flatMap((item) => textOf(item) ?? []),
    healthcheck: hasHealthcheck(value('healthcheck')),
    memoryLimit: readLimit(node, 'mem_limit', 'memory'),
    cpuLimit: readLimit(node, 'cpus', 'cpus'),
    hostAccess: readHostAccess(node),
    networks: networksOf(valueAt(node, 'networks')),
  };
}

function entriesOf(node: ComposeNode | undefined): [string, { keyAt: ComposeService['at']; value: ComposeNode }][] {
  return node?.kind === 'map' ? [...node.entries] : [];
}

/** The context is given relative to the folder of the file that declares the service, whichever file it was written in. */
function readBuild(
  node: ComposeNode | undefined,
  service: ComposeMap,
  resolvePath: ResolvePath,
): ComposeService['build'] {
  if (node === undefined) return undefined;
  const context = valueAt(node, 'context');
  const written = textOf(context) ?? '.';
  const dockerfile = textOf(valueAt(node, 'dockerfile'));
  // A Git or HTTP context is no folder.
  if (/^(?:\w+:\/\/|git@|github\.com\/)/.test(written)) return { context: written, dockerfile };
  const resolved = resolvePath(written, context?.base ?? node.base);
  if (path.isAbsolute(resolved)) return { context: resolved, dockerfile };
  return { context: path.posix.relative(folderOf(service.at.file), resolved) || '.', dockerfile };
}

function readCommand(node: ComposeNode | undefined): ComposeService['command'] {
  if (node?.kind === 'list') return node.items.flatMap((item) => textOf(item) ?? []);
  return textOf(node);
}

function readEnvFiles(node: ComposeNode | undefined, resolvePath: ResolvePath): ComposeService['envFiles'] {
  return itemsOf(node).flatMap((item) => {
    const written = textOf(item) ?? textOf(valueAt(item, 'path'));
    if (written === undefined || written === '') return [];
    const required = !/^(?:false|no|off)$/i.test(textOf(valueAt(item, 'required')) ?? '');
    return [{ path: resolvePath(written, item.base), required, at: item.at }];
  });
}

function readAllPorts(
  node: ComposeNode | undefined,
  problems: ComposeProblem[],
  budget: PortBudget,
): ComposeService['ports'] {
  const ports: ComposeService['ports'] = [];
  for (const item of itemsOf(node)) {
    if (budget.left <= 0) break;
    const read = readPorts(item, problems).slice(0, budget.left);
    budget.left -= read.length;
    for (const port of read) ports.push(port);
  }
  return ports;
}

function uniquePorts(ports: ComposeService['ports']): ComposeService['ports'] {
  const byMapping = new Map(
    ports.map((port) => [`${port.hostAddress ?? ''} ${port.published ?? ''} ${port.target} ${port.protocol}`, port]),
  );
  return [...byMapping.values()];
}

/** Volumes and tmpfs; of two at one target the later wins, as when files are merged. */
function readMounts(service: ComposeMap, volumes: ComposeNode | undefined, resolvePath: ResolvePath): ComposeMount[] {
  const mounts = itemsOf(volumes).flatMap((item) => readMount(item, resolvePath) ?? []);
  for (const item of itemsOf(valueAt(service, 'tmpfs'))) {
    const target = textOf(item)?.split(':', 1)[0];
    if (target) mounts.push({ kind: 'tmpfs', source: undefined, target, readOnly: false, at: item.at });
  }
  return [...new Map(mounts.map((mount) => [mount.target, mount])).values()];
}

/** The service's own key, or that of its deployment's limits. */
function readLimit(node: ComposeMap, own: string, limit: string): ComposeService['memoryLimit'] {
  const limits = valueAt(valueAt(valueAt(node, 'deploy'), 'resources'), 'limits');
  const found = valueAt(node, own) ?? valueAt(limits, limit);
  const text = textOf(found);
  return found === undefined || text === undefined ? undefined : { text, at: found.at };
}

function readHostAccess(node: ComposeMap): ComposeService['hostAccess'] {
  const wanted = { privileged: 'true', network_mode: 'host', pid: 'host' };
  return Object.entries(wanted).flatMap(([key, opening]) => {
    const found = valueAt(node, key);
    return found !== undefined && textOf(found) === opening ? [{ text: `${key}: ${opening}`, at: found.at }] : [];
  });
}

function networksOf(node: ComposeNode | undefined): string[] {
  if (node?.kind === 'map') return [...node.entries.keys()];
  return itemsOf(node).flatMap((item) => textOf(item) ?? []);
}

function hasHealthcheck(node: ComposeNode | undefined): boolean {
  if (node === undefined || isTrue(valueAt(node, 'disable'))) return false;
  const [first] = itemsOf(valueAt(node, 'test'));
  return first !== undefined && textOf(first) !== 'NONE';
}
