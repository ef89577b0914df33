import { stackFramesOf } from '../../../logs/present/stackFrames.ts';
import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { clip, codeEvidence, isFailing, logEvidence } from '../../evidence.ts';
import { type LogEntry, type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { envFiles, sourceFacts } from '../../observers/workspaceFiles.ts';
import { missingNamesIn } from '../../source/missingNames.ts';
import type { SourceFacts } from '../../source/sourceFacts.ts';
import { isSameValue, valueComplaintIn } from '../../source/valueErrors.ts';
import { parseConnectionUrl } from '../../targets/parseConnectionUrl.ts';
import { type EnvFiles, isEnvSample } from '../../targets/serviceEnvironment.ts';
import { isOwnPort } from '../../targets/servicePorts.ts';
import { sourceText, type Variable } from '../../targets/target.ts';

export const envMalformed = defineCause({
  id: 'env.malformed',
  category: 'startup',
  summary: 'A line of an env file, or the value of a variable, is not in the form that its reader needs',
  advice: {
    sure: 'The line or the value is in the file now, and its reader cannot read that form.',
    first: 'Repair the line; nothing else has to change.',
    verify: 'The service starts with the repaired value.',
  },
  needs: { states: serviceStates, source: sourceFacts, files: envFiles },
  explains: [
    'auth.key-invalid',
    'env.missing',
    'process.crash-loop',
    'service.down',
    'database.unreachable',
    'database.auth-failed',
    'database.missing',
    'dns.failed',
    'network.refused',
    'cache.unreachable',
    'cache.auth-failed',
    'file.missing',
    'port.conflict',
    'config.invalid',
    'container.exited',
  ],
  judge: ({ states, source, files }) => states.flatMap((state) => judgeService(state, source, files)),
});

function judgeService(state: ServiceState, source: SourceFacts, files: EnvFiles): Judgement[] {
  const { service } = state;
  const suspects = new Map<string, Suspect>();
  for (const entry of state.errors)
    for (const suspect of fromError(entry, state, source)) suspects.set(suspect.name, suspect);
  // A service that ran with these settings, or runs, reads them well enough.
  if (!state.running && (isFailing(state) || !state.everStarted)) {
    for (const suspect of [...fromValues(state, source), ...fromLines(state, source, files)])
      if (!suspects.has(suspect.name)) suspects.set(suspect.name, suspect);
  }
  const judgements = [...suspects.values()].map((suspect): Judgement => {
    const references = source.envReferences.filter((reference) => reference.name === suspect.name).slice(0, 1);
    return proved({
      target: service.name,
      summary: `${suspect.name} in ${suspect.at.file} ${suspect.because}`,
      // A wrong form convicts when the service fails over something that it can cause; before the first start it is a likely trap.
      confidence: suspect.entry || failsOver(suspect.name, state) ? 'proved' : 'likely',
      evidence: [
        { kind: 'config', source: sourceText(suspect.at), text: suspect.shown },
        ...(suspect.entry ? [logEvidence(suspect.entry)] : state.errors.slice(-1).map(logEvidence)),
        ...references.map(codeEvidence),
      ] satisfies Evidence[],
      fixes: suspect.fixes,
    });
  });
  if (judgements.length === 0 && !state.running && service.envFiles.length > 0) {
    judgements.push(
      refuted({
        target: service.name,
        because: `every line of ${service.envFiles.join(', ')} can be read`,
        evidence: service.envFiles.map((file) => ({
          kind: 'config' as const,
          source: file,
          text: `${files.get(file)?.entries.length ?? 0} variables`,
        })),
      }),
    );
  }
  return judgements;
}

/** Failures that a value of the wrong form leads to, though the message need not say so. */
const CONSEQUENCE =
  /\bURL\b|ENOTFOUND|ECONNREFUSED|getaddrinfo|resolve|connect|parse|invalid|\bport\b|undefined|missing|required|not set|config|auth|NaN|KeyError/i;

function failsOver(name: string, state: ServiceState): boolean {
  return (
    isFailing(state) &&
    state.errors.some(
      ({ record }) =>
        record.text.includes(name) ||
        (CONSEQUENCE.test(record.message) &&
          !/in use|EADDRINUSE|No such file|ENOENT|EACCES|ENOSPC|Cannot find|No module/i.test(record.text)),
    )
  );
}

interface Suspect {
  name: string;
  at: Variable['at'];
  /** Continues "X in .env …". */
  because: string;
  shown: string;
  entry: LogEntry | undefined;
  fixes: Fix[];
}

/** The log complains of a value, and a variable holds that value or is read where the error arose. */
function fromError(entry: LogEntry, state: ServiceState, source: SourceFacts): Suspect[] {
  const { record } = entry;
  const complaint = valueComplaintIn(record.text);
  if (!complaint) return [];
  const frames = stackFramesOf(record.text);
  const read = new Set(
    source.envReferences
      .filter((reference) =>
        frames.some(
          (frame) =>
            frame.line === reference.line &&
            (frame.path === reference.file || frame.path.endsWith(`/${reference.file}`)),
        ),
      )
      .map((reference) => reference.name),
  );
  const quotes = ({ value }: Variable): boolean => complaint.quoted.some((quoted) => isSameValue(value, quoted));
  // By its own name, or by the lower-case field that a settings class gives it.
  const names = ({ name }: Variable): boolean =>
    new RegExp(String.raw`\b${name}\b`).test(complaint.line) ||
    new RegExp(String.raw`^\s*${name.toLowerCase()}\s*$`, 'm').test(record.text);
  const known = state.service.environment.filter(
    (variable) => source.words.has(variable.name) || source.words.has(variable.name.toLowerCase()) || names(variable),
  );
  // The quoted value names the culprit; without it the line that failed does, if it reads one variable with a bad form.
  const quoted = known.filter(quotes);
  const chosen =
    quoted.length > 0
      ? quoted.filter(names).length > 0
        ? quoted.filter(names)
        : quoted
      : known.filter(
          (variable) =>
            names(variable) || (read.has(variable.name) && formProblem(variable, state, source) !== undefined),
        );
  return chosen.slice(0, 2).map((variable) => ({
    name: variable.name,
    at: variable.at,
    because: `${formProblem(variable, state, source) ?? (/\\r/.test(complaint.line) ? 'ends with CR LF, and its reader takes the CR into the value' : 'has a value that its reader rejects')}, so ${state.service.name} stops`,
    shown: shownValue(variable),
    entry,
    fixes: [],
  }));
}

/** Values that cannot be what the service's code reads them as. */
function fromValues(state: ServiceState, source: SourceFacts): Suspect[] {
  return state.service.environment.flatMap((variable): Suspect[] => {
    if (!source.words.has(variable.name)) return [];
    const because = formProblem(variable, state, source);
    // It failed over something else: what is wrong here may be, and nobody has noticed it yet.
    return because === undefined ||
      (isFailing(state) && !state.errors.some((entry) => followsFrom(because, entry, variable)))
      ? []
      : [{ name: variable.name, at: variable.at, because, shown: shownValue(variable), entry: undefined, fixes: [] }];
  });
}

/** What a value of the wrong form leads to, by what it should have been. */
const CONSEQUENCES: readonly (readonly [problem: RegExp, error: RegExp])[] = [
  [/port/, /\bport\b|listen|NaN|ERR_SOCKET|EACCES/i],
  [/URL/, /\bURL\b|\bURI\b|ENOTFOUND|ECONNREFUSED|getaddrinfo|resolv|connect|pars|invalid|auth|scheme|hostname/i],
  [/number/, /NaN|number|numeric|range|invalid|int\b/i],
  [/JSON/, /JSON|Unexpected|pars/i],
];

function followsFrom(because: string, { record }: LogEntry, { name, value }: Variable): boolean {
  if (/EADDRINUSE|address already in use/i.test(record.text)) return false;
  return (
    new RegExp(String.raw`\b${name}\b`).test(record.text) ||
    (value.length > 3 && record.text.includes(value)) ||
    CONSEQUENCES.some(([problem, error]) => problem.test(because) && error.test(record.message))
  );
}

/** What is wrong with the form of a value; undefined when nothing is, or when its use is not known. */
function formProblem(variable: Variable, state: ServiceState, source: SourceFacts): string | undefined {
  const { name, value } = variable;
  const trimmed = value.trim();
  if (trimmed === '') return undefined;
  const references = source.envReferences.filter((reference) => reference.name === name);
  if (isOwnPort(name, state.service, source) || /(?:^|_)PORT$/.test(name)) {
    if (!/^\d+$/.test(trimmed) && !trimmed.startsWith('/') && !trimmed.includes('${')) return 'is not a port number';
    if (Number(trimmed) > 65_535) return 'is above 65535, the highest port';
  }
  if (/^[a-z][a-z0-9+]*:\/\//i.test(trimmed)) {
    const url = parseConnectionUrl(trimmed);
    if (url.kind === 'invalid') return `is not a valid URL: ${url.because}`;
  } else if (
    /(?:^|_)(?:DATABASE|DB|POSTGRES|REDIS|MONGO\w*|AMQP)_(?:URL|URI)$/.test(name) &&
    references.length > 0 &&
    parseConnectionUrl(trimmed).kind === 'notConnection' &&
    !/^(?:sqlite|file|:memory:|prisma|libsql)/.test(trimmed)
  ) {
    return 'is not a URL: the scheme (such as postgres://) is missing';
  }
  if (
    references.some((reference) => reference.use === 'url') &&
    !trimmed.includes('://') &&
    !/^(?:\/|data:|file:|mailto:)/.test(trimmed)
  )
    return 'is not a URL: the scheme (such as http://) is missing';
  if (references.some((reference) => reference.use === 'number') && !/^[+-]?\d+(?:\.\d+)?(?:e\d+)?$/i.test(trimmed))
    return 'is not a number, and the code reads it as one';
  if (references.some((reference) => reference.use === 'json') && !isJson(trimmed))
    return 'is not JSON, and the code reads it as JSON';
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Lines that a reader loses, when they concern a variable that the code uses or that an error names. */
function fromLines(state: ServiceState, source: SourceFacts, files: EnvFiles): Suspect[] {
  return state.service.envFiles.flatMap((file) => {
    const dotenv = files.get(file);
    if (!dotenv || isEnvSample(file)) return [];
    return dotenv.problems.flatMap((problem): Suspect[] => {
      const written = dotenv.lines[problem.line - 1] ?? '';
      const name = problem.name ?? /^\s*(?:export\s+)?["']?([A-Za-z_][\w.-]*)/.exec(written)?.[1];
      if (name === undefined) return [];
      const complaint = complaintOf(name, state);
      const swallowed =
        problem.code === 'unterminated-quote'
          ? dotenv.entries
              .filter(({ line, name: below }) => line > problem.line && complaintOf(below, state))
              .map((entry) => entry.name)
          : [];
      // What only some readers lose is lost when the log says that the variable is missing, or that its line is a command.
      const lost = problem.fatal
        ? source.words.has(name) || complaint !== undefined
        : complaint !== undefined && LOSING.has(problem.code);
      if (!lost && swallowed.length === 0) return [];
      return [
        {
          name,
          at: { file, line: problem.line },
          because: `cannot be read: ${problem.message}${swallowed.length > 0 ? `, and takes the lines below it along (${swallowed.join(', ')})` : ''}`,
          shown: clip(maskAssignment(written, name)),
          entry: complaint ?? (swallowed[0] === undefined ? undefined : complaintOf(swallowed[0], state)),
          fixes: repair(file, problem.line, written, name, problem.code),
        },
      ];
    });
  });
}

/** Problems over which a part of the readers loses the variable: `NAME: value`, `NAME = value`. */
const LOSING: ReadonlySet<string> = new Set(['no-equals', 'space-around-equals', 'smart-quote', 'invalid-name']);

/** The error that calls a variable missing, or that shows a shell taking its line for a command. */
function complaintOf(name: string, state: ServiceState): LogEntry | undefined {
  const asCommand = new RegExp(String.raw`\b${name}: (?:command )?not found`);
  return state.errors.findLast(
    ({ record }) => asCommand.test(record.text) || missingNamesIn(record.text, new Set([name])).includes(name),
  );
}

/** A broken line cannot be redacted by its parsed value, since it has none: only its beginning is shown. */
function maskAssignment(written: string, name: string): string {
  const at = written.indexOf(name) + name.length;
  return `${written.slice(0, at + 2)}…`;
}

/** A value that broke its URL may hold a piece of its password where nobody looks for one. */
function shownValue({ name, value }: Variable): string {
  const masked =
    /^[a-z][a-z0-9+.-]*:\/\//i.test(value) && parseConnectionUrl(value).kind !== 'address'
      ? value.replace(/^([a-z][a-z0-9+.-]*:\/\/[^\s:@/]*:).*$/is, '$1…')
      : value;
  return clip(`${name}=${/[\s\r"']/.test(masked) ? JSON.stringify(masked) : masked}`);
}

function repair(file: string, line: number, before: string, name: string, code: string): Fix[] {
  const rest = before.slice(before.indexOf(name) + name.length).trim();
  const after =
    code === 'no-equals'
      ? `${name}=${rest.replace(/^:\s*/, '')}`
      : code === 'space-around-equals'
        ? `${name}=${rest.replace(/^=\s*/, '')}`
        : code === 'smart-quote'
          ? before.replace(/[\u2018-\u201F\u00AB\u00BB]/g, '"')
          : code === 'unterminated-quote'
            ? `${before.trimEnd()}${/=\s*(["'`])/.exec(before)?.[1] ?? '"'}`
            : undefined;
  if (after === undefined || after === before) return [];
  return [
    {
      title: `Repair line ${line} of ${file}`,
      risk: 'write',
      changes: [{ kind: 'edit', file, line, before, after }],
      undo: true,
      verify: `${file} can be read to its end, and the service starts.`,
    },
  ];
}
