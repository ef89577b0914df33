import path from 'node:path';
import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import type { RuntimeVersion } from '../../../systems/runtimes/runtimes.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { clip, codeEvidence, failingCode, logEvidence, newestBy } from '../../evidence.ts';
import { defineObserver, type Observation } from '../../observer.ts';
import { type LogEntry, type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { listing, sourceFacts } from '../../observers/workspaceFiles.ts';
import { type DeclaredVersion, declaredVersions } from '../../source/declaredVersions.ts';
import { NAMES, type VersionComplaint, versionComplaintIn } from '../../source/versionComplaint.ts';
import { isOlder } from '../../source/versionRange.ts';
import { sourceText } from '../../targets/target.ts';

const VERSION_MS = 1_500;

interface Suspect {
  state: ServiceState;
  entry: LogEntry;
  complaint: VersionComplaint;
  declared: DeclaredVersion[];
  /** What ran when it failed, and how that is known. */
  ran: { version: string; evidence: Evidence; isOnPath?: boolean } | undefined;
  /** What the PATH leads to now. */
  onPath: RuntimeVersion;
  code: { file: string; line: number; text: string } | undefined;
}

const suspects = defineObserver<Suspect[]>({
  id: 'version-mismatch.suspects',
  label: 'versions of runtimes',
  timeoutMs: 5_000,
  observe: async (run) => {
    const states = await run.use(serviceStates);
    const named = states.flatMap((state) =>
      newestBy(
        state.errors.flatMap((entry) => {
          const complaint = versionComplaintIn(entry.record.text);
          return complaint ? [{ state, entry, complaint }] : [];
        }),
        ({ complaint }) => `${complaint.runtime} ${complaint.what}`,
      ),
    );
    return Promise.all(named.map((each) => lookUp(run, each)));
  },
});

export const versionMismatch = defineCause({
  id: 'runtime.version-mismatch',
  category: 'startup',
  summary: 'The service runs with another version of its language than it needs',
  advice: {
    sure: 'The version that ran is known, and the code, a native addon or the project itself needs another one.',
    first:
      'Switch to the version that the project asks for, or correct what it asks for; then install its dependencies anew.',
    verify: 'The service starts, and the version command on its PATH shows the wanted version.',
  },
  needs: { suspects },
  explains: [
    'dependency.module-missing',
    'config.invalid',
    'service.down',
    'process.crash-loop',
    'network.refused',
    'container.exited',
    'container.restarting',
  ],
  judge: ({ suspects: list }) => list.flatMap(judgeSuspect),
});

function judgeSuspect(suspect: Suspect): Judgement[] {
  const { state, entry, complaint, declared, ran, onPath, code } = suspect;
  const { runtime, kind, wanted, what } = complaint;
  const target = state.service.name;
  const name = NAMES[runtime];
  const broken = ran === undefined ? undefined : declared.find((each) => each.admits(ran.version) === false);
  const evidence: Evidence[] = [
    logEvidence(entry),
    ...(ran ? [ran.evidence] : []),
    ...((broken ?? declared[0]) ? [declaredEvidence((broken ?? declared[0]) as DeclaredVersion)] : []),
    ...(code ? [codeEvidence(code)] : []),
  ];
  if (kind === 'syntax' && !broken) return [];
  const shown = name === 'Python' ? 'python3' : runtime;
  if (kind === 'feature' && !ran)
    return [
      unknown({
        target,
        because: `${target} ${what}, which came with ${name} ${wanted}, and the version that it runs with could not be seen`,
        next: `run ${shown} --version where ${target} is started`,
      }),
    ];
  if (kind === 'feature' && ran && wanted !== undefined && !isOlder(ran.version, wanted))
    return ran.isOnPath
      ? [
          // Its last start failed for the want of it all the same: that was another program, or an earlier one.
          unknown({
            target,
            because: `${target} ${what}, which the ${name} ${ran.version} of the PATH has, but its last start did not have it`,
            next: `start ${target} again; if it fails the same way, see which ${shown} starts it`,
          }),
        ]
      : [refuted({ target, because: `${name} ${ran.version} has what ${target} uses: it ${what}`, evidence })];
  const asks = broken ? `; ${broken.at.file} asks for ${broken.range}` : '';
  const since = kind === 'feature' ? `, which came with ${name} ${wanted}` : '';
  const ranText = ran ? `${name} ${ran.version}` : name;
  return [
    proved({
      target,
      summary: `${target} ${what}${since}, but runs with ${ranText}${asks}${pathText(suspect, onPath)}`,
      confidence: kind === 'syntax' ? 'likely' : 'proved',
      evidence,
      fixes: rebuildFix(suspect),
    }),
  ];
}

function declaredEvidence({ at, range, runtime }: DeclaredVersion): Evidence {
  return { kind: 'config', source: sourceText(at), text: `asks for ${NAMES[runtime]} ${clip(range, 100)}` };
}

/** A better version is already there: then starting it with that is all. */
function pathText({ ran, complaint, declared }: Suspect, onPath: RuntimeVersion): string {
  if (onPath.kind !== 'installed' || !ran || onPath.version.startsWith(ran.version)) return '';
  const fits =
    declared.length > 0
      ? declared.every((each) => each.admits(onPath.version) === true)
      : complaint.kind === 'feature' && complaint.wanted !== undefined && !isOlder(onPath.version, complaint.wanted);
  return fits ? `; ${onPath.command} shows ${onPath.version} here, which fits` : '';
}

/** An addon is built anew for the Node.js that is there. */
function rebuildFix({ complaint: { addon }, state }: Suspect): Fix[] {
  if (addon === undefined) return [];
  return [
    {
      title: `Build ${addon} anew for the installed Node.js`,
      risk: 'execute',
      changes: [
        {
          kind: 'command',
          argv: ['npm', 'rebuild', addon],
          cwd: state.service.folder === '' ? '.' : state.service.folder,
        },
      ],
      undo: false,
      verify: `${state.service.name} starts and loads ${addon}.`,
    },
  ];
}

async function lookUp(
  run: Observation,
  { state, entry, complaint }: Pick<Suspect, 'state' | 'entry' | 'complaint'>,
): Promise<Suspect> {
  const { runtime } = complaint;
  const { folder } = state.service;
  const read = (file: string): Promise<string | undefined> =>
    run.systems.files.readText(path.join(run.workspace, file), { signal: run.signal });
  const [{ files }, source, onPath, venv] = await Promise.all([
    run.use(listing),
    run.use(sourceFacts),
    run.systems.runtimes.version(runtime, { timeoutMs: VERSION_MS, signal: run.signal }),
    runtime === 'python' ? venvVersion(folder, read) : undefined,
  ]);
  return {
    state,
    entry,
    complaint,
    onPath,
    declared: await declaredVersions(runtime, folder, files, read),
    ran: ranVersion(state, entry, complaint, venv, onPath),
    code: failingCode(entry, source),
  };
}

/** Its own words decide; then its virtual environment, the name of its program, and last the PATH. */
function ranVersion(
  { service }: ServiceState,
  entry: LogEntry,
  { actual, runtime }: VersionComplaint,
  venv: { version: string; file: string; line: number } | undefined,
  onPath: RuntimeVersion,
): Suspect['ran'] {
  if (actual !== undefined)
    return { version: actual, evidence: { ...logEvidence(entry), text: `it ran with ${NAMES[runtime]} ${actual}` } };
  if (venv)
    return {
      version: venv.version,
      evidence: { kind: 'config', source: `${venv.file}:${venv.line}`, text: `version = ${venv.version}` },
    };
  const named = runtime === 'python' ? /\bpython(3\.\d{1,2})\b/.exec(service.command?.text ?? '')?.[1] : undefined;
  if (named !== undefined && service.command)
    return {
      version: named,
      evidence: { kind: 'config', source: sourceText(service.command.at), text: clip(service.command.text) },
    };
  if (onPath.kind !== 'installed' || service.compose) return undefined;
  return {
    version: onPath.version,
    evidence: { kind: 'process', source: onPath.command, text: onPath.version },
    isOnPath: true,
  };
}

/** A virtual environment says which Python it was made of; its own program is not started. */
async function venvVersion(
  folder: string,
  read: (file: string) => Promise<string | undefined>,
): Promise<{ version: string; file: string; line: number } | undefined> {
  for (const name of ['.venv', 'venv', 'env']) {
    const file = path.posix.join(folder, name, 'pyvenv.cfg');
    const lines = ((await read(file)) ?? '').split(/\r?\n/);
    const index = lines.findIndex((line) => /^version(?:_info)?\s*=/.test(line));
    const version = /=\s*(\d+\.\d+(?:\.\d+)?)/.exec(lines[index] ?? '')?.[1];
    if (version !== undefined) return { version, file, line: index + 1 };
  }
  return undefined;
}
