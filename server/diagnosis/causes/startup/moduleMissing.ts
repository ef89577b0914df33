import path from 'node:path';
import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { logEvidence, newestBy } from '../../evidence.ts';
import { defineObserver, type Observation } from '../../observer.ts';
import { type LogEntry, type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { listing } from '../../observers/workspaceFiles.ts';
import type { Systems } from '../../systems.ts';
import { readCommand } from '../../targets/commandLine.ts';

type Ecosystem = 'node' | 'python' | 'ruby' | 'go' | 'java' | 'php';

/** Group 1 is the module as the code names it. */
const MISSING: readonly (readonly [Ecosystem, RegExp])[] = [
  ['node', /Cannot find (?:module|package) '((?!\.{0,2}\/|[A-Za-z]:\\|file:)[^']+)'/],
  ['node', /Module not found: (?:Error: )?Can't resolve '((?!\.{0,2}\/)[^']+)'/],
  ['python', /(?:ModuleNotFoundError|ImportError): No module named ['"]?([\w.]+)['"]?/],
  ['python', /python[\d.]*: No module named ([\w.]+)/],
  ['ruby', /cannot load such file -- (\S+)/],
  ['ruby', /Could not find gem '([\w-]+)/],
  ['go', /no required module provides package ([\w./-]+)/],
  ['go', /cannot find package "([\w./-]+)"/],
  ['java', /(?:ClassNotFoundException|NoClassDefFoundError): ([\w./$]+)/],
  ['php', /Failed opening required '[^']*(vendor\/autoload\.php)'/],
];
const TOOL_MISSING = /(?:sh|bash): (?:\d+: |line \d+: )?([\w.@/-]+): (?:command )?not found/;

interface Suspect {
  state: ServiceState;
  entry: LogEntry | undefined;
  ecosystem: Ecosystem;
  module: string;
  /** Where it was found now, relative to the workspace or absolute; undefined when nowhere. */
  foundAt: string | undefined;
  searched: string[];
  manifest: { file: string; line: number | undefined } | undefined;
  lockFile: string | undefined;
}

const suspects = defineObserver<Suspect[]>({
  id: 'module-missing.suspects',
  label: 'modules that errors name',
  timeoutMs: 3_000,
  observe: async (run) => {
    const states = await run.use(serviceStates);
    const named = states.flatMap((state) =>
      newestBy(
        state.errors.flatMap((entry) => modulesIn(entry, state).map((found) => ({ state, entry, ...found }))),
        ({ ecosystem, module }) => `${ecosystem} ${module}`,
      ),
    );
    const looked = await Promise.all(named.map((candidate) => lookUp(run, candidate)));
    const neverInstalled = await Promise.all(
      states
        .filter((state) => !state.running && !looked.some((suspect) => suspect.state === state))
        .map((state) => emptyInstall(run, state)),
    );
    return [...looked, ...neverInstalled.flat()];
  },
});

export const moduleMissing = defineCause({
  id: 'dependency.module-missing',
  category: 'startup',
  summary: 'A module that the service imports is not installed',
  needs: { suspects },
  explains: ['process.crash-loop', 'service.down', 'network.refused', 'container.exited', 'container.restarting'],
  judge: ({ suspects: list }) => list.map(judgeSuspect),
});

function judgeSuspect({ state, entry, ecosystem, module, foundAt, searched, manifest, lockFile }: Suspect): Judgement {
  const target = state.service.name;
  const evidence: Evidence[] = [];
  if (entry) evidence.push(logEvidence(entry));
  if (manifest)
    evidence.push({
      kind: 'config',
      source: manifest.line === undefined ? manifest.file : `${manifest.file}:${manifest.line}`,
      text:
        manifest.line === undefined ? `${module} is not among the dependencies` : `${module} is among the dependencies`,
    });
  if (foundAt !== undefined) return refuted({ target, because: `${module} is installed now, at ${foundAt}`, evidence });
  evidence.push({
    kind: 'filesystem',
    source: searched[0] ?? 'module folders',
    text: `${module} is in none of: ${searched.join(', ')}`,
  });
  return proved({
    target,
    summary: entry
      ? `${target} imports ${module}, which is not installed${manifest && manifest.line === undefined ? ` and not declared in ${manifest.file}` : ''}`
      : `The dependencies of ${target} were never installed: ${module}`,
    confidence: entry ? 'proved' : 'likely',
    evidence,
    fixes: installFix(ecosystem, module, manifest, lockFile, state),
  });
}

function modulesIn({ record }: LogEntry, state: ServiceState): { ecosystem: Ecosystem; module: string }[] {
  const found: { ecosystem: Ecosystem; module: string }[] = [];
  for (const [ecosystem, pattern] of MISSING) {
    const module = pattern.exec(record.text)?.[1];
    if (module !== undefined) found.push({ ecosystem, module: ecosystem === 'node' ? packageOf(module) : module });
  }
  const tool = TOOL_MISSING.exec(record.text)?.[1];
  if (tool !== undefined && !tool.includes('/') && state.service.command?.at.file.endsWith('package.json'))
    found.push({ ecosystem: 'node', module: `.bin/${tool}` });
  return found.slice(0, 2);
}

/** `lodash/get` → `lodash`, `@scope/pkg/x` → `@scope/pkg`. */
function packageOf(module: string): string {
  return module
    .split('/')
    .slice(0, module.startsWith('@') ? 2 : 1)
    .join('/');
}

async function lookUp(
  run: Observation,
  candidate: Pick<Suspect, 'state' | 'ecosystem' | 'module'> & { entry: LogEntry },
): Promise<Suspect> {
  const { state, ecosystem, module } = candidate;
  const folder = path.join(run.workspace, state.service.folder);
  const manifest = await manifestOf(run, state, ecosystem, module);
  const places =
    ecosystem === 'node'
      ? nodePlaces(folder, module, candidate.entry.record.text)
      : ecosystem === 'python'
        ? await pythonPlaces(run.systems, folder, module)
        : ecosystem === 'php'
          ? [path.join(folder, module)]
          : [];
  const states = await Promise.all(
    places.map(async (place) => ({ place, found: (await run.systems.files.state(place)).kind !== 'absent' })),
  );
  const foundAt = states.find(({ found }) => found)?.place;
  const relative = (place: string): string =>
    place.startsWith(`${run.workspace}/`) ? place.slice(run.workspace.length + 1) : place;
  const searched = [...new Set(places.map((place) => relative(path.dirname(place))))].slice(0, 4);
  return {
    ...candidate,
    foundAt: foundAt === undefined ? undefined : relative(foundAt),
    searched: searched.length > 0 ? searched : ['the installed modules'],
    manifest,
    lockFile: await lockFileOf(run, state),
  };
}

/** The folders that Node walks up through, from the file that imports. */
function nodePlaces(folder: string, module: string, text: string): string[] {
  const importer = /(?:imported from|Require stack:\n- )\s*(?:file:\/\/)?(\/[^\s]+)/.exec(text)?.[1];
  const places: string[] = [];
  for (let at = importer ? path.dirname(importer) : folder; ; at = path.dirname(at)) {
    if (path.basename(at) !== 'node_modules') places.push(path.join(at, 'node_modules', module));
    if (at === path.dirname(at)) return places;
  }
}

/** Virtual environments of the folder, else the system's own packages: a module, a package or a compiled extension. */
async function pythonPlaces(systems: Systems, folder: string, module: string): Promise<string[]> {
  const top = module.split('.')[0] as string;
  const roots: string[] = [];
  for (const name of ['.venv', 'venv', 'env']) {
    for (const minor of [9, 10, 11, 12, 13, 14, 15]) {
      const site = path.join(folder, name, 'lib', `python3.${minor}`, 'site-packages');
      if ((await systems.files.state(site)).kind === 'folder') roots.push(site);
    }
  }
  if (roots.length === 0) {
    roots.push(
      '/usr/lib/python3/dist-packages',
      '/usr/local/lib/python3/dist-packages',
      ...[9, 10, 11, 12, 13, 14].flatMap((minor) => [
        `/usr/local/lib/python3.${minor}/dist-packages`,
        `/usr/local/lib/python3.${minor}/site-packages`,
        `/usr/lib/python3.${minor}`,
      ]),
    );
  }
  const own = [path.join(folder, ...module.split('.')), `${path.join(folder, ...module.split('.'))}.py`];
  return [...own, ...roots.flatMap((root) => [path.join(root, top), path.join(root, `${top}.py`)])];
}

async function manifestOf(
  run: Observation,
  state: ServiceState,
  ecosystem: Ecosystem,
  module: string,
): Promise<Suspect['manifest']> {
  const names = {
    node: ['package.json'],
    python: ['pyproject.toml', 'requirements.txt', 'Pipfile', 'setup.cfg'],
    ruby: ['Gemfile'],
    go: ['go.mod'],
    java: ['pom.xml', 'build.gradle'],
    php: ['composer.json'],
  }[ecosystem];
  const { files } = await run.use(listing);
  let first: Suspect['manifest'];
  for (const folder of new Set([state.service.folder, ''])) {
    for (const name of names) {
      const file = path.posix.join(folder, name);
      if (!files.includes(file)) continue;
      const lines = (
        (await run.systems.files.readText(path.join(run.workspace, file), { signal: run.signal })) ?? ''
      ).split(/\r?\n/);
      const wanted = module
        .replace(/^\.bin\//, '')
        .split('.')[0]
        ?.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
        .replace(/[_-]/g, '[_-]');
      const line = lines.findIndex((text) =>
        new RegExp(String.raw`(?:^|["'\s])${wanted}(?:["'\s=<>~!;[,]|$)`, 'i').test(text),
      );
      if (line >= 0) return { file, line: line + 1 };
      first ??= { file, line: undefined };
    }
  }
  return first;
}

async function lockFileOf(run: Observation, state: ServiceState): Promise<string | undefined> {
  const { files } = await run.use(listing);
  return [
    'package-lock.json',
    'pnpm-lock.yaml',
    'yarn.lock',
    'bun.lock',
    'poetry.lock',
    'uv.lock',
    'Pipfile.lock',
    'Gemfile.lock',
    'go.sum',
    'composer.lock',
  ]
    .map((name) => path.posix.join(state.service.folder, name))
    .find((file) => files.includes(file));
}

/** A package with dependencies but no node_modules anywhere above: nothing that imports can start. */
async function emptyInstall(run: Observation, state: ServiceState): Promise<Suspect[]> {
  const { service } = state;
  const at = service.command?.at.file;
  if (!at?.endsWith('package.json') || service.compose || readCommand(service.command?.text ?? '').argv.length === 0)
    return [];
  const folder = path.join(run.workspace, service.folder);
  const text = await run.systems.files.readText(path.join(run.workspace, at), { signal: run.signal });
  const dependencies = Object.keys(
    (JSON.parse(text ?? '{}') as { dependencies?: Record<string, string> }).dependencies ?? {},
  );
  const { files } = await run.use(listing);
  if (dependencies.length === 0 || files.some((file) => /(?:^|\/)\.pnp\.c?js$|(?:^|\/)Dockerfile$/.test(file)))
    return [];
  const places = nodePlaces(folder, '', '').map((place) => place.replace(/\/$/, ''));
  if (
    (await Promise.all(places.map((place) => run.systems.files.state(place)))).some((found) => found.kind === 'folder')
  )
    return [];
  return [
    {
      state,
      entry: undefined,
      ecosystem: 'node',
      module: dependencies.slice(0, 4).join(', '),
      foundAt: undefined,
      searched: [path.posix.join(service.folder, 'node_modules')],
      manifest: { file: at, line: 1 },
      lockFile: await lockFileOf(run, state),
    },
  ];
}

function installFix(
  ecosystem: Ecosystem,
  module: string,
  manifest: Suspect['manifest'],
  lockFile: string | undefined,
  state: ServiceState,
): Fix[] {
  const lock = path.posix.basename(lockFile ?? '');
  const declared = manifest?.line !== undefined;
  const node = lock === 'pnpm-lock.yaml' ? 'pnpm' : lock === 'yarn.lock' ? 'yarn' : lock === 'bun.lock' ? 'bun' : 'npm';
  const python =
    lock === 'poetry.lock'
      ? ['poetry', 'install']
      : lock === 'uv.lock'
        ? ['uv', 'sync']
        : manifest?.file.endsWith('requirements.txt')
          ? ['python3', '-m', 'pip', 'install', '-r', path.posix.basename(manifest.file)]
          : ['python3', '-m', 'pip', 'install', '.'];
  const argv: Readonly<Record<Ecosystem, string[]>> = {
    node:
      declared || module.startsWith('.bin/')
        ? node === 'npm' && lock !== ''
          ? ['npm', 'ci']
          : [node, 'install']
        : [node, node === 'npm' ? 'install' : 'add', module],
    python: declared ? python : ['python3', '-m', 'pip', 'install', module.split('.')[0] as string],
    ruby: ['bundle', 'install'],
    go: ['go', 'mod', 'download'],
    java: manifest?.file.endsWith('build.gradle') ? ['gradle', 'build'] : ['mvn', 'package'],
    php: ['composer', 'install'],
  };
  const command = argv[ecosystem];
  return [
    {
      title: `Run ${command.join(' ')}`,
      risk: 'execute',
      changes: [{ kind: 'command', argv: command, cwd: state.service.folder === '' ? '.' : state.service.folder }],
      undo: false,
      verify: `Start ${state.service.name}: it no longer fails to import ${module}.`,
    },
  ];
}
