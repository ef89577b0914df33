import path from 'node:path';
import { stackFramesOf } from '../../../logs/stackFrames.ts';
import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { codeEvidence, isFailing, logEvidence } from '../../evidence.ts';
import { defineObserver } from '../../observer.ts';
import { type LogEntry, type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { composeProjects, envFiles, sourceFacts } from '../../observers/workspaceFiles.ts';
import type { SourceFacts } from '../../source/sourceFacts.ts';
import { type EnvFiles, isEnvSample } from '../../targets/serviceEnvironment.ts';
import { sourceText, type Variable } from '../../targets/target.ts';

/** Names that the user's shell sets; a service started from it gets them. */
const shellNames = defineObserver<ReadonlySet<string>>({
  id: 'env-missing.shell',
  label: 'environment of the shell',
  timeoutMs: 500,
  observe: async ({ environment }) =>
    new Set(Object.keys(environment).filter((name) => environment[name] !== undefined && environment[name] !== '')),
});

/** When each env file was last changed: a value set after the crash was not there when it happened. */
const envFileTimes = defineObserver<ReadonlyMap<string, Date>>({
  id: 'env-missing.times',
  label: 'times of the env files',
  timeoutMs: 1_500,
  observe: async ({ systems, workspace, use }) => {
    const states = await Promise.all(
      [...(await use(envFiles)).keys()].map(
        async (file) => [file, await systems.files.state(path.join(workspace, file))] as const,
      ),
    );
    return new Map(
      states.flatMap(([file, state]) => ('modifiedAt' in state ? [[file, state.modifiedAt] as const] : [])),
    );
  },
});

const SAYS_MISSING =
  /missing|required|not (?:been )?(?:set|defined|provided|found|configured|present|specified)|undefined|unset|must be (?:set|defined|provided|configured)|KeyError|parameter null|unbound variable|is needed|expected|empty|NotPresent|could not resolve placeholder|\bset the\b|no value|\bnull\b/i;
/** Node, Python and others on a value that turned out to be nothing. */
const VALUE_IS_NOTHING = /undefined|NoneType|\bnil\b|\bnull\b|NotPresent|KeyError|Invalid URL|unset/i;
const NAME = /\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b|\b[A-Z][A-Z0-9]{3,}\b/g;
const NOT_A_VARIABLE =
  /^(?:ERR_\w+|E[A-Z]{3,}|MODULE_NOT_FOUND|ECONN\w+|ERROR|FATAL|WARN|WARNING|INFO|DEBUG|HTTP|HTTPS|JSON|NULL|TRUE|FALSE|UNDEFINED|REQUIRED|MISSING|NODE_MODULES|UNHANDLED\w*|TCP|UTF|PATH_TO\w*|THIS|NOT|CRITICAL)$/;

export const envMissing = defineCause({
  id: 'env.missing',
  category: 'startup',
  summary: 'The service needs an environment variable that is not set',
  needs: {
    states: serviceStates,
    source: sourceFacts,
    files: envFiles,
    projects: composeProjects,
    shell: shellNames,
    times: envFileTimes,
  },
  explains: [
    'process.crash-loop',
    'service.down',
    'network.refused',
    'database.unreachable',
    'database.auth-failed',
    'cache.unreachable',
    'file.missing',
    'container.exited',
    'container.restarting',
    'config.invalid',
  ],
  judge: ({ states, source, files, projects, shell, times }) => [
    ...states.flatMap((state) => judgeService(state, { source, files, shell, times })),
    ...projects.flatMap((project) =>
      project.missingVariables
        .filter(({ name, required }) => required && !shell.has(name))
        .map(({ name, message, at }) =>
          proved({
            target:
              states.find((state) => state.service.compose?.at.file === at.file)?.service.name ??
              project.services[0]?.name ??
              'compose',
            summary: `${name} is not set, and ${at.file} requires it`,
            confidence: states.some((state) => state.running) ? 'likely' : 'proved',
            evidence: [
              {
                kind: 'config',
                source: sourceText(at),
                text: `\${${name}:?${message ?? ''}} has no value in the shell or in .env`,
              },
            ],
            fixes: addFix(name, path.posix.join(path.posix.dirname(at.file), '.env'), files),
          }),
        ),
    ),
  ],
});

interface Context {
  source: SourceFacts;
  files: EnvFiles;
  shell: ReadonlySet<string>;
  times: ReadonlyMap<string, Date>;
}

function judgeService(state: ServiceState, context: Context): Judgement[] {
  const { service } = state;
  const named = new Map<string, LogEntry>();
  for (const entry of state.errors) for (const name of namesIn(entry, state, context)) named.set(name, entry);
  const judgements: Judgement[] = [];
  for (const [name, entry] of named) {
    const variable = service.environment.find((candidate) => candidate.name === name && candidate.value !== '');
    const reason = variable ? unseen(variable, entry, state, context) : '';
    if (variable && reason === undefined) {
      judgements.push(
        refuted({
          target: service.name,
          because: `${name} is set`,
          evidence: [{ kind: 'config', source: sourceText(variable.at), text: `${name} is set` }, logEvidence(entry)],
        }),
      );
      continue;
    }
    judgements.push(
      proved({
        target: service.name,
        summary: `${name} is not set, and ${service.name} does not start without it${reason === '' || reason === undefined ? '' : `: ${reason}`}`,
        evidence: [logEvidence(entry), ...placesOf(name, state, context)],
        fixes: reason ? [] : addFix(name, envFileOf(state), context.files),
      }),
    );
  }
  if (judgements.some((judgement) => judgement.verdict === 'proved') || state.running || isFailing(state))
    return judgements;

  // Nothing was tried yet: the code alone says what will be missing.
  const references = context.source.envReferences.filter(
    (reference) =>
      reference.required && inFolder(reference.file, service.folder) && !isSet(reference.name, state, context),
  );
  for (const name of new Set(references.map((reference) => reference.name))) {
    const sample = sampleLine(name, context.files);
    // Without an env file or a sample that names it, the variable may well come from elsewhere at start.
    if (service.envFiles.length === 0 && !sample) continue;
    judgements.push(
      proved({
        target: service.name,
        summary: `${name} is not set, and ${service.name} requires it`,
        confidence: 'likely',
        evidence: placesOf(name, state, context),
        fixes: addFix(name, envFileOf(state), context.files),
      }),
    );
  }
  return judgements;
}

/** Variables that an error says are missing: named in its message, or read on the line of code that failed. */
function namesIn({ record }: LogEntry, state: ServiceState, context: Context): string[] {
  const known = new Set([
    ...context.source.envReferences.map((reference) => reference.name),
    ...[...context.files].flatMap(([, file]) => file.entries.map((entry) => entry.name)),
  ]);
  const names = new Set<string>();
  const lines = record.text.split('\n');
  lines.forEach((line, index) => {
    if (/^\s+at |^\s*File "/.test(line)) return;
    const around = lines.slice(Math.max(0, index - 1), index + 2).join(' ');
    if (!SAYS_MISSING.test(line) && !(SAYS_MISSING.test(around) && /^\s*(?:[-*•"']|[A-Z][A-Z0-9_]+\b)/.test(line)))
      return;
    for (const [name] of line.matchAll(NAME)) {
      if (NOT_A_VARIABLE.test(name)) continue;
      const environmental = /\benv(?:iron)?/i.test(record.text);
      if (known.has(name) || (environmental && name.includes('_') && SAYS_MISSING.test(line))) names.add(name);
    }
    const field = /^\s*([a-z][a-z0-9_]+)\s*$/.exec(line)?.[1];
    if (field && /Field required/i.test(lines[index + 1] ?? '')) names.add(field.toUpperCase());
  });
  if (VALUE_IS_NOTHING.test(record.text)) {
    for (const frame of stackFramesOf(record.text)) {
      const at = context.source.envReferences.filter(
        (reference) =>
          reference.line === frame.line && (frame.path === reference.file || frame.path.endsWith(`/${reference.file}`)),
      );
      const unset = at.filter(
        (reference) => reference.fallback === undefined && !isSet(reference.name, state, context),
      );
      for (const reference of unset) names.add(reference.name);
      if (unset.length > 0) break;
    }
  }
  // A check such as "A or B" names what is set, too: only what is unset can be missing, unless nothing is.
  const unset = [...names].filter((name) => !isSet(name, state, context));
  return unset.length > 0 ? unset : [...names].slice(0, 1);
}

function isSet(name: string, state: ServiceState, context: Context): boolean {
  return (
    context.shell.has(name) ||
    state.service.environment.some((variable) => variable.name === name && variable.value !== '')
  );
}

/** Why the service does not see a variable that a file sets; undefined when it was set only after the error. */
function unseen(variable: Variable, entry: LogEntry, state: ServiceState, context: Context): string | undefined {
  const changed = context.times.get(variable.at.file);
  if (!changed || changed.getTime() > entry.log.modifiedAt.getTime()) return undefined;
  const command = state.service.command?.text ?? '';
  const loads =
    /env-file|dotenv|foreman|honcho|docker|compose|next|vite|nuxt|uvicorn.*--env-file/.test(command) ||
    state.service.command?.at.file.endsWith('Procfile') ||
    state.service.compose !== undefined;
  const inCode = context.source.envReferences.length > 0 && [...context.files.keys()].includes(variable.at.file);
  return !loads && inCode && !context.source.loadsEnvFiles
    ? `${sourceText(variable.at)} sets it, but nothing loads that file`
    : undefined;
}

function placesOf(name: string, state: ServiceState, context: Context): Evidence[] {
  const references = context.source.envReferences
    .filter((reference) => reference.name === name && inFolder(reference.file, state.service.folder))
    .sort((a, b) => Number(b.required) - Number(a.required));
  const sample = sampleLine(name, context.files);
  const empty = state.service.environment.find((variable) => variable.name === name && variable.value === '');
  const file = envFileOf(state);
  return [
    ...references.slice(0, 2).map(codeEvidence),
    ...(sample ? [{ kind: 'config' as const, source: sourceText(sample), text: `${name} stands in the sample` }] : []),
    ...(empty
      ? [{ kind: 'config' as const, source: sourceText(empty.at), text: `${name} is there, but empty` }]
      : context.files.has(file)
        ? [{ kind: 'config' as const, source: file, text: `${name} is not in ${file}` }]
        : []),
  ];
}

function sampleLine(name: string, files: EnvFiles): Variable['at'] | undefined {
  for (const [file, { entries }] of files) {
    const entry = isEnvSample(file) ? entries.find((candidate) => candidate.name === name) : undefined;
    if (entry) return { file, line: entry.line };
  }
  return undefined;
}

function envFileOf(state: ServiceState): string {
  return state.service.envFiles.at(-1) ?? path.posix.join(state.service.folder, '.env');
}

function inFolder(file: string, folder: string): boolean {
  return folder === '' || file.startsWith(`${folder}/`);
}

function addFix(name: string, file: string, files: EnvFiles): Fix[] {
  const existing = files.get(file);
  const verify = `Put the real value in, then start the service: its log no longer names ${name}.`;
  if (!existing)
    return [
      {
        title: `Create ${file} with ${name}`,
        risk: 'write',
        changes: [{ kind: 'create', file, content: `${name}=\n` }],
        undo: true,
        verify,
      },
    ];
  const empty = existing.entries.find((entry) => entry.name === name);
  if (empty)
    return [
      {
        title: `Give ${name} a value in ${file}`,
        risk: 'write',
        changes: [
          { kind: 'edit', file, line: empty.line, before: existing.lines[empty.line - 1] ?? '', after: `${name}=` },
        ],
        undo: true,
        verify,
      },
    ];
  const last = existing.lines.at(-1) === '' ? existing.lines.length : existing.lines.length + 1;
  return [
    {
      title: `Add ${name} to ${file}`,
      risk: 'write',
      changes: [{ kind: 'edit', file, line: last, before: '', after: `${name}=\n` }],
      undo: true,
      verify,
    },
  ];
}
