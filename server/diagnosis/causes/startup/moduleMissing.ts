import path from 'node:path';
import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { codeEvidence, failingCode, logEvidence, newestBy } from '../../evidence.ts';
import { defineObserver, type Observation } from '../../observer.ts';
import { type LogEntry, type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { listing, sourceFacts } from '../../observers/workspaceFiles.ts';
import { LOCK_FILES, lacksPackage } from '../../source/lockfile.ts';
import { isPackageTool } from '../../source/packageTool.ts';
import { distributionOf, ownPythonFile } from '../../source/pythonModule.ts';
import type { Systems } from '../../systems.ts';

type Ecosystem = 'node' | 'python' | 'ruby' | 'go' | 'java' | 'php' | 'perl' | 'rust';

/** Group 1 is the module as the code names it. */
const MISSING: readonly (readonly [Ecosystem, RegExp])[] = [
  ['node', /Cannot find (?:module|package) '((?!\.{0,2}\/|[A-Za-z]:\\|file:)[^']+)'/],
  ['node', /Module not found: (?:Error: )?Can't resolve '((?!\.{0,2}\/)[^']+)'/],
  ['python', /(?:ModuleNotFoundError|ImportError): No module named ['"]?([\w.]+)['"]?/],
  [
    'python',
    /python[\d.]*: (?:Error while finding module specification for '[\w.]+' \(\w+: )?No module named ['"]?([\w.]+)/,
  ],
  ['ruby', /cannot load such file -- (\S+)/],
  ['ruby', /Could not find gem '([\w-]+)/],
  ['go', /no required module provides package ([\w./-]+)/],
  ['go', /cannot find package "([\w./-]+)"/],
  ['java', /(?:ClassNotFoundException|NoClassDefFoundError): ([\w./$]+)/],
  // Perl: `Can't locate Foo/Bar.pm in @INC (you may need to install the Foo::Bar module)`
  ['perl', /you may need to install the ([\w:]+) module/],
  ['rust', /(?:can't find crate for|unresolved (?:import|module)) `([\w:]+)`/],
  ['php', /Failed opening required '[^']*(vendor\/autoload\.php)'/],
];
const TOOL_MISSING = /(?:sh|bash): (?:\d+: |line \d+: )?([\w.@-]+): (?:command )?not found/;
/** A module that lay there before the crash was not seen by the program: clocks of file systems and logs agree to this. */
const SLACK_MS = 2_000;

interface Suspect {
  state: ServiceState;
  entry: LogEntry;
  code: { file: string; line: number; text: string } | undefined;
  ecosystem: Ecosystem;
  module: string;
  /** Where it was found now, relative to the workspace or absolute; undefined when nowhere. */
  foundAt: string | undefined;
  /** It was there when the program failed, in a place that the program does not look at. */
  unseenAt: string | undefined;
  searched: string[];
  manifest: { file: string; line: number | undefined } | undefined;
  lockFile: string | undefined;
  /** The manifest names the module, and the lockfile does not: it was not brought up to date. */
  drifted: boolean;
}

const suspects = defineObserver<Suspect[]>({
  id: 'module-missing.suspects',
  label: 'modules that errors name',
  timeoutMs: 3_000,
  observe: async (run) => {
    const [states, { files }, source] = await Promise.all([
      run.use(serviceStates),
      run.use(listing),
      run.use(sourceFacts),
    ]);
    const named = states.flatMap((state) =>
      newestBy(
        state.errors.flatMap((entry) =>
          modulesIn(entry, state)
            .filter(
              ({ ecosystem, module }) =>
                ecosystem !== 'python' || ownPythonFile(module, state.service.folder, files) === undefined,
            )
            .map((found) => ({ state, entry, code: failingCode(entry, source), ...found })),
        ),
        ({ ecosystem, module }) => `${ecosystem} ${module}`,
      ),
    );
    const looked = await Promise.all(named.map((candidate) => lookUp(run, candidate)));
    return looked;
  },
});

/** Packages that were never installed, of services that were never started: they would fail. */
const neverInstalled = defineObserver<{ state: ServiceState; dependencies: string[]; manager: string }[]>({
  id: 'module-missing.never-installed',
  label: 'installed packages',
  timeoutMs: 1_500,
  observe: async (run) => {
    const states = (await run.use(serviceStates)).filter((state) => !state.running && !state.everStarted);
    return (await Promise.all(states.map((state) => emptyInstall(run, state)))).flat();
  },
});

export const moduleMissing = defineCause({
  id: 'dependency.module-missing',
  category: 'startup',
  summary: 'A module that the service imports is not installed',
  advice: {
    sure: "The service's own error names the module, and no such module is installed where it looks.",
    first: 'Install the dependencies of the project as its lockfile says.',
    verify: 'The service starts; its log no longer names the module.',
  },
  needs: { suspects, neverInstalled },
  explains: ['process.crash-loop', 'service.down', 'network.refused', 'container.exited', 'container.restarting'],
  judge: ({ suspects: list, neverInstalled: bare }) => [
    ...list.map(judgeSuspect),
    ...bare.map(({ state, dependencies, manager }) =>
      unknown({
        target: state.service.name,
        because: `the dependencies of ${state.service.name} were never installed (${dependencies.slice(0, 4).join(', ')}), and it was not started yet`,
        next: `run ${manager} install, then start ${state.service.name}`,
      }),
    ),
  ],
});

function judgeSuspect(suspect: Suspect): Judgement {
  const { state, entry, code, ecosystem, module, foundAt, unseenAt, searched, manifest, lockFile, drifted } = suspect;
  const target = state.service.name;
  const shown = module.replace(/^\.bin\//, '');
  const evidence: Evidence[] = [logEvidence(entry)];
  if (code) evidence.push(codeEvidence(code));
  if (manifest)
    evidence.push({
      kind: 'config',
      source: manifest.line === undefined ? manifest.file : `${manifest.file}:${manifest.line}`,
      text:
        manifest.line === undefined ? `${shown} is not among the dependencies` : `${shown} is among the dependencies`,
    });
  if (drifted && lockFile !== undefined)
    evidence.push({ kind: 'config', source: lockFile, text: `${shown} is not in ${path.posix.basename(lockFile)}` });
  if (foundAt !== undefined) return refuted({ target, because: `${shown} is installed now, at ${foundAt}`, evidence });
  evidence.push({
    kind: 'filesystem',
    source: searched[0] ?? 'module folders',
    text:
      unseenAt === undefined
        ? `${shown} is in none of: ${searched.join(', ')}`
        : `${unseenAt} holds it, but ${target} does not look there`,
  });
  const how = module.startsWith('.bin/') ? 'runs' : ecosystem === 'java' ? 'needs' : 'imports';
  return proved({
    target,
    summary: `${target} ${how} ${shown}, which is not installed${
      manifest && manifest.line === undefined && !module.startsWith('.bin/')
        ? ` and not declared in ${manifest.file}`
        : unseenAt !== undefined
          ? ` for the interpreter that runs it (${unseenAt} belongs to another)`
          : ''
    }${drifted ? `; ${lockFile} is older than ${manifest?.file} and does not hold it` : ''}`,
    evidence,
    fixes: installFix(ecosystem, module, manifest, lockFile, state, drifted),
  });
}

function modulesIn({ record }: LogEntry, state: ServiceState): { ecosystem: Ecosystem; module: string }[] {
  const found: { ecosystem: Ecosystem; module: string }[] = [];
  for (const [ecosystem, pattern] of MISSING) {
    const module = pattern.exec(record.text)?.[1];
    if (module !== undefined && !found.some((other) => other.ecosystem === ecosystem))
      found.push({ ecosystem, module });
  }
  const tool = TOOL_MISSING.exec(record.text)?.[1];
  if (tool !== undefined && isPackageTool(tool, state.service))
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
  candidate: Pick<Suspect, 'state' | 'ecosystem' | 'module' | 'entry' | 'code'>,
): Promise<Suspect> {
  const { state, ecosystem, module } = candidate;
  const folder = path.join(run.workspace, state.service.folder);
  const manifest = await manifestOf(run, state, ecosystem, module);
  const lockFile = await lockFileOf(run, state);
  const places =
    ecosystem === 'node'
      ? nodePlaces(folder, module, candidate.entry.record.text)
      : ecosystem === 'python'
        ? await pythonPlaces(run.systems, folder, module)
        : ecosystem === 'php'
          ? [path.join(folder, module)]
          : [];
  const states = await Promise.all(
    places.map(async (place) => ({ place, found: await run.systems.files.state(place) })),
  );
  const there = states.find(({ found }) => found.kind !== 'absent');
  // What the program did not find although it lay there is not installed for it: another interpreter's, another folder's.
  const since = there && 'modifiedAt' in there.found ? there.found.modifiedAt.getTime() : 0;
  const unseen =
    there !== undefined &&
    ecosystem === 'python' &&
    !there.place.startsWith(`${run.workspace}/`) &&
    since + SLACK_MS < candidate.entry.log.modifiedAt.getTime();
  const foundAt = unseen ? undefined : there?.place;
  const relative = (place: string): string =>
    place.startsWith(`${run.workspace}/`) ? place.slice(run.workspace.length + 1) : place;
  const searched = [...new Set(places.map((place) => relative(path.dirname(place))))].slice(0, 4);
  return {
    ...candidate,
    foundAt: foundAt === undefined ? undefined : relative(foundAt),
    unseenAt: unseen && there ? there.place : undefined,
    searched: searched.length > 0 ? searched : ['the installed modules'],
    manifest,
    lockFile,
    drifted:
      manifest?.line !== undefined && lockFile !== undefined && (await hasDrifted(run, lockFile, ecosystem, module)),
  };
}

/** The folders that Node walks up through, from the file that imports. */
function nodePlaces(folder: string, module: string, text: string): string[] {
  const importer = /(?:imported from|Require stack:\n- )\s*(?:file:\/\/)?(\/[^\s]+)/.exec(text)?.[1];
  const places: string[] = [];
  const sub = module.slice(packageOf(module).length);
  // `package/sub` is a file of the package, which may be there without it.
  const endings = sub === '' ? [''] : ['', '.js', '.cjs', '.mjs', '.json', '/index.js', '/package.json'];
  for (let at = importer ? path.dirname(importer) : folder; ; at = path.dirname(at)) {
    if (path.basename(at) !== 'node_modules')
      places.push(...endings.map((ending) => path.join(at, 'node_modules', `${module}${ending}`)));
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
    perl: ['cpanfile'],
    rust: ['Cargo.toml'],
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
      const plain =
        ecosystem === 'node'
          ? packageOf(module.replace(/^\.bin\//, ''))
          : ecosystem === 'python'
            ? distributionOf(module)
            : module;
      const wanted = plain.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/[_-]/g, '[_-]');
      // A dependency is a key of its own in package.json; scripts and settings hold the word, too.
      const form =
        name === 'package.json'
          ? String.raw`(?:^|[{,])\s*"${wanted}"\s*:\s*"[^"]*[\d*^~:]`
          : String.raw`(?:^|["'\s])${wanted}(?:["'\s=<>~!;[,]|$)`;
      const line = lines.findIndex((text) => new RegExp(form, 'i').test(text));
      if (line >= 0) return { file, line: line + 1 };
      first ??= { file, line: undefined };
    }
  }
  return first;
}

async function lockFileOf(run: Observation, state: ServiceState): Promise<string | undefined> {
  const { files } = await run.use(listing);
  return LOCK_FILES.map((name) => path.posix.join(state.service.folder, name)).find((file) => files.includes(file));
}

/** Lockfiles of large projects reach some megabytes. */
const MAX_LOCK_BYTES = 8 << 20;

async function hasDrifted(run: Observation, lockFile: string, ecosystem: Ecosystem, module: string): Promise<boolean> {
  const options = { signal: run.signal, maxBytes: MAX_LOCK_BYTES };
  const text = await run.systems.files.readText(path.join(run.workspace, lockFile), options);
  const name = ecosystem === 'python' ? distributionOf(module) : packageOf(module);
  return text !== undefined && !module.startsWith('.bin/') && lacksPackage(lockFile, text, ecosystem, name);
}

/** A package with dependencies but no node_modules anywhere above: nothing that imports can start. */
async function emptyInstall(
  run: Observation,
  state: ServiceState,
): Promise<{ state: ServiceState; dependencies: string[]; manager: string }[]> {
  const { service } = state;
  const at = service.command?.at.file;
  if (!at?.endsWith('package.json') || service.compose) return [];
  const folder = path.join(run.workspace, service.folder);
  const text = await run.systems.files.readText(path.join(run.workspace, at), { signal: run.signal });
  const manifest = JSON.parse(text ?? '{}') as { dependencies?: Record<string, string> };
  const dependencies = Object.keys(manifest.dependencies ?? {});
  const { files } = await run.use(listing);
  if (dependencies.length === 0 || files.some((file) => /(?:^|\/)\.pnp\.c?js$|(?:^|\/)Dockerfile$/.test(file)))
    return [];
  const places = nodePlaces(folder, '', '').map((place) => place.replace(/\/$/, ''));
  const states = await Promise.all(places.map((place) => run.systems.files.state(place)));
  return states.some((found) => found.kind === 'folder')
    ? []
    : [{ state, dependencies, manager: managerOf(await lockFileOf(run, state)) }];
}

function managerOf(lockFile: string | undefined): 'npm' | 'pnpm' | 'yarn' | 'bun' {
  const lock = path.posix.basename(lockFile ?? '');
  return lock === 'pnpm-lock.yaml' ? 'pnpm' : lock === 'yarn.lock' ? 'yarn' : lock === 'bun.lock' ? 'bun' : 'npm';
}

function installFix(
  ecosystem: Ecosystem,
  module: string,
  manifest: Suspect['manifest'],
  lockFile: string | undefined,
  state: ServiceState,
  drifted: boolean,
): Fix[] {
  const lock = path.posix.basename(lockFile ?? '');
  const declared = manifest?.line !== undefined;
  const node = managerOf(lockFile);
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
        ? // `npm ci` refuses a lockfile that does not hold what the manifest asks for.
          node === 'npm' && lock !== '' && !drifted
          ? ['npm', 'ci']
          : [node, 'install']
        : [node, node === 'npm' ? 'install' : 'add', packageOf(module)],
    python: declared ? python : ['python3', '-m', 'pip', 'install', distributionOf(module)],
    ruby: ['bundle', 'install'],
    go: ['go', 'mod', 'download'],
    java: manifest?.file.endsWith('build.gradle') ? ['gradle', 'build'] : ['mvn', 'package'],
    php: ['composer', 'install'],
    perl: ['cpan', module],
    rust: ['cargo', 'build'],
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
