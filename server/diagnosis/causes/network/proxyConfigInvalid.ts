import path from 'node:path';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { logEvidence } from '../../evidence.ts';
import { defineObserver } from '../../observer.ts';
import { type ProxyState, proxyStates } from '../../observers/proxyStates.ts';
import { serviceStates } from '../../observers/serviceStates.ts';
import { sourceText } from '../../targets/target.ts';

type Problem = ProxyState['target']['config']['problems'][number];

interface Checked {
  state: ProxyState;
  problems: Problem[];
  /** The last refusal in a log, with its place in the workspace, and whether the file was changed after it. */
  emerg:
    | { entry: ProxyState['errors'][number]; message: string; place: Problem['at'] | undefined; changedSince: boolean }
    | undefined;
}

const EMERG = /\[emerg\](?: \d+#\d+:)? (.{1,400}?)(?: in ([^\s:]{1,300}):(\d{1,6}))?$/m;
/** What nginx says of the machine, not of its files. */
const NOT_THE_FILE =
  /bind\(\) to|host not found|open\(\) "[^"]*\.(?:log|pid)"|socket\(\)|getpwnam|mkdir\(\)|still could not bind/;

/** The configuration as read, with files that it names and that are not there, beside what nginx itself said of it. */
const checkedConfigs = defineObserver<Checked[]>({
  id: 'proxy-config.checked',
  label: 'nginx configuration against its files',
  timeoutMs: 11_000,
  observe: async ({ systems, workspace, use }) => {
    const [states, services] = await Promise.all([use(proxyStates), use(serviceStates)]);
    return Promise.all(
      states.map(async (state): Promise<Checked> => {
        const { config } = state.target;
        const certificates = await Promise.all(
          config.servers.map(async ({ certificate }): Promise<Problem[]> => {
            if (!certificate || certificate.path.includes('$')) return [];
            const places = [path.dirname(config.file), ''].map((base) =>
              path.resolve(workspace, base, certificate.path),
            );
            const found = await Promise.all(places.map((place) => systems.files.state(place)));
            // Outside of the workspace it may lie on another machine, or in an image.
            const inside =
              places.some((place) => place.startsWith(`${workspace}/`)) && !path.isAbsolute(certificate.path);
            return inside && found.every(({ kind }) => kind === 'absent')
              ? [{ message: `cannot load certificate "${certificate.path}": no such file`, at: certificate.at }]
              : [];
          }),
        );
        const entries = [
          ...state.errors,
          ...services.flatMap(({ errors }) => errors.map((entry) => ({ ...entry, recent: true }))),
        ].filter(({ record }) => record.text.includes('[emerg]') && !NOT_THE_FILE.test(record.text));
        const entry = entries.at(-1);
        const match = EMERG.exec(entry?.record.text ?? '');
        const file = config.files.find(
          (name) => match?.[2] !== undefined && (match[2] === name || match[2].endsWith(`/${name}`)),
        );
        const now = file === undefined ? undefined : await systems.files.state(path.join(workspace, file));
        const said = entry?.record.time ?? entry?.log.modifiedAt;
        return {
          state,
          problems: [...config.problems, ...certificates.flat()],
          emerg:
            entry && match?.[1]
              ? {
                  entry,
                  message: match[1],
                  place: file === undefined ? undefined : { file, line: Number(match[3]) },
                  changedSince: now !== undefined && 'modifiedAt' in now && said !== undefined && now.modifiedAt > said,
                }
              : undefined,
        };
      }),
    );
  },
});

export const proxyConfigInvalid = defineCause({
  id: 'proxy.config-invalid',
  category: 'network',
  summary: 'nginx refuses its configuration: it does not start, or runs on with the old one',
  advice: {
    sure: 'The file was read by nginx’s rules, and the named line breaks them; where nginx was started, its own [emerg] says the same.',
    first: 'Repair the named line, then let nginx check it: nginx -t -c FILE.',
    verify: 'nginx -t says "syntax is ok", and nginx starts or reloads.',
  },
  needs: { checked: checkedConfigs },
  explains: [
    'proxy.upstream-down',
    'network.refused',
    'service.down',
    'container.exited',
    'container.restarting',
    'process.crash-loop',
  ],
  judge: ({ checked }) => checked.flatMap(judgeConfig),
});

function judgeConfig({ state, problems, emerg }: Checked): Judgement[] {
  const target = state.target.name;
  const [first] = problems;
  const refusal = emerg && !emerg.changedSince ? emerg : undefined;
  const evidence = [
    ...problems
      .slice(0, 4)
      .map(({ message, at }) => ({ kind: 'config' as const, source: sourceText(at), text: message })),
    ...(refusal?.place && !first
      ? [{ kind: 'config' as const, source: sourceText(refusal.place), text: refusal.message }]
      : []),
    ...(emerg ? [logEvidence(emerg.entry)] : []),
  ];
  if (!first && !refusal?.place)
    return emerg?.changedSince
      ? [refuted({ target, because: `${state.target.config.file} was changed since, and reads well now`, evidence })]
      : [];
  // Without a start nobody was refused: a file of fragments or for another machine may lack parts on purpose.
  const sure = refusal !== undefined;
  if (
    !sure &&
    state.process === undefined &&
    !state.errors.some(({ recent }) => recent) &&
    !isSyntax(first?.message ?? '')
  )
    return [];
  const at = first?.at ?? refusal?.place;
  return [
    proved({
      target,
      summary: `nginx cannot use ${at ? sourceText(at) : state.target.config.file}: ${first?.message ?? refusal?.message}${state.process ? ' (it runs on with the configuration that it began with)' : ''}`,
      confidence: sure || (state.process === undefined && isSyntax(first?.message ?? '')) ? 'proved' : 'likely',
      evidence,
    }),
  ];
}

function isSyntax(message: string): boolean {
  return message.startsWith('unexpected');
}
