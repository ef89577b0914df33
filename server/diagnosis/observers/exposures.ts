import path from 'node:path';
import { exposedSecretsIn } from '../../security/exposedShapes.ts';
import { HOST_TARGET } from '../cause.ts';
import { defineObserver } from '../observer.ts';
import type { ServiceTarget } from '../targets/target.ts';
import { services } from './targets.ts';
import { envFiles, listing, sourceFacts } from './workspaceFiles.ts';

/** A secret in a file of the workspace; of its text, only what all secrets of its kind have in common. */
export interface Exposure {
  file: string;
  line: number;
  kind: string;
  prefix: string;
  target: string;
}

export interface Exposures {
  tracked: Exposure[];
  /** Files that hold secrets, of which git did not say whether it tracks them. */
  untold: { files: string[]; because: string } | undefined;
}

/** Files that hold keys, which the reading of code passes over. */
const KEY_FILE =
  /(?:^|\/)(?:id_(?:rsa|ecdsa|ed25519|dsa)|credentials|\.npmrc|\.pypirc|\.netrc|secrets?\.\w+)$|\.(?:pem|key|p8|tfvars|tfstate|txt|env)$/;
/** What is written for others to read, or for tests, holds keys that open nothing. */
const NOT_OURS =
  /(?:^|\/)(?:docs?|examples?|samples?|fixtures?|tests?|__tests__|specs?|e2e|mocks?|testdata|vendor|third_party)\/|(?:^|[/._-])(?:examples?|sample|template|dist|tests?|spec|dummy|fake|mock|localhost|snake-?oil|self-?signed)(?:[._-][^/]*)?$|(?:^|[/._-])(?:dev|local)[\w.-]*\.(?:pem|key)$|\.md$/i;
const MAX_KEY_FILES = 40;
const MAX_FINDINGS = 10;
const MAX_OF_ONE_FILE = 3;

/** Tracked files are what goes to everybody who clones the repository; a file that git ignores stays here. */
export const exposures = defineObserver<Exposures>({
  id: 'security.exposures',
  label: 'secrets in tracked files',
  timeoutMs: 5_000,
  observe: async ({ systems, workspace, signal, use }) => {
    const [{ files }, source, env, list] = await Promise.all([
      use(listing),
      use(sourceFacts),
      use(envFiles),
      use(services),
    ]);
    const texts = new Map<string, string>();
    for (const file of source.files) texts.set(file, source.textOf(file) ?? '');
    for (const [file, { lines }] of env) texts.set(file, lines.join('\n'));
    const keyFiles = files.filter((file) => KEY_FILE.test(file) && !texts.has(file) && !NOT_OURS.test(file));
    await Promise.all(
      keyFiles.slice(0, MAX_KEY_FILES).map(async (file) => {
        const text = await systems.files.readText(path.join(workspace, file), { signal, maxBytes: 64 * 1024 });
        if (text !== undefined) texts.set(file, text);
      }),
    );
    const suspects = [...texts]
      .filter(([file]) => !NOT_OURS.test(file))
      .flatMap(([file, text]) =>
        exposedSecretsIn(text)
          .slice(0, MAX_OF_ONE_FILE)
          .map((secret) => ({ file, ...secret, target: ownerOf(file, list) })),
      )
      .sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line));
    if (suspects.length === 0) return { tracked: [], untold: undefined };
    const answer = await systems.git.trackedFiles(workspace, { timeoutMs: 2_500, signal });
    if (answer.kind === 'noRepository') return { tracked: [], untold: undefined };
    if (answer.kind !== 'tracked') {
      const because = 'because' in answer ? answer.because : 'git is not installed';
      return { tracked: [], untold: { files: [...new Set(suspects.map(({ file }) => file))], because } };
    }
    const tracked = new Set(answer.files);
    return { tracked: suspects.filter(({ file }) => tracked.has(file)).slice(0, MAX_FINDINGS), untold: undefined };
  },
});

function ownerOf(file: string, list: readonly ServiceTarget[]): string {
  const inside = list.filter(({ folder }) => folder === '' || file.startsWith(`${folder}/`));
  const deepest = inside.sort((a, b) => b.folder.length - a.folder.length)[0];
  return deepest && (list.length === 1 || deepest.folder !== '') ? deepest.name : HOST_TARGET;
}
