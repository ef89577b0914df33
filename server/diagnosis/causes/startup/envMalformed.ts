import { stackFramesOf } from '../../../logs/stackFrames.ts';
import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { clip, codeEvidence, isFailing, logEvidence } from '../../evidence.ts';
import { type LogEntry, type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { envFiles, sourceFacts } from '../../observers/workspaceFiles.ts';
import type { SourceFacts } from '../../source/sourceFacts.ts';
import { parseConnectionUrl } from '../../targets/parseConnectionUrl.ts';
import { type EnvFiles, isEnvSample } from '../../targets/serviceEnvironment.ts';
import { isOwnPort } from '../../targets/servicePorts.ts';
import { sourceText, type Variable } from '../../targets/target.ts';

/** Errors of values that could not be read as what they must be; group 1, where there is one, quotes the value. */
const VALUE_ERRORS: readonly RegExp[] = [
  /invalid literal for int\(\) with base \d+: ['"](.*?)['"]/,
  /could not convert string to float: ['"](.*?)['"]/,
  /For input string: "(.*?)"/,
  /strconv\.\w+: parsing "(.*?)"/,
  /invalid value for (?:Integer|Float)\(\): "(.*?)"/,
  /ParseIntError|invalid digit found in string/,
  /options\.port should be >= 0 and < 65536\. Received (?:type \w+ \()?['"]?([^'")\n]*)/i,
  /ERR_SOCKET_BAD_PORT/,
  /Invalid URL|ERR_INVALID_URL|input: '(.*?)'/,
  /Could not parse (?:SQLAlchemy|rfc1738) URL/i,
  /invalid (?:port|URL|url|URI|dsn|connection string|boolean|number|integer|duration)[^\n]*?['"]([^'"\n]*)['"]/i,
  /must be (?:a |an )?(?:valid )?(?:number|integer|int|numeric|boolean|url|uri|port|positive|json|one of)\b/i,
  /(?:not|isn't|is not) (?:a |an )?(?:valid )?(?:number|integer|boolean|url|uri|port|json|numeric)\b/i,
  /Expected (?:number|integer|boolean|url)[^\n]*received (?:nan|string)/i,
  /Input should be a valid (?:integer|number|boolean|URL)|int_parsing|bool_parsing|url_parsing/,
  /Unexpected token .* in JSON|is not valid JSON|JSONDecodeError|Unexpected end of JSON input/,
  /invalid port number|Port could not be cast to integer|getaddrinfo \w+ .*\\r|lookup .*: invalid/i,
];

export const envMalformed = defineCause({
  id: 'env.malformed',
  category: 'startup',
  summary: 'A line of an env file, or the value of a variable, is not in the form that its reader needs',
  needs: { states: serviceStates, source: sourceFacts, files: envFiles },
  explains: [
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
  if (!state.running)
    for (const suspect of fromValues(state, source))
      if (!suspects.has(suspect.name)) suspects.set(suspect.name, suspect);
  if (!state.running)
    for (const suspect of fromLines(state, source, files))
      if (!suspects.has(suspect.name)) suspects.set(suspect.name, suspect);
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
  const complaint = VALUE_ERRORS.map((pattern) => pattern.exec(record.text)).find((match) => match !== null);
  if (!complaint) return [];
  const quoted = complaint.slice(1).find((group) => group !== undefined && group !== '');
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
  const lineOfComplaint = record.text.split('\n').find((line) => line.includes(complaint[0])) ?? record.message;
  const candidates = state.service.environment.filter((variable) => {
    if (quoted !== undefined && sameValue(variable.value, quoted)) return true;
    if (read.has(variable.name)) return true;
    return (
      new RegExp(String.raw`\b${variable.name}\b`).test(lineOfComplaint) ||
      new RegExp(String.raw`^\s*${variable.name.toLowerCase()}\s*$`, 'm').test(record.text)
    );
  });
  // The quoted value names the culprit; without it the line that failed does, if it reads one variable with a bad form.
  const named = candidates.filter((variable) => quoted !== undefined && sameValue(variable.value, quoted));
  const chosen =
    named.length > 0
      ? named
      : candidates.filter(
          (variable) =>
            formProblem(variable, state, source) !== undefined ||
            new RegExp(String.raw`\b${variable.name}\b`).test(lineOfComplaint),
        );
  return chosen.slice(0, 2).map((variable) => ({
    name: variable.name,
    at: variable.at,
    because: `${formProblem(variable, state, source) ?? 'has a value that its reader rejects'}, so ${state.service.name} stops`,
    shown: shownValue(variable),
    entry,
    fixes: [],
  }));
}

function sameValue(value: string, quoted: string): boolean {
  const plain = (text: string): string =>
    text
      .replace(/\\[rnt]/g, '')
      .trim()
      .replace(/^["']|["']$/g, '')
      .trim();
  return plain(value) !== '' && plain(value) === plain(quoted);
}

/** Values that cannot be what the service's code reads them as. */
function fromValues(state: ServiceState, source: SourceFacts): Suspect[] {
  return state.service.environment.flatMap((variable): Suspect[] => {
    if (!source.words.has(variable.name)) return [];
    const because = formProblem(variable, state, source);
    return because === undefined
      ? []
      : [{ name: variable.name, at: variable.at, because, shown: shownValue(variable), entry: undefined, fixes: [] }];
  });
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

/** Lines that every reader loses, when they concern a variable that the code uses. */
function fromLines(state: ServiceState, source: SourceFacts, files: EnvFiles): Suspect[] {
  return state.service.envFiles.flatMap((file) => {
    const dotenv = files.get(file);
    if (!dotenv || isEnvSample(file)) return [];
    return dotenv.problems.flatMap((problem): Suspect[] => {
      const written = dotenv.lines[problem.line - 1] ?? '';
      const name = problem.name ?? /^\s*(?:export\s+)?["']?([A-Za-z_][\w.-]*)/.exec(written)?.[1];
      if (!problem.fatal || name === undefined || !concernsService(name, state, source)) return [];
      return [
        {
          name,
          at: { file, line: problem.line },
          because: `cannot be read: ${problem.message}`,
          shown: clip(maskAssignment(written, name)),
          entry: undefined,
          fixes: repair(file, problem.line, written, name, problem.code),
        },
      ];
    });
  });
}

function concernsService(name: string, state: ServiceState, source: SourceFacts): boolean {
  return source.words.has(name) || state.errors.some(({ record }) => record.text.includes(name));
}

/** A broken line cannot be redacted by its parsed value, since it has none: only its beginning is shown. */
function maskAssignment(written: string, name: string): string {
  const at = written.indexOf(name) + name.length;
  return `${written.slice(0, at + 2)}…`;
}

function shownValue({ name, value }: Variable): string {
  return clip(`${name}=${/[\s\r"']/.test(value) ? JSON.stringify(value) : value}`);
}

function repair(file: string, line: number, before: string, name: string, code: string): Fix[] {
  const rest = before.slice(before.indexOf(name) + name.length).trim();
  const after =
    code === 'no-equals'
      ? `${name}=${rest.replace(/^:\s*/, '')}`
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
