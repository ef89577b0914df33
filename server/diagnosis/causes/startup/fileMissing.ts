import path from 'node:path';
import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import type { PathState } from '../../../systems/files/files.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { logEvidence, newestBy, variableEvidence } from '../../evidence.ts';
import { defineObserver, type Observation } from '../../observer.ts';
import { type LogEntry, type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { services } from '../../observers/targets.ts';
import { composeProjects, listing } from '../../observers/workspaceFiles.ts';
import { readCommand } from '../../targets/commandLine.ts';
import { type ServiceTarget, sourceText } from '../../targets/target.ts';

/** Messages about a file that is not there; group 1 is its path. */
const MISSING: readonly RegExp[] = [
  /ENOENT: no such file or directory, \w+ '([^']+)'/,
  /ENOENT[^\n]*path: '([^']+)'/,
  /\[Errno 2\] No such file or directory: ['"]([^'"]+)['"]/,
  /\b(?:open|stat|lstat|read|chdir|fork\/exec|readdirent) ([^\s:]+): no such file or directory/,
  /can't open file '([^']+)': \[Errno 2\]/,
  /No such file or directory @ \w+ - (\S+)/,
  /java\.(?:io\.FileNotFoundException|nio\.file\.NoSuchFileException): (\S+)/,
  /open\(\) "([^"]+)" failed \(2: /,
  /cannot load certificate(?: key)? "([^"]+)"/,
  /(?:Failed to open|failed opening|failed to open) (?:stream|required|file) ?['"]?([^'"\s:]+)/i,
  /Cannot find module '((?:\.{0,2}\/|[A-Za-z]:\\)[^']+)'/,
  /ERR_MODULE_NOT_FOUND[^\n]*Cannot find module '(?:file:\/\/)?((?:\.{0,2}\/)[^']+)'/,
  /(?:TemplateNotFound|TemplateDoesNotExist): (\S+)/,
  /(?:sh|bash): (?:\d+: |line \d+: )?(?:cannot open |\.: )?((?:\.{0,2}\/)[\w./-]+): (?:not found|No such file or directory|No such file)/,
  /(?:config(?:uration)?|file|template|certificate|key|schema|model|dataset|script|path)[^\n'"`]{0,40}['"`]([^'"`\n]*[./][^'"`\n]+)['"`][^\n]{0,30}(?:not found|does not exist|doesn't exist|is missing|missing|no such file|not exist)/i,
  /(?:not found|does not exist|no such file(?: or directory)?|missing(?: file| config| configuration)?|cannot (?:find|open|read)(?: the)?(?: file| config| configuration)?|could not (?:find|open|read)(?: the)?(?: file| config)?|unable to (?:find|open|read)(?: the)?(?: file| config)?)[:\s]+['"`]?((?:\.{0,2}\/)?[\w@.-]+(?:\/[\w@.-]+)*\.[A-Za-z]\w{0,7})\b/i,
  /((?:\.{0,2}\/)?[\w@.-]+(?:\/[\w@.-]+)+): (?:No such file or directory|not found|file not found)/i,
  /(?:file|config) (\/[\w@./-]+) (?:not found|does not exist)/i,
];

interface Suspect {
  state: ServiceState;
  entry: LogEntry | undefined;
  /** As the log or the configuration writes it. */
  written: string;
  absolute: string;
  found: PathState;
  /** Where configuration names it. */
  declared: Evidence | undefined;
  /** The deepest existing folder above, relative to the workspace, and what stands in it with a similar name. */
  nearest: { folder: string; similar: string[] };
}

/** Paths that present errors or start commands name, looked up now. */
const suspects = defineObserver<Suspect[]>({
  id: 'file-missing.suspects',
  label: 'files that errors name',
  timeoutMs: 2_500,
  observe: async (run) => {
    const [states, projects, list] = await Promise.all([
      run.use(serviceStates),
      run.use(composeProjects),
      run.use(services),
    ]);
    const named = states.flatMap((state) =>
      newestBy(
        state.errors.flatMap((entry) =>
          pathsIn(entry.record.text).map((written) => ({ state, entry, written, declared: undefined })),
        ),
        ({ written }) => written,
      ),
    );
    const started = states.flatMap((state) => {
      const script = state.running ? undefined : startFile(state.service);
      return script === undefined || named.some(({ written }) => written.endsWith(script))
        ? []
        : [
            {
              state,
              entry: undefined,
              written: script,
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
  needs: { suspects },
  explains: [
    'process.crash-loop',
    'service.down',
    'network.refused',
    'container.exited',
    'container.restarting',
    'config.invalid',
  ],
  judge: ({ suspects: list }) => list.map(judgeSuspect),
});

function judgeSuspect({ state, entry, written, found, declared, nearest }: Suspect): Judgement {
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
  ];
  if (found.kind !== 'absent') {
    const because =
      found.kind === 'unreachable'
        ? `${written} cannot be looked up: ${found.because}`
        : `${written} exists (${found.kind})`;
    return refuted({
      target,
      because,
      evidence: [{ kind: 'filesystem', source: written, text: because }, ...evidence],
    });
  }
  const place = nearest.folder === '' ? 'the workspace' : nearest.folder;
  return proved({
    target,
    summary: `${written} does not exist, and ${target} needs it`,
    confidence: entry || !state.everStarted || state.errors.length > 0 ? 'proved' : 'likely',
    evidence: [
      ...evidence,
      {
        kind: 'filesystem',
        source: written,
        text: `no such file; ${place} holds ${nearest.similar.length > 0 ? nearest.similar.join(', ') : 'nothing of a similar name'}`,
      },
    ],
    fixes: similarFix(state, variable, written, nearest),
  });
}

/** Point the variable at a file that is there: only when exactly one has the same extension. */
function similarFix(
  state: ServiceState,
  variable: { name: string; value: string; at: { file: string; line: number } } | undefined,
  written: string,
  nearest: Suspect['nearest'],
): Fix[] {
  const [only, ...others] = nearest.similar.filter((name) => path.extname(name) === path.extname(written));
  if (!variable || only === undefined || others.length > 0 || variable.value.includes('"')) return [];
  const after = path.posix.join(path.posix.dirname(variable.value), only);
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

function pathsIn(text: string): string[] {
  const paths: string[] = [];
  for (const line of text.split('\n')) {
    for (const pattern of MISSING) {
      const written = pattern.exec(line)?.[1]?.replace(/^file:\/\//, '');
      if (
        written === undefined ||
        /^(?:https?:|node:|\d+\.\d+\.\d+)/.test(written) ||
        written.includes('node_modules/')
      )
        continue;
      paths.push(written);
      break;
    }
  }
  return [...new Set(paths)].slice(0, 4);
}

async function locate(
  run: Observation,
  candidate: Omit<Suspect, 'absolute' | 'found' | 'nearest'>,
): Promise<Suspect[]> {
  const { systems, workspace } = run;
  const folder = path.join(workspace, candidate.state.service.folder);
  const places = path.isAbsolute(candidate.written)
    ? [candidate.written]
    : [...new Set([path.resolve(folder, candidate.written), path.resolve(workspace, candidate.written)])];
  // Inside a container the same path lies elsewhere; it cannot be looked up from here.
  if (path.isAbsolute(candidate.written) && candidate.state.service.compose && !candidate.written.startsWith(workspace))
    return [];
  // Node names a module without its extension.
  const withExtensions =
    candidate.entry && /Cannot find module/.test(candidate.entry.record.text)
      ? places.flatMap((place) => [
          place,
          `${place}.js`,
          `${place}.ts`,
          `${place}.mjs`,
          `${place}.json`,
          path.join(place, 'index.js'),
        ])
      : places;
  const states = await Promise.all(withExtensions.map((place) => systems.files.state(place)));
  const found = states.find((state) => state.kind !== 'absent') ?? { kind: 'absent' as const };
  const absolute = places[0] as string;
  const { files } = await run.use(listing);
  return [
    {
      ...candidate,
      absolute,
      found,
      nearest: nearestTo(path.relative(workspace, absolute).split(path.sep).join('/'), files),
    },
  ];
}

function nearestTo(relative: string, files: readonly string[]): Suspect['nearest'] {
  let folder = path.posix.dirname(relative);
  while (folder !== '.' && !files.some((file) => file.startsWith(`${folder}/`))) folder = path.posix.dirname(folder);
  const inside = files.filter((file) => path.posix.dirname(file) === folder).map((file) => path.posix.basename(file));
  const extension = path.extname(relative);
  return {
    folder: folder === '.' ? '' : folder,
    similar: inside.filter((name) => extension !== '' && path.extname(name) === extension).slice(0, 4),
  };
}
