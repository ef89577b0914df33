import path from 'node:path';
import { exposedSecretsIn } from '../../../security/exposedShapes.ts';
import { defineCause, HOST_TARGET, type Judgement, proved } from '../../cause.ts';
import { defineObserver } from '../../observer.ts';
import { services } from '../../observers/targets.ts';
import { envFiles, listing, sourceFacts } from '../../observers/workspaceFiles.ts';
import type { ServiceTarget } from '../../targets/target.ts';

interface Exposure {
  file: string;
  line: number;
  kind: string;
  prefix: string;
  target: string;
}

/** Files that hold keys, which the reading of code passes over. */
const KEY_FILE =
  /(?:^|\/)(?:id_(?:rsa|ecdsa|ed25519|dsa)|credentials|\.npmrc|\.pypirc|\.netrc|secrets?\.\w+)$|\.(?:pem|key|p8|tfvars|tfstate|txt|env)$/;
/** What is written for others to read, or for tests, holds keys that open nothing. */
const NOT_OURS =
  /(?:^|\/)(?:docs?|examples?|samples?|fixtures?|tests?|__tests__|specs?|e2e|mocks?|testdata|vendor|third_party)\/|(?:example|sample|template|test|spec|dummy|fake|mock|localhost|snake-?oil|self-?signed)[^/]*$|\.md$/i;
const MAX_KEY_FILES = 40;
const MAX_FINDINGS = 10;

/** Tracked files are what goes to everybody who clones the repository; a file that git ignores stays here. */
const exposures = defineObserver<Exposure[]>({
  id: 'security.exposures',
  label: 'secrets in tracked files',
  timeoutMs: 4_000,
  observe: async ({ systems, workspace, signal, use }) => {
    const [answer, { files }, source, env, list] = await Promise.all([
      systems.git.trackedFiles(workspace, { timeoutMs: 2_000, signal }),
      use(listing),
      use(sourceFacts),
      use(envFiles),
      use(services),
    ]);
    if (answer.kind !== 'tracked') return [];
    const tracked = new Set(answer.files);
    const texts = new Map<string, string>();
    for (const file of source.files) texts.set(file, source.textOf(file) ?? '');
    for (const [file, { lines }] of env) texts.set(file, lines.join('\n'));
    const keyFiles = files.filter((file) => KEY_FILE.test(file) && tracked.has(file) && !texts.has(file));
    await Promise.all(
      keyFiles.slice(0, MAX_KEY_FILES).map(async (file) => {
        const text = await systems.files.readText(path.join(workspace, file), { signal, maxBytes: 64 * 1024 });
        if (text !== undefined) texts.set(file, text);
      }),
    );
    return [...texts]
      .filter(([file]) => tracked.has(file) && !NOT_OURS.test(file))
      .flatMap(([file, text]) =>
        exposedSecretsIn(text)
          .slice(0, 3)
          .map(({ line, kind, prefix }) => ({ file, line, kind, prefix, target: ownerOf(file, list) })),
      )
      .sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line))
      .slice(0, MAX_FINDINGS);
  },
});

export const secretExposed = defineCause({
  id: 'secret.exposed',
  category: 'security',
  summary: 'A secret stands in a file that the repository gives to everybody who clones it',
  advice: {
    sure: 'The text has the full form of a key that one provider alone gives out, and git tracks the file.',
    first:
      'Revoke the key where it was given out: it stays in the history, whatever is done to the file now. Then read it from the environment.',
    verify: 'The provider lists the old key as revoked, and git ls-files no longer names a file that holds one.',
  },
  needs: { found: exposures },
  explains: [],
  breaksNothing: true,
  judge: ({ found }) => {
    const byTarget = Map.groupBy(found, ({ target }) => target);
    return [...byTarget].map(([target, list]): Judgement => {
      const [first] = list as [Exposure, ...Exposure[]];
      const more = list.length > 1 ? `, and ${list.length - 1} more` : '';
      return proved({
        target,
        summary: `${article(first.kind)} stands in ${first.file}, which git tracks${more}`,
        evidence: list.map(({ file, line, kind, prefix }) => ({
          kind: 'file',
          source: `${file}:${line}`,
          text: `${article(kind)}, beginning with ${prefix.replace(/-+BEGIN/, 'BEGIN')}`,
        })),
      });
    });
  },
});

function article(kind: string): string {
  return `${/^[AEIO]|^npm/.test(kind) ? 'An' : 'A'} ${kind}`;
}

function ownerOf(file: string, list: readonly ServiceTarget[]): string {
  const inside = list.filter(({ folder }) => folder === '' || file.startsWith(`${folder}/`));
  const deepest = inside.sort((a, b) => b.folder.length - a.folder.length)[0];
  return deepest && (list.length === 1 || deepest.folder !== '') ? deepest.name : HOST_TARGET;
}
