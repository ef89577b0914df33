import path from 'node:path';
import { type StackFrame, stackFramesOf } from '../../../logs/present/stackFrames.ts';
import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { codeEvidence, logEvidence } from '../../evidence.ts';
import { defineObserver } from '../../observer.ts';
import { envFileTimes } from '../../observers/envFileTimes.ts';
import { type LogEntry, type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { composeProjects, envFiles, sourceFacts } from '../../observers/workspaceFiles.ts';
import type { EnvReference } from '../../source/envReference.ts';
import { isSimilarName, missingNamesIn } from '../../source/missingNames.ts';
import { setVariables } from '../../source/setVariables.ts';
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

/** Node, Python and others on a value that turned out to be nothing. */
const VALUE_IS_NOTHING =
  /undefined|NoneType|\bnil\b|\bnull\b|NotPresent|KeyError|Invalid URL|unset|must be (?:of type )?(?:a )?string/i;
const MAX_NAMES_IN_SUMMARY = 4;
/** From taking a value out of the environment to its first use. */
const MAX_LINES_BETWEEN = 30;

export const envMissing = defineCause({
  id: 'env.missing',
  category: 'startup',
  summary: 'The service needs an environment variable that is not set',
  advice: {
    sure: 'The code reads the variable at the start, its error names it, and nothing sets it.',
    first: "Set the variable where the service's other variables stand.",
    verify: 'The service starts and no longer asks for it.',
  },
  needs: {
    states: serviceStates,
    source: sourceFacts,
    files: envFiles,
    projects: composeProjects,
    shell: shellNames,
    times: envFileTimes,
  },
  explains: [
    'auth.key-invalid',
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
            fixes: [setVariables([name], path.posix.join(path.posix.dirname(at.file), '.env'), files)],
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
  const judgements: Judgement[] = [];
  const missing: Missing[] = [];
  const named = new Map<string, LogEntry>();
  for (const entry of state.errors) for (const name of namesIn(entry, state, context)) named.set(name, entry);
  for (const [name, entry] of named) {
    const variable = service.environment.find((candidate) => candidate.name === name && candidate.value !== '');
    const reason = variable ? unseen(variable, entry, state, context) : '';
    if (variable && reason === undefined)
      judgements.push(
        refuted({
          target: service.name,
          because: `${name} is set`,
          evidence: [{ kind: 'config', source: sourceText(variable.at), text: `${name} is set` }, logEvidence(entry)],
        }),
      );
    else
      missing.push({
        name,
        entry,
        reason: reason === '' ? elsewhere(name, state, context) : (reason ?? ''),
        seen: variable,
      });
  }
  if (missing.length > 0) judgements.push(provedMissing(missing, state, context));
  if (missing.length > 0 || state.everStarted) return judgements;

  // Nothing was tried yet: the code alone says what will be missing.
  const unset = context.source.envReferences.filter(
    (reference) =>
      reference.required && inFolder(reference.file, service.folder) && !isSet(reference.name, state, context),
  );
  const expected = [...new Set(unset.map(({ name }) => name))]
    // Without an env file or a sample that names it, the variable may well come from elsewhere at start.
    .filter((name) => service.envFiles.length > 0 || sampleLine(name, context.files) !== undefined)
    .map((name): Missing => ({ name, entry: undefined, reason: elsewhere(name, state, context), seen: undefined }));
  return expected.length > 0 ? [provedMissing(expected, state, context)] : [];
}

interface Missing {
  name: string;
  /** The error that names it; undefined when only the code tells. */
  entry: LogEntry | undefined;
  /** Why it is missing although something like it is there; '' when nothing is known. */
  reason: string;
  /** Where it is set although the program does not see it. */
  seen: Variable | undefined;
}

/** One finding for all that is missing: they are repaired in one go. */
function provedMissing(missing: readonly Missing[], state: ServiceState, context: Context): Judgement {
  const target = state.service.name;
  const names = missing.map(({ name }) => name);
  const shown =
    names.slice(0, MAX_NAMES_IN_SUMMARY).join(', ') + (names.length > MAX_NAMES_IN_SUMMARY ? ' and others' : '');
  const tried = missing.some(({ entry }) => entry !== undefined);
  const reasons = missing.flatMap(({ reason }) => (reason === '' ? [] : [reason]));
  const entries = [...new Set(missing.flatMap(({ entry }) => entry ?? []))].slice(-3);
  return proved({
    target,
    summary: `${shown} ${names.length > 1 ? 'are' : 'is'} not set, and ${target} ${tried ? 'does not start without' : 'requires'} ${names.length > 1 ? 'them' : 'it'}${reasons.length > 0 ? `: ${reasons[0]}` : ''}`,
    confidence: tried ? 'proved' : 'likely',
    evidence: [...entries.map(logEvidence), ...missing.flatMap((one) => placesOf(one, state, context))],
    fixes: fixesOf(missing, state, context),
  });
}

/** Variables that an error says are missing: named in its message, or read on the line of code that failed. */
function namesIn({ record }: LogEntry, state: ServiceState, context: Context): string[] {
  const known = new Set([
    ...context.source.envReferences.map((reference) => reference.name),
    ...[...context.files].flatMap(([, file]) => file.entries.map((entry) => entry.name)),
  ]);
  const names = new Set(missingNamesIn(record.text, known));
  if (VALUE_IS_NOTHING.test(record.text)) {
    for (const frame of stackFramesOf(record.text)) {
      const unset = context.source.envReferences.filter(
        (reference) =>
          isFrameOf(frame, reference, context.source) &&
          reference.fallback === undefined &&
          !isSet(reference.name, state, context),
      );
      for (const reference of unset) names.add(reference.name);
      if (unset.length > 0) break;
    }
  }
  // A check such as "A or B" names what is set, too: only what is unset can be missing, unless nothing is.
  const unset = [...names].filter((name) => !isSet(name, state, context));
  return unset.length > 0 ? unset : [...names].slice(0, 1);
}

/** The line that failed reads the variable, or uses what a line shortly before took from it. */
function isFrameOf(frame: StackFrame, reference: EnvReference, source: SourceFacts): boolean {
  const { file, line, text } = reference;
  if (frame.path !== file && !frame.path.endsWith(`/${file}`) && !file.endsWith(`/${frame.path}`)) return false;
  if (frame.line === line) return true;
  const local = /([A-Za-z_]\w*)\s*(?::=|=)[^=]/.exec(text)?.[1];
  return (
    local !== undefined &&
    frame.line > line &&
    frame.line - line <= MAX_LINES_BETWEEN &&
    new RegExp(String.raw`\b${local}\b`).test(source.lineOf(file, frame.line) ?? '')
  );
}

/** A slip in the name, or a file that this start does not read. */
function elsewhere(name: string, state: ServiceState, context: Context): string {
  const near = misspelt(name, state, context);
  if (near) return `${sourceText(near.at)} sets ${near.name} instead`;
  const other = otherFile(name, state, context);
  return other ? `${sourceText(other)} sets it, but ${state.service.name} is started without that file` : '';
}

/** A variable of its env files with nearly the same name, which the code does not read. */
function misspelt(name: string, state: ServiceState, { source }: Context): Variable | undefined {
  return state.service.environment.find(
    (variable) =>
      isSimilarName(variable.name, name) && !source.envReferences.some((reference) => reference.name === variable.name),
  );
}

function otherFile(name: string, state: ServiceState, { files }: Context): Variable['at'] | undefined {
  for (const [file, { entries }] of files) {
    if (isEnvSample(file) || state.service.envFiles.includes(file)) continue;
    const entry = entries.find((candidate) => candidate.name === name && candidate.value !== '');
    if (entry) return { file, line: entry.line };
  }
  return undefined;
}

function isSet(name: string, state: ServiceState, context: Context): boolean {
  return (
    context.shell.has(name) ||
    state.service.environment.some((variable) => variable.name === name && variable.value !== '')
  );
}

/**
 * Why the service does not see a variable that a file sets; undefined when the error does not tell of now: the file was
 * changed after it, or the start command loads the file and the message may mean something else.
 */
function unseen(variable: Variable, entry: LogEntry, state: ServiceState, context: Context): string | undefined {
  const changed = context.times.get(variable.at.file);
  if (!changed || changed.getTime() > entry.log.modifiedAt.getTime()) return undefined;
  const command = state.service.command?.text ?? '';
  const loads =
    /env-file|dotenv|foreman|honcho|docker|compose|next|vite|nuxt|--env\b|\.env\b/.test(command) ||
    state.service.compose !== undefined;
  if (loads || !context.files.has(variable.at.file)) return undefined;
  return context.source.loadsEnvFiles
    ? `${sourceText(variable.at)} sets it, but ${state.service.name} did not see that file when it started`
    : `${sourceText(variable.at)} sets it, but nothing loads that file`;
}

function placesOf({ name, seen }: Missing, state: ServiceState, context: Context): Evidence[] {
  const references = context.source.envReferences
    .filter((reference) => reference.name === name && inFolder(reference.file, state.service.folder))
    .sort((a, b) => Number(b.required) - Number(a.required));
  const sample = sampleLine(name, context.files);
  const empty = state.service.environment.find((variable) => variable.name === name && variable.value === '');
  const near = misspelt(name, state, context);
  const other = otherFile(name, state, context);
  const file = envFileOf(state);
  const config = (at: Variable['at'], text: string): Evidence => ({ kind: 'config', source: sourceText(at), text });
  return [
    ...references.slice(0, 2).map(codeEvidence),
    ...(near ? [config(near.at, `${near.name} is set, ${name} is not`)] : []),
    ...(sample ? [config(sample, `${name} stands in the sample`)] : []),
    ...(other ? [config(other, `${name} is set in ${other.file}`)] : []),
    ...(seen
      ? [config(seen.at, `${name} is set in ${seen.at.file}`)]
      : empty
        ? [config(empty.at, `${name} is there, but empty`)]
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

/** One fix for all that is missing, since the service starts only with all of it: slips corrected, the rest asked for. */
function fixesOf(missing: readonly Missing[], state: ServiceState, context: Context): Fix[] {
  // What a file sets already is not repaired by setting it once more.
  if (missing.some(({ seen }) => seen)) return [];
  const renames = missing.flatMap(({ name }) => {
    const near = misspelt(name, state, context);
    const before = near ? context.files.get(near.at.file)?.lines[near.at.line - 1] : undefined;
    if (!near || before === undefined) return [];
    const { file, line } = near.at;
    const change = { kind: 'edit' as const, file, line, before, after: before.replace(near.name, name) };
    return [{ name, old: near.name, change }];
  });
  const others = missing.map(({ name }) => name).filter((name) => !renames.some((rename) => rename.name === name));
  const added = others.length > 0 ? setVariables(others, envFileOf(state), context.files) : undefined;
  const titles = renames.map(({ name, old, change }) => `Rename ${old} to ${name} in ${change.file}`);
  return [
    {
      title: [...titles, ...(added ? [added.title] : [])].join('; '),
      risk: 'write',
      changes: [...renames.map(({ change }) => change), ...(added?.changes ?? [])],
      undo: true,
      verify: `Start ${state.service.name}: its log no longer names ${missing.map(({ name }) => name).join(', ')}.`,
      ...(added?.inputs ? { inputs: added.inputs } : {}),
    },
  ];
}
