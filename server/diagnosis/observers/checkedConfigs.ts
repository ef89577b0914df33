import path from 'node:path';
import type { Evidence } from '../../protocol/diagnosis.ts';
import type { NginxPlace, NginxProblem } from '../../systems/nginx/nginx.ts';
import { defineObserver, type Observation } from '../observer.ts';
import { type ProxyError, type ProxyState, proxyStates } from './proxyStates.ts';

/** The last `[emerg]` of a proxy: it did not start, or did not reload. */
export interface NginxRefusal {
  entry: ProxyError;
  message: string;
  place: NginxPlace | undefined;
  /** A file of the configuration was changed after it. */
  changedSince: boolean;
  /** nginx that runs was started after it. */
  startedSince: boolean;
  /** What it speaks of holds now as well, by a look. */
  confirmed: boolean;
  /** What it speaks of is over, by a look. */
  gone: string | undefined;
  evidence: Evidence[];
}

/** A configuration as read, with files that it names and that are not there, beside what nginx itself said of it. */
export interface CheckedConfig {
  state: ProxyState;
  problems: NginxProblem[];
  refusal: NginxRefusal | undefined;
  /** Lines of the files that have problems. */
  lineOf(file: string, line: number): string | undefined;
}

const EMERG = /\[emerg\](?: \d{1,10}#\d{1,10}:)? (.{1,600}?)(?: in ([^\s:]{1,300}):(\d{1,6}))?$/m;
/** What nginx says of the machine: another cause has it. */
const NOT_THE_FILE = /bind\(\) to|socket\(\)|getpwnam|still could not bind|\[emerg\].{0,40} mkdir\(\)/;
/** Clocks of files and of the log differ in their fractions. */
const SLACK_MS = 1_000;

export const checkedConfigs = defineObserver<CheckedConfig[]>({
  id: 'nginx.checked',
  label: 'nginx configuration against its files',
  timeoutMs: 18_000,
  observe: async (run) => Promise.all((await run.use(proxyStates)).map((state) => check(state, run))),
});

async function check(state: ProxyState, run: Observation): Promise<CheckedConfig> {
  const { config, compose } = state.target;
  // Inside a container other files lie at these paths.
  const beside = compose || !config.whole ? [] : await missingCertificates(state, run);
  const problems = [...config.problems.filter(({ about }) => about === 'text' || !compose), ...beside];
  const texts = await Promise.all(
    [...new Set(problems.map(({ at }) => at.file))].map(
      async (file) =>
        [
          file,
          (await run.systems.files.readText(path.join(run.workspace, file), { signal: run.signal }))?.split(/\r?\n/),
        ] as const,
    ),
  );
  const lines = new Map(texts);
  return {
    state,
    problems,
    refusal: await lastRefusal(state, run),
    lineOf: (file, line) => lines.get(file)?.[line - 1],
  };
}

/** nginx looks for relative ones beside its first file. Outside of the workspace they may lie on another machine. */
async function missingCertificates(
  { target: { config } }: ProxyState,
  { systems, workspace }: Observation,
): Promise<NginxProblem[]> {
  const all = await Promise.all(
    config.certificates.map(async ({ path: written, at }): Promise<NginxProblem[]> => {
      if (/\$|^(?:data|engine|store):/.test(written)) return [];
      const place = path.resolve(workspace, path.dirname(config.file), written);
      if (!place.startsWith(`${workspace}/`) || (await systems.files.state(place)).kind !== 'absent') return [];
      return [{ message: `cannot load "${written}": there is no such file`, at, about: 'files' }];
    }),
  );
  return all.flat();
}

async function lastRefusal(state: ProxyState, run: Observation): Promise<NginxRefusal | undefined> {
  const { config, compose } = state.target;
  const found = state.errors.flatMap((entry) => {
    const { text } = entry.record;
    const match = text.includes('[emerg]') && !NOT_THE_FILE.test(text) ? EMERG.exec(text) : null;
    if (!match?.[1]) return [];
    const file = config.files.find(
      (name) =>
        match[2] !== undefined &&
        (match[2] === path.join(run.workspace, name) ||
          match[2].endsWith(`/${name}`) ||
          (compose !== undefined && path.posix.basename(match[2]) === path.posix.basename(name))),
    );
    const place = file === undefined ? placeOfPath(match[1], state) : { file, line: Number(match[3]) };
    return place ? [{ entry, message: match[1], place }] : [];
  });
  const last = found.at(-1);
  if (!last) return undefined;
  const { log, record } = last.entry;
  // nginx writes whole seconds; the end of a log is known better, by its file.
  const exact = record.time === undefined || log.records.at(-1) === record;
  const said = (exact ? log.modifiedAt : record.time)?.getTime() ?? 0;
  const states = await Promise.all(config.files.map((file) => run.systems.files.state(path.join(run.workspace, file))));
  return {
    ...last,
    changedSince: states.some(
      (each) => 'modifiedAt' in each && each.modifiedAt.getTime() > said + (exact ? 0 : SLACK_MS),
    ),
    startedSince: (state.startedAt?.getTime() ?? 0) > said + SLACK_MS,
    ...(await lookAgain(last.message, state, run)),
  };
}

/** The directive that names the file of a message without a place. */
function placeOfPath(message: string, { target: { config } }: ProxyState): NginxPlace | undefined {
  const named = /"([^"]{1,300})"/.exec(message)?.[1];
  if (named === undefined) return undefined;
  return [...config.certificates, ...config.logs].find(({ path: written }) => {
    const plain = written.replace(/^\.\//, '');
    return named === plain || named.endsWith(`/${plain}`);
  })?.at;
}

/** What a refusal speaks of may have changed without any file of the configuration. */
async function lookAgain(
  message: string,
  { upstreams, target: { compose } }: ProxyState,
  { systems }: Observation,
): Promise<Pick<NginxRefusal, 'confirmed' | 'gone' | 'evidence'>> {
  const host = /^host not found in upstream "([^":/]{1,255})/.exec(message)?.[1];
  const resolution = upstreams.find((probe) => probe.host === host)?.resolution;
  if (host !== undefined && resolution) {
    const { kind } = resolution;
    const text = kind === 'resolved' ? resolution.addresses.slice(0, 2).join(', ') : resolution.because;
    return {
      confirmed: kind !== 'resolved',
      gone: kind === 'resolved' ? `${host} resolves now, to ${text}` : undefined,
      evidence: [{ kind: 'probe', source: `resolve ${host}`, text }],
    };
  }
  const file = /"(\/[^"]{1,300})"/.exec(message)?.[1];
  if (file === undefined || compose || !/\b(?:open\(\)|BIO_new_file|fopen)|No such file/.test(message))
    return { confirmed: false, gone: undefined, evidence: [] };
  // A log is made by nginx, its folder is not.
  const wanted = /\.(?:log|pid)$/.test(file) ? path.dirname(file) : file;
  const { kind } = await systems.files.state(wanted);
  const absent = kind === 'absent';
  const missed = /\(2: |No such file/.test(message);
  return {
    confirmed: absent,
    gone: missed && !absent ? `${wanted} is there now` : undefined,
    evidence: missed
      ? [{ kind: 'file', source: wanted, text: absent ? 'there is no such file or folder' : 'it is there' }]
      : [],
  };
}
