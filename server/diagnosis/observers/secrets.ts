import path from 'node:path';
import { literalSecretsIn, type Secret, secretsIn } from '../../security/secret.ts';
import { secretsInArgv } from '../../security/secretsInArgv.ts';
import { CREDENTIAL_FILE, credentialsIn, directivesIn } from '../../security/secretsInConfig.ts';
import { defineObserver, type Observation } from '../observer.ts';
import { isEndpoint, isService } from '../targets/target.ts';
import { containers } from './containers.ts';
import { listeners, processList } from './machine.ts';
import { targetsOf } from './targets.ts';
import { composeProjects, envFiles, listing, sourceFacts } from './workspaceFiles.ts';

/** Files with more of them are lists of words, not settings. */
const MAX_LITERALS = 300;
const BLANK_SEPARATED = /\.(?:conf|cnf|cfg|acl)$/;
/** Most of them are no secret, as their names tell. */
const MAX_DIRECTIVES = 20_000;
const MAX_CREDENTIAL_FILES = 20;

/** Every secret value that the workspace's configuration holds, so that none leaves in a report. */
export const secretsOf = defineObserver<Secret[]>({
  id: 'workspace.secrets',
  label: 'secrets to redact',
  timeoutMs: 10_000,
  essential: true,
  observe: async (run) => {
    const { use } = run;
    const [env, projects, source, targets, engine, credentials, argvs] = await Promise.all([
      use(envFiles),
      use(composeProjects),
      use(sourceFacts),
      use(targetsOf),
      use(containers).catch(() => undefined),
      credentialFiles(run),
      shownCommands(run),
    ]);
    const composed = projects.flatMap((project) => [...project.services, ...project.inactive]);
    const pairs = [
      ...[...env.values()].flatMap((file) => file.entries),
      // As written, too: of a broken line the parsed value holds less than the secret, or nothing.
      ...[...env.values()].flatMap((file) => file.lines.flatMap(writtenPair)),
      ...composed.flatMap((service) => service.environment),
      ...composed.flatMap(({ command }) => secretsInArgv([command ?? []].flat())),
      ...argvs.flatMap(secretsInArgv),
      ...credentials,
      ...(engine?.list ?? []).flatMap((container) => container.environment),
      ...(engine?.list ?? []).flatMap(({ command, health }) => secretsInArgv([...command, ...(health?.test ?? [])])),
      ...targets.filter(isService).flatMap((service) => service.environment),
      ...targets.filter(isService).flatMap(({ command }) => secretsInArgv([command?.text ?? ''])),
      ...source.urls.map(({ url }) => ({ name: 'URL', value: url })),
      ...source.files.flatMap((file) => literalSecretsIn(source.textOf(file) ?? '')).slice(0, MAX_LITERALS),
      ...source.files
        .filter((file) => BLANK_SEPARATED.test(file))
        .flatMap((file) => directivesIn(source.textOf(file) ?? ''))
        .slice(0, MAX_DIRECTIVES),
    ];
    const publicWords = targets.flatMap((target) => [
      target.name,
      ...(isService(target) ? target.aliases : []),
      ...(isEndpoint(target) ? [target.user, target.database, target.host] : []),
    ]);
    return secretsIn(pairs, new Set(publicWords.filter((word) => word !== undefined)));
  },
});

async function credentialFiles({
  systems,
  workspace,
  signal,
  use,
}: Observation): Promise<{ name: string; value: string }[]> {
  const { files } = await use(listing);
  const found = await Promise.all(
    files
      .filter((file) => CREDENTIAL_FILE.test(file))
      .slice(0, MAX_CREDENTIAL_FILES)
      .map(async (file) => {
        const text = (await systems.files.readText(path.join(workspace, file), { signal })) ?? '';
        return [...credentialsIn(file, text), ...literalSecretsIn(text), ...text.split('\n').flatMap(writtenPair)];
      }),
  );
  return found.flat();
}

/** The command lines that a report may show: of who listens, and of who runs in the workspace. */
async function shownCommands({ workspace, use }: Observation): Promise<string[][]> {
  const [processes, sockets] = await Promise.all([use(processList).catch(() => []), use(listeners).catch(() => [])]);
  const listening = new Set(sockets.map(({ pid }) => pid));
  return processes
    .filter(({ pid, cwd }) => listening.has(pid) || cwd === workspace || cwd?.startsWith(`${workspace}/`))
    .map(({ argv }) => argv);
}

/** `NAME=value`, `NAME: value` or `NAME value`, with whatever stands behind the name. */
function writtenPair(line: string): { name: string; value: string }[] {
  const pair = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*[=:\s]\s*(.+)$/.exec(line);
  const value = pair?.[2]?.trim().replace(/^(["'`])(.*)\1$/, '$2');
  return pair?.[1] && value ? [{ name: pair[1], value }] : [];
}
