import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import { exposedSecretsIn, isRandom } from '../../../security/exposedShapes.ts';
import { isSecretName } from '../../../security/secret.ts';
import { defineCause, type Judgement, proved, unknown } from '../../cause.ts';
import { type Exposure, exposures } from '../../observers/exposures.ts';
import type { WorkspaceLog } from '../../observers/serviceLogs.ts';
import { type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { isEnvFile } from '../../targets/serviceEnvironment.ts';
import { sourceText, type Variable } from '../../targets/target.ts';

/** Keys that machines make are longer; a shorter value could be a word that the log uses anyway. */
const MIN_LENGTH = 20;
const MAX_LINES = 3;

export const secretExposed = defineCause({
  id: 'secret.exposed',
  category: 'security',
  summary: 'A secret stands where others read it: in a file that git tracks, or in a log',
  advice: {
    sure: 'The text has the full form of a key that one provider alone gives out, and git tracks the file.',
    first:
      'Revoke the key where it was given out: it stays in the history, whatever is done to the file now. Then read it from the environment.',
    verify: 'The provider lists the old key as revoked, and git ls-files no longer names a file that holds one.',
  },
  needs: { found: exposures, states: serviceStates },
  explains: [],
  breaksNothing: true,
  judge: ({ found, states }) => [
    ...[...Map.groupBy(found.tracked, ({ target }) => target)].map(([target, list]) => judgeTracked(target, list)),
    ...(found.untold
      ? [
          unknown({
            because: `${found.untold.files.slice(0, 3).join(', ')} holds what looks like a key, and git did not say whether it tracks that: ${found.untold.because}`,
            next: `git ls-files -- ${found.untold.files[0] ?? ''}`,
          }),
        ]
      : []),
    ...states.flatMap((state) => state.logs.flatMap(({ log }) => judgeLog(state, log))),
  ],
});

function judgeTracked(target: string, list: readonly Exposure[]): Judgement {
  const [first] = list as [Exposure, ...Exposure[]];
  const more = list.length > 1 ? `, and ${list.length - 1} more` : '';
  const files = [...new Set(list.map(({ file }) => file))];
  return proved({
    target,
    summary: `${article(first.kind)} stands in ${first.file}, which git tracks${more}`,
    evidence: list.map(({ file, line, kind, prefix }) => ({
      kind: 'file',
      source: `${file}:${line}`,
      text: `${article(kind)}, beginning with ${prefix}`,
    })),
    fixes: files.every(isEnvFile) ? [untrack(files)] : [],
  });
}

/** An env file is meant for this machine alone; out of the index it stays where it is. */
function untrack(files: readonly string[]): Fix {
  return {
    title: `Let git no longer track ${files.join(', ')}`,
    risk: 'execute',
    changes: [
      {
        kind: 'command',
        argv: ['git', 'rm', '--cached', '--quiet', '--', ...files],
        undo: ['git', 'add', '--force', '--', ...files],
      },
    ],
    undo: true,
    verify: 'git ls-files does not name it. Add it to .gitignore, and revoke the key: it stays in the history.',
  };
}

/** A log is copied into issues, chats and collectors. */
function judgeLog({ service }: ServiceState, log: WorkspaceLog): Judgement[] {
  const known = service.environment.filter(
    ({ name, value }) => isSecretName(name) && value.length >= MIN_LENGTH && !/\s|:\/\//.test(value) && isRandom(value),
  );
  const hits = log.records.flatMap((record): { evidence: Evidence; what: string; variable?: Variable }[] => {
    const variable = known.find(({ value }) => record.text.includes(value));
    const shaped = variable ? undefined : exposedSecretsIn(record.text)[0];
    if (!variable && !shaped) return [];
    const what = variable ? `the value of ${variable.name}` : article(shaped?.kind ?? '').replace(/^A/, 'a');
    const source = log.numbered ? `${log.file}:${record.line}` : log.file;
    return [{ evidence: { kind: 'log', source, text: `it prints ${what}` }, what, ...(variable ? { variable } : {}) }];
  });
  const [first] = hits;
  if (!first) return [];
  return [
    proved({
      target: service.name,
      summary: `${service.name} prints ${first.what} into its log ${log.file}${hits.length > 1 ? `, ${hits.length} times` : ''}`,
      evidence: [
        ...hits.slice(-MAX_LINES).map(({ evidence }) => evidence),
        ...(first.variable
          ? [
              {
                kind: 'config' as const,
                source: sourceText(first.variable.at),
                text: `${first.variable.name} is set here`,
              },
            ]
          : []),
      ],
      advice: {
        sure: 'The line of the log holds the secret itself, letter by letter.',
        first:
          'Take it out of what the service logs, delete or clean the log, and renew the key if the log left this machine.',
        verify: 'The log of the next start holds no key.',
      },
    }),
  ];
}

function article(kind: string): string {
  return `${/^[AEIO]|^npm/.test(kind) ? 'An' : 'A'} ${kind}`;
}
