import path from 'node:path';
import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import type { PathState } from '../../../systems/files/files.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { codeEvidence, failingCode, logEvidence, newestBy, variableEvidence } from '../../evidence.ts';
import { defineObserver, type Observation } from '../../observer.ts';
import { type LogEntry, type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { services } from '../../observers/targets.ts';
import { composeProjects, listing, sourceFacts } from '../../observers/workspaceFiles.ts';
import { type MissingPath, missingPathsIn, pathsOfCode } from '../../source/missingPaths.ts';
import { type Nearest, nearestTo } from '../../source/nearestFile.ts';
import { isPackageTool } from '../../source/packageTool.ts';
import { ownPythonFile } from '../../source/pythonModule.ts';
import { readCommand } from '../../targets/commandLine.ts';
import { type ServiceTarget, sourceText, type Variable } from '../../targets/target.ts';

interface Suspect {
  state: ServiceState;
  entry: LogEntry | undefined;
  /** As the log or the configuration writes it. */
  written: string;
  kind: MissingPath['kind'];
  found: PathState;
  /** Where configuration names it. */
  declared: Evidence | undefined;
  /** The line of code that failed over it. */
  code: { file: string; line: number; text: string } | undefined;
  nearest: Nearest;
  /** Text of the sample beside it, when it is short enough to be copied. */
  sample: string | undefined;
  /** The code that failed makes the file by itself: only its folder must be there. */
  writes: boolean;
}

/** Paths that present errors or start commands name, looked up now. */
const suspects = defineObserver<Suspect[]>({
  id: 'file-missing.suspects',
  label: 'files that errors name',
  timeoutMs: 2_500,
  observe: async (run) => {
    const [states, projects, list, source, { files }] = await Promise.all([
      run.use(serviceStates),
      run.use(composeProjects),
      run.use(services),
      run.use(sourceFacts),
      run.use(listing),
    ]);
    const named = states.flatMap((state) =>
      newestBy(
        state.errors.flatMap((entry) => {
          const code = failingCode(entry, source);
          const told = [...missingPathsIn(entry.record.text), ...ownPythonModules(entry.record.text, state, files)];
          const fromCode = told.length > 0 || !code ? [] : pathsOfCode(entry.record.text, code.text);
          return [...told, ...fromCode.map((written): MissingPath => ({ written, kind: 'file' }))]
            .filter(({ written, kind }) => kind !== 'program' || !isPackageTool(written, state.service))
            .map((path) => ({ state, entry, ...path, declared: undefined, code }));
        }),
        ({ written }) => written,
      ),
    );
    const started = states.flatMap((state) => {
      const script = state.running || state.errors.length > 0 ? undefined : startFile(state.service);
      return script === undefined
        ? []
        : [
            {
              state,
              entry: undefined,
              written: script,
              kind: 'file' as const,
              code: undefined,
              declared: state.service.command && {
                kind: 'config' as const,
                source: sourceText(state.service.command.at),
                text: state.service.command.text,
              },
            },
          ];
    });
    const required = projects.flatMap((project) =>
      project.services.flatMap((service) =>
        service.envFiles.flatMap((file) => {
          const state =
            states.find(
              (candidate) => candidate.service.compose === service || candidate.service.name === service.name,
            ) ?? states[0];
          return file.required && state && list.length > 0
            ? [
                {
                  state,
                  entry: undefined,
                  written: file.path,
                  kind: 'file' as const,
                  code: undefined,
                  declared: {
                    kind: 'config' as const,
                    source: sourceText(file.at),
                    text: `env_file of ${service.name}`,
                  },
                },
              ]
            : [];
        }),
      ),
    );
    return (await Promise.all([...named, ...started, ...required].map((candidate) => locate(run, candidate)))).flat();
  },
});

export const fileMissing = defineCause({
  id: 'file.missing',
  category: 'startup',
  summary: 'A file that the service needs does not exist',
  advice: {
    sure: "The service's own error names the file, and it is not there.",
    first: 'Create or restore the file, or correct the path.',
    verify: 'The file is found and the service starts.',
  },
  needs: { suspects },
  explains: [
    'process.crash-loop',
    'service.down',
    'network.refused',
    'container.exited',
    'container.restarting',
    'config.invalid',
    // The engine's own command.
    'sandbox.unavailable',
  ],
  judge: ({ suspects: list }) => list.map(judgeSuspect),
});

function judgeSuspect(suspect: Suspect): Judgement {
  const { state, entry, written, kind, found, declared, code, nearest } = suspect;
  const target = state.service.name;
  const variable = state.service.environment.find(
    (candidate) =>
      candidate.value === written ||
      (candidate.value !== '' && written.endsWith(`/${candidate.value.replace(/^\.\//, '')}`)),
  );
  const evidence = [
    ...(entry ? [logEvidence(entry)] : []),
    ...(declared ? [declared] : []),
    ...(variable ? [variableEvidence(variable)] : []),
    ...(code ? [codeEvidence(code)] : []),
  ];
  if (found.kind !== 'absent') {
    const because =
      found.kind === 'unreachable'
        ? `${written} cannot be looked up: ${found.because}`
        : `${written} exists now (${found.kind})`;
    return refuted({
      target,
      because,
      evidence: [{ kind: 'filesystem', source: written, text: because }, ...evidence],
    });
  }
  if (suspect.writes && nearest.folderMissing === undefined && found.linkTo === undefined)
    return refuted({
      target,
      because: `${target} makes ${written} by itself, and its folder exists now`,
      evidence: [{ kind: 'filesystem', source: path.dirname(written), text: 'the folder exists' }, ...evidence],
    });
  return proved({
    target,
    summary:
      kind === 'program'
        ? `The program ${written} is not installed, and ${target} runs it`
        : `${written} does not exist, and ${target} needs it${whyMissing(found, nearest)}`,
    confidence: entry || !state.everStarted ? 'proved' : 'likely',
    evidence: [
      ...evidence,
      {
        kind: 'filesystem',
        source: written,
        text: kind === 'program' ? `no folder of PATH holds ${written}` : whatIsThere(found, nearest),
      },
    ],
    fixes: kind === 'program' ? [] : fixesFor(suspect, variable),
  });
}

function whyMissing(found: PathState, { otherCase, elsewhere, folderMissing }: Nearest): string {
  if (found.kind === 'absent' && found.linkTo !== undefined)
    return `: it is a link to ${found.linkTo}, which is not there`;
  if (otherCase !== undefined) return `: ${otherCase} differs in upper and lower case`;
  if (elsewhere !== undefined) return `: there is ${elsewhere}`;
  return folderMissing === undefined ? '' : `: the folder ${folderMissing} does not exist`;
}

function whatIsThere(found: PathState, nearest: Nearest): string {
  const { folder, similar, otherCase, elsewhere, folderMissing, sample } = nearest;
  if (found.kind === 'absent' && found.linkTo !== undefined) return `a link to ${found.linkTo}, which does not exist`;
  const near = [sample, otherCase, elsewhere, ...similar].filter((name) => name !== undefined).slice(0, 4);
  const place = folder === '' ? 'the workspace' : folder;
  return `no such file${folderMissing === undefined ? '' : `, and no folder ${folderMissing}`}; ${place} holds ${near.length > 0 ? near.join(', ') : 'nothing of a similar name'}`;
}

function fixesFor({ state, written, found, nearest, sample, writes }: Suspect, variable: Variable | undefined): Fix[] {
  const target = state.service.name;
  const verify = `Start ${target}: its log no longer says that ${written} is missing.`;
  const pointed = similarFix(state, variable, written, nearest);
  if (pointed.length > 0 || (found.kind === 'absent' && found.linkTo !== undefined)) return pointed;
  if (nearest.sample !== undefined && sample !== undefined)
    return [
      {
        title: `Copy ${nearest.sample} to ${written}`,
        risk: 'write',
        changes: [{ kind: 'create', file: nearest.wanted, content: sample }],
        undo: true,
        verify: `Put the real values in, then start ${target}.`,
      },
    ];
  // What is to be read would still be missing in a new, empty folder.
  if (nearest.folderMissing === undefined || !writes) return [];
  return [
    {
      title: `Create the folder ${nearest.folderMissing}`,
      risk: 'write',
      // A file in it, so that it can be kept in the repository and taken back exactly.
      changes: [{ kind: 'create', file: path.posix.join(nearest.folderMissing, '.gitkeep'), content: '' }],
      undo: true,
      verify,
    },
  ];
}

/** Point the variable at a file that is there: only when exactly one has the same extension. */
function similarFix(
  state: ServiceState,
  variable: Variable | undefined,
  written: string,
  { similar, otherCase }: Nearest,
): Fix[] {
  const alike =
    otherCase === undefined ? similar.filter((name) => path.extname(name) === path.extname(written)) : [otherCase];
  const [only, ...others] = alike;
  if (!variable || only === undefined || others.length > 0 || variable.value.includes('"')) return [];
  const after = path.posix.join(path.posix.dirname(variable.value), path.posix.basename(only));
  return [
    {
      title: `Point ${variable.name} at ${after}`,
      risk: 'write',
      changes: [
        {
          kind: 'edit',
          file: variable.at.file,
          line: variable.at.line,
          before: `${variable.name}=${variable.value}`,
          after: `${variable.name}=${after}`,
        },
      ],
      undo: true,
      verify: `Start ${state.service.name}: its log no longer says that the file is missing.`,
    },
  ];
}

/** The script that the start command runs, when it can be told and lies in the workspace. */
function startFile(service: ServiceTarget): string | undefined {
  if (service.compose && service.command?.at === service.compose.at) return undefined;
  const segments = service.command?.text.split(/&&|;/) ?? [];
  const script = readCommand(service.command?.text ?? '').scriptFile;
  // What a step before it builds need not exist yet.
  if (
    script === undefined ||
    segments.length > 1 ||
    /^(?:dist|build|out|lib|target|\.next)\//.test(script.replace(/^\.\//, '')) ||
    /[*$]/.test(script)
  )
    return undefined;
  return /\.(?:[cm]?[jt]s|py|rb|sh|php)$/.test(script) ? script : undefined;
}

/** `No module named 'app.settings'` where `app` is a package of the workspace: a file of its own is missing. */
function ownPythonModules(text: string, { service }: ServiceState, files: readonly string[]): MissingPath[] {
  const module = /No module named ['"]?([\w.]+)['"]?/.exec(text)?.[1];
  const written = module === undefined ? undefined : ownPythonFile(module, service.folder, files);
  return written === undefined ? [] : [{ written, kind: 'module' }];
}

async function locate(
  run: Observation,
  candidate: Omit<Suspect, 'found' | 'nearest' | 'sample' | 'writes'>,
): Promise<Suspect[]> {
  const { systems, workspace, environment } = run;
  const folder = path.join(workspace, candidate.state.service.folder);
  const { written, kind } = candidate;
  const inside = path.isAbsolute(written) && written.startsWith(`${workspace}/`);
  // Inside a container the same path lies elsewhere; it cannot be looked up from here.
  if (path.isAbsolute(written) && candidate.state.service.compose && !inside) return [];
  const importer = candidate.code ? [path.resolve(workspace, path.dirname(candidate.code.file), written)] : [];
  const places = path.isAbsolute(written)
    ? [written]
    : kind === 'program'
      ? [
          ...(environment.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin').split(':'),
          path.join(folder, 'node_modules/.bin'),
        ].map((place) => path.join(place, written))
      : [
          ...new Set([
            ...(kind === 'module' && written.startsWith('.') ? importer : []),
            path.resolve(folder, written),
            path.resolve(workspace, written),
          ]),
        ];
  // Node names a module without its extension.
  const tried =
    kind === 'module'
      ? places.flatMap((place) => [place, ...MODULE_ENDINGS.map((ending) => `${place}${ending}`)])
      : places;
  const states = await Promise.all(tried.map((place) => systems.files.state(place)));
  const found = states.find((state) => state.kind !== 'absent') ??
    states.find((state) => state.kind === 'absent' && state.linkTo !== undefined) ?? { kind: 'absent' as const };
  const { files } = await run.use(listing);
  const relative = path
    .relative(workspace, places[0] as string)
    .split(path.sep)
    .join('/');
  const near = nearestTo(relative, files, kind);
  const parent = await systems.files.state(path.dirname(places[0] as string));
  const sample =
    near.sample === undefined
      ? undefined
      : await systems.files.readText(path.join(workspace, near.sample), {
          signal: run.signal,
          maxBytes: MAX_SAMPLE_BYTES,
        });
  return [
    {
      ...candidate,
      written: inside ? path.relative(workspace, written) : written,
      found,
      // The listing holds files only: an empty folder is not in it.
      nearest: parent.kind === 'absent' ? near : { ...near, folderMissing: undefined },
      sample,
      writes: candidate.code !== undefined && WRITES.test(candidate.code.text) && parent.kind !== 'unreachable',
    },
  ];
}

const MAX_SAMPLE_BYTES = 256 * 1024;
/** Code that makes the file itself: it needs the folder only. */
const WRITES =
  /\b(?:write\w*|append\w*|createWriteStream|mkdtemp\w*|FileHandler|create)\b|open(?:Sync)?\([^)]{0,200}['"][wax]b?\+?['"]/i;

const MODULE_ENDINGS = [
  '.js',
  '.ts',
  '.mjs',
  '.cjs',
  '.json',
  '.rb',
  '.node',
  '/index.js',
  '/index.ts',
  '/__init__.py',
];
