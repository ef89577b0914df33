import path from 'node:path';
import { stackFramesOf } from '../../../logs/present/stackFrames.ts';
import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { clip, failingCode, logEvidence, newestBy } from '../../evidence.ts';
import { defineObserver, type Observation } from '../../observer.ts';
import { type LogEntry, type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { listing, sourceFacts } from '../../observers/workspaceFiles.ts';
import { configFilesIn, domainComplaints, isParseError, placeIn } from '../../source/configErrors.ts';
import { type ConfigValue, configValueIn } from '../../source/configKeys.ts';
import { configProblem } from '../../source/configSyntax.ts';
import type { SourceFacts } from '../../source/sourceFacts.ts';
import type { SyntaxProblem } from '../../source/syntaxProblem.ts';

/** Files with a cause of their own, and files that are generated. */
const FOREIGN =
  /(?:^|\/)(?:(?:docker-)?compose[\w.-]*\.ya?ml|package-lock\.json|pnpm-lock\.yaml|[\w.-]*\.lock)$|(?:^|\/)node_modules\//;
const MAX_BYTES = 256 * 1024;
/** Clocks of file systems and logs agree to this. */
const SLACK_MS = 2_000;

interface Suspect {
  state: ServiceState;
  entry: LogEntry;
  file: string;
  /** What our own parser says of the file as it is now. */
  problem: SyntaxProblem | undefined;
  /** Where the program's parser stopped, when the file is still the one that it read. */
  told: { line: number; column: number | undefined } | undefined;
  /** A value that the error calls wrong, as the file has it now. */
  value: (ConfigValue & { complaint: string; quoted: boolean }) | undefined;
  lines: string[];
  code: { file: string; line: number; text: string } | undefined;
  fixes: Fix[];
}

const suspects = defineObserver<Suspect[]>({
  id: 'config-invalid.suspects',
  label: 'configuration that errors name',
  timeoutMs: 3_000,
  observe: async (run) => {
    const [states, source, { files }] = await Promise.all([
      run.use(serviceStates),
      run.use(sourceFacts),
      run.use(listing),
    ]);
    const named = states.flatMap((state) =>
      newestBy(
        state.errors.flatMap((entry) => candidatesOf(state, entry, source, files, run.workspace)),
        ({ file }) => file,
      ),
    );
    return (await Promise.all(named.map((candidate) => lookAt(run, candidate)))).flat();
  },
});

export const configInvalid = defineCause({
  id: 'config.invalid',
  category: 'startup',
  summary: 'A configuration file of the service cannot be read, or holds a value that may not be',
  advice: {
    sure: 'The service stopped while it read the file, and the file as it is now breaks the rules of its format at the named place.',
    first: 'Repair the named line.',
    verify: 'The file can be read to its end, and the service starts.',
  },
  needs: { suspects },
  explains: [
    'service.down',
    'process.crash-loop',
    'network.refused',
    'container.exited',
    'container.restarting',
    'container.unhealthy',
    'dependency.not-ready',
  ],
  judge: ({ suspects: list }) => list.flatMap(judgeSuspect),
});

function judgeSuspect(suspect: Suspect): Judgement[] {
  const { state, entry, file, problem, told, value, lines, code, fixes } = suspect;
  const target = state.service.name;
  const codeOf: Evidence[] = code ? [{ kind: 'code', source: `${code.file}:${code.line}`, text: clip(code.text) }] : [];
  const lineText = (line: number): string => clip(maskValue(lines[line - 1] ?? ''));
  if (problem)
    return [
      proved({
        target,
        summary: `${file} cannot be read: line ${problem.line}, column ${problem.column}: ${clip(problem.message, 160)}; so ${target} stops`,
        evidence: [
          { kind: 'config', source: `${file}:${problem.line}`, text: lineText(problem.line) || '(empty line)' },
          logEvidence(entry),
          ...codeOf,
        ],
        fixes,
      }),
    ];
  if (value)
    return [
      proved({
        target,
        summary: `${value.key} in ${file} has a value that ${target} does not take: ${clip(value.complaint, 160)}`,
        confidence: value.quoted ? 'proved' : 'likely',
        evidence: [
          { kind: 'config', source: `${file}:${value.line}`, text: lineText(value.line) },
          logEvidence(entry),
          ...codeOf,
        ],
      }),
    ];
  if (told && told.line <= lines.length)
    return [
      proved({
        target,
        summary: `${file} cannot be read by ${target}: its parser stops at line ${told.line}${told.column === undefined ? '' : `, column ${told.column}`}`,
        confidence: 'likely',
        evidence: [
          { kind: 'config', source: `${file}:${told.line}`, text: lineText(told.line) },
          logEvidence(entry),
          ...codeOf,
        ],
      }),
    ];
  return isParseError(entry.record.text) &&
    configFilesIn(entry.record.text).some((each) => path.posix.basename(each) === path.posix.basename(file))
    ? [
        refuted({
          target,
          because: `${file} can be read to its end now`,
          evidence: [{ kind: 'config', source: file, text: `${lines.length} lines, no error` }],
        }),
      ]
    : [];
}

type Candidate = Pick<Suspect, 'state' | 'entry' | 'file' | 'code'>;

/** Files that the error names; without a name, those that the failing code itself reads. */
function candidatesOf(
  state: ServiceState,
  entry: LogEntry,
  source: SourceFacts,
  files: readonly string[],
  workspace: string,
): Candidate[] {
  const { text } = entry.record;
  const parsing = isParseError(text);
  if (!parsing && domainComplaints(text).length === 0) return [];
  const code = failingCode(entry, source);
  const resolve = (written: string): string | undefined => {
    const plain = written.startsWith(`${workspace}/`)
      ? written.slice(workspace.length + 1)
      : written.replace(/^(?:\.\/)+/, '');
    const inFolder = path.posix.join(state.service.folder, plain);
    return [inFolder, plain].find((each) => files.includes(each) && !FOREIGN.test(each));
  };
  const named = configFilesIn(text).flatMap((written) => resolve(written) ?? []);
  if (named.length > 0 || !parsing) return [...new Set(named)].map((file) => ({ state, entry, file, code }));
  // The places of the program's own code through which the error came, and the files that they name.
  const own = [
    ...new Set([
      ...(code ? [code.file] : []),
      ...stackFramesOf(text).flatMap(
        ({ path: frame }) => files.find((file) => frame.endsWith(`/${file}`) || frame === file) ?? [],
      ),
    ]),
  ];
  const read = own.flatMap((file) =>
    configFilesIn(source.textOf(file) ?? '').flatMap(
      (written) => resolve(written) ?? resolveBeside(written, file, files),
    ),
  );
  return [...new Set(read)].map((file) => ({ state, entry, file, code }));
}

/** `path.join(__dirname, 'settings.json')`: beside the code that reads it. */
function resolveBeside(written: string, file: string, files: readonly string[]): string[] {
  const beside = path.posix.join(path.posix.dirname(file), written);
  return files.includes(beside) && !FOREIGN.test(beside) ? [beside] : [];
}

async function lookAt(run: Observation, candidate: Candidate): Promise<Suspect[]> {
  const { file, entry } = candidate;
  const absolute = path.join(run.workspace, file);
  const [text, found] = await Promise.all([
    run.systems.files.readText(absolute, { signal: run.signal, maxBytes: MAX_BYTES }),
    run.systems.files.state(absolute),
  ]);
  if (text === undefined) return [];
  const said = entry.record.text;
  const parsing = isParseError(said);
  const unchanged = 'modifiedAt' in found && found.modifiedAt.getTime() <= entry.log.modifiedAt.getTime() + SLACK_MS;
  const ours = parsing ? await configProblem(file, text) : undefined;
  // Parsers of YAML differ in the line that they blame: the user sees that of the program.
  const theirs = ours && unchanged && /\.ya?ml$/.test(file) ? placeIn(said) : undefined;
  const problem = ours && theirs ? { ...ours, line: theirs.line, column: theirs.column ?? ours.column } : ours;
  const isNamed = configFilesIn(said).some((written) => path.posix.basename(written) === path.posix.basename(file));
  const value = parsing || !isNamed ? undefined : await wrongValue(file, text, entry, unchanged);
  return [
    {
      ...candidate,
      problem,
      // Only parsers of YAML take different files; what ours reads of the other formats, every one reads.
      told: !problem && parsing && unchanged && isNamed && /\.ya?ml$/.test(file) ? placeIn(said) : undefined,
      value,
      lines: text.split(/\r?\n/),
      fixes: problem ? await repairs(file, text, problem) : [],
    },
  ];
}

/** The key that the error names together with the file, when the file (still) has the value that it complains of. */
async function wrongValue(
  file: string,
  text: string,
  { record }: LogEntry,
  unchanged: boolean,
): Promise<Suspect['value']> {
  // The headline first: a trace may quote the code that throws, which holds the same words.
  for (const complaint of new Set([...domainComplaints(record.message), ...domainComplaints(record.text)])) {
    const found = await configValueIn(file, text, complaint);
    if (!found) continue;
    const written = found.value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const quoted = written !== '' && new RegExp(`(?<![\\w.])${written}(?!\\w)`).test(complaint.replace(found.key, ''));
    if (quoted || unchanged) return { ...found, complaint: complaint.trim(), quoted };
  }
  return undefined;
}

/** The one small change after which the file can be read; nothing where it takes more than that. */
async function repairs(file: string, text: string, problem: SyntaxProblem): Promise<Fix[]> {
  const lines = text.split('\n');
  const at = problem.line - 1;
  const before = lines[at] ?? '';
  const previous = lines.findLastIndex((line, index) => index < at && line.trim() !== '');
  const attempts: (readonly [index: number, after: string, title: string])[] = [];
  if (/^a comma with nothing after it/.test(problem.message))
    attempts.push([at, `${before.slice(0, problem.column - 1)}${before.slice(problem.column)}`, 'Take away the comma']);
  if (/^expected ',' or/.test(problem.message) && previous >= 0 && before.slice(0, problem.column - 1).trim() === '')
    attempts.push([previous, (lines[previous] as string).replace(/(\r?)$/, ',$1'), 'Add the missing comma']);
  if (/^\t+/.test(before))
    attempts.push([at, before.replace(/^\t+/, (tabs) => '  '.repeat(tabs.length)), 'Set the line in with spaces']);
  for (const [index, after, title] of attempts) {
    const repaired = lines.with(index, after).join('\n');
    if ((await configProblem(file, repaired)) !== undefined) continue;
    const strip = (line: string): string => line.replace(/\r$/, '');
    return [
      {
        title: `${title} in line ${index + 1} of ${file}`,
        risk: 'write',
        changes: [{ kind: 'edit', file, line: index + 1, before: strip(lines[index] as string), after: strip(after) }],
        undo: true,
        verify: `${file} can be read to its end, and the service starts.`,
      },
    ];
  }
  return [];
}

/** A line of configuration may hold a secret that no parser has told apart: such a value is not shown. */
function maskValue(line: string): string {
  return line.replace(
    /^(.{0,200}?(?:pass(?:word|wd)?|secret|token|credential|api[_-]?key|private[_-]?key)["']?\s*[:=]\s*).+$/i,
    '$1…',
  );
}
