import path from 'node:path';
import type { ComposeProject, ComposeService, SourceLine } from '../../systems/compose/compose.ts';
import { readCommand } from './commandLine.ts';

/** A service before its environment, ports and dependencies are known. */
export interface ServiceSeed {
  name: string;
  folder: string;
  command: { text: string; at: SourceLine } | undefined;
  compose: ComposeService | undefined;
  aliases: string[];
  at: SourceLine;
}

export interface WorkspaceFiles {
  files: readonly string[];
  read(file: string): Promise<string | undefined>;
}

/** Scripts that run a service, best first; the first one present is taken, the others are variants of it. */
const START_SCRIPTS = ['start', 'serve', 'server', 'dev', 'develop', 'start:dev'];
/** Scripts that run a second service beside it. */
const SIDE_SCRIPTS =
  /^(?:worker|jobs|queue|scheduler|cron|consumer|bot)(?::\w+)?$|^start:(?:worker|jobs|queue|scheduler|api|web|server|bot)$/;
const ENTRY_FILES = [
  'server.js',
  'app.js',
  'index.js',
  'main.js',
  'src/server.js',
  'src/index.js',
  'src/main.js',
  'app.py',
  'main.py',
  'server.py',
  'wsgi.py',
  'run.py',
  'src/main.py',
  'main.go',
  'cmd/server/main.go',
  'config.ru',
  'app.rb',
  'server.rb',
  'public/index.php',
  'src/main.rs',
];
/** Images that are a database, a cache or another ready-made part rather than the user's own program. */
export const INFRASTRUCTURE_IMAGE =
  /(?:^|\/)(?:postgres|postgis|timescaledb|pgvector|mysql|mariadb|mongo|redis|valkey|keydb|dragonfly|memcached|rabbitmq|nats|kafka|zookeeper|elasticsearch|opensearch|minio|mailhog|mailpit|localstack|nginx|traefik|caddy|haproxy|envoy|prometheus|grafana|adminer|pgadmin4?|jaeger\S*|otel\S*)(?::|@|$)/i;

/** The programs of a workspace that are meant to run, from package scripts, Procfiles, compose builds and well-known entry files. */
export async function discoverServices(
  workspace: WorkspaceFiles,
  workspaceName: string,
  projects: readonly ComposeProject[],
): Promise<ServiceSeed[]> {
  const seeds: ServiceSeed[] = [];
  // Manifests first, whatever the alphabet says: a Procfile's `npm start` is a script that they name.
  for (const file of workspace.files)
    if (path.posix.basename(file) === 'package.json')
      seeds.push(...(await fromPackage(workspace, file, workspaceName)));
  for (const file of workspace.files)
    if (/(?:^|\/)Procfile(?:\.dev)?$/.test(file)) mergeInto(seeds, await fromProcfile(workspace, file));
  mergeCompose(seeds, projects);
  if (seeds.length === 0) seeds.push(...(await fromEntryFile(workspace, workspaceName)));
  return withUniqueNames(seeds);
}

function folderOf(file: string): string {
  const folder = path.posix.dirname(file);
  return folder === '.' ? '' : folder;
}

function lineOf(text: string, pattern: RegExp): number {
  return Math.max(text.split(/\r?\n/).findIndex((line) => pattern.test(line)) + 1, 1);
}

async function fromPackage(workspace: WorkspaceFiles, file: string, workspaceName: string): Promise<ServiceSeed[]> {
  const text = await workspace.read(file);
  if (text === undefined) return [];
  let manifest: { name?: unknown; scripts?: unknown };
  try {
    manifest = JSON.parse(text) as typeof manifest;
  } catch (error) {
    // A manifest that is no JSON names no script; npm itself refuses it, which its own output then shows.
    if (error instanceof SyntaxError) return [];
    throw error;
  }
  const scripts =
    typeof manifest.scripts === 'object' && manifest.scripts !== null
      ? (manifest.scripts as Record<string, unknown>)
      : {};
  const folder = folderOf(file);
  const packageName =
    typeof manifest.name === 'string' && manifest.name !== ''
      ? manifest.name
      : folder === ''
        ? workspaceName
        : path.posix.basename(folder);
  const main = START_SCRIPTS.find((name) => typeof scripts[name] === 'string');
  const chosen = [
    ...(main === undefined ? [] : [main]),
    ...Object.keys(scripts).filter((name) => SIDE_SCRIPTS.test(name) && typeof scripts[name] === 'string'),
  ];
  return chosen.map((script) => {
    const at = { file, line: lineOf(text, new RegExp(`"${script}"\\s*:`)) };
    const name = script === main ? packageName : (script.split(':').at(-1) ?? script);
    return {
      name,
      folder,
      command: { text: resolveScript(scripts, script), at },
      compose: undefined,
      aliases: [packageName, path.posix.basename(folder), script],
      at,
    };
  });
}

/** `npm run serve` inside a script stands for that script. */
function resolveScript(scripts: Readonly<Record<string, unknown>>, name: string, depth = 0): string {
  const text = String(scripts[name]);
  const inner = /(?:^|&&\s*)(?:npm(?: run)?|yarn(?: run)?|pnpm(?: run)?|node --run|bun run)\s+([\w:-]+)\s*$/.exec(
    text,
  )?.[1];
  return inner !== undefined && inner !== name && typeof scripts[inner] === 'string' && depth < 4
    ? resolveScript(scripts, inner, depth + 1)
    : text;
}

async function fromProcfile(workspace: WorkspaceFiles, file: string): Promise<ServiceSeed[]> {
  const text = (await workspace.read(file)) ?? '';
  return text.split(/\r?\n/).flatMap((line, index) => {
    const match = /^([A-Za-z][\w-]*):\s*(.+)$/.exec(line);
    if (!match?.[1] || !match[2] || match[1] === 'release') return [];
    const at = { file, line: index + 1 };
    return [
      {
        name: match[1],
        folder: folderOf(file),
        command: { text: match[2], at },
        compose: undefined,
        aliases: [match[1]],
        at,
      },
    ];
  });
}

/** A Procfile line that runs what a package script already runs is the same service. */
function mergeInto(seeds: ServiceSeed[], more: readonly ServiceSeed[]): void {
  for (const seed of more) {
    const entry = seed.command ? readCommand(seed.command.text).entry : undefined;
    const script = /^(?:npm|yarn|pnpm)(?: run)?\s+([\w:-]+)$/.exec(seed.command?.text ?? '')?.[1];
    const same = seeds.find(
      (other) =>
        other.folder === seed.folder &&
        (script !== undefined
          ? other.aliases.includes(script)
          : entry !== undefined && other.command !== undefined && readCommand(other.command.text).entry === entry),
    );
    if (same) same.aliases.push(seed.name);
    else seeds.push(seed);
  }
}

/** A compose service built from a folder is the service of that folder; one of a foreign image without a build is not the user's program. */
function mergeCompose(seeds: ServiceSeed[], projects: readonly ComposeProject[]): void {
  for (const service of projects.flatMap((project) => project.services)) {
    if (!service.build && service.image !== undefined && INFRASTRUCTURE_IMAGE.test(service.image)) continue;
    const projectFolder = folderOf(service.at.file);
    const context = service.build
      ? path.posix.normalize(path.posix.join(projectFolder, service.build.context)).replace(/^\.$|\/$/g, '')
      : projectFolder;
    const inFolder = seeds.filter((seed) => seed.folder === context && !seed.compose);
    const same =
      inFolder.find((seed) => seed.name === service.name || seed.aliases.includes(service.name)) ??
      (service.build && inFolder.length === 1 ? inFolder[0] : undefined);
    if (same) {
      same.aliases.push(same.name);
      same.name = service.name;
      same.compose = service;
      same.at = service.at;
    } else {
      const command =
        service.command === undefined
          ? undefined
          : { text: Array.isArray(service.command) ? service.command.join(' ') : service.command, at: service.at };
      seeds.push({
        name: service.name,
        folder: context,
        command,
        compose: service,
        aliases: [service.name],
        at: service.at,
      });
    }
  }
}

/** A folder with no declared start: its well-known entry file, or the program of its Dockerfile. */
async function fromEntryFile(workspace: WorkspaceFiles, workspaceName: string): Promise<ServiceSeed[]> {
  const dockerfile = workspace.files.find((file) => path.posix.basename(file) === 'Dockerfile' && !file.includes('/'));
  if (dockerfile) {
    const text = (await workspace.read(dockerfile)) ?? '';
    const line = lineOf(text, /^\s*(?:CMD|ENTRYPOINT)\b/);
    const words = /^\s*(?:CMD|ENTRYPOINT)\s+(.*)$/m.exec(text)?.[1];
    if (words !== undefined) {
      const command = words.startsWith('[')
        ? words
            .replace(/^\[|\]\s*$/g, '')
            .replace(/",\s*"/g, ' ')
            .replace(/"/g, '')
        : words;
      return [
        {
          name: workspaceName,
          folder: '',
          command: { text: command, at: { file: dockerfile, line } },
          compose: undefined,
          aliases: [workspaceName],
          at: { file: dockerfile, line },
        },
      ];
    }
  }
  if (workspace.files.includes('manage.py')) {
    return [
      {
        name: workspaceName,
        folder: '',
        command: { text: 'python manage.py runserver', at: { file: 'manage.py', line: 1 } },
        compose: undefined,
        aliases: [workspaceName],
        at: { file: 'manage.py', line: 1 },
      },
    ];
  }
  const entry = ENTRY_FILES.find((file) => workspace.files.includes(file));
  if (entry === undefined) return [];
  const interpreter = entry.endsWith('.py')
    ? 'python3 '
    : entry.endsWith('.js')
      ? 'node '
      : entry.endsWith('.rb')
        ? 'ruby '
        : entry.endsWith('.go')
          ? 'go run '
          : '';
  const at = { file: entry, line: 1 };
  return [
    {
      name: await projectName(workspace, workspaceName),
      folder: '',
      command: { text: `${interpreter}${entry}`, at },
      compose: undefined,
      aliases: [workspaceName],
      at,
    },
  ];
}

async function projectName(workspace: WorkspaceFiles, workspaceName: string): Promise<string> {
  const pyproject = workspace.files.includes('pyproject.toml') ? await workspace.read('pyproject.toml') : undefined;
  const module = workspace.files.includes('go.mod') ? await workspace.read('go.mod') : undefined;
  return (
    /^\s*name\s*=\s*["']([\w.-]+)["']/m.exec(pyproject ?? '')?.[1] ??
    /^module\s+\S*?([\w.-]+)\s*$/m.exec(module ?? '')?.[1] ??
    workspaceName
  );
}

function withUniqueNames(seeds: readonly ServiceSeed[]): ServiceSeed[] {
  const taken = new Set<string>();
  return seeds.map((seed) => {
    let name = seed.name;
    if (taken.has(name) && seed.folder !== '') name = seed.folder;
    for (let n = 2; taken.has(name); n++) name = `${seed.name}-${n}`;
    taken.add(name);
    return { ...seed, name, aliases: [...new Set(seed.aliases.filter((alias) => alias !== '' && alias !== name))] };
  });
}
