import { literalSecretsIn, type Secret, secretsIn } from '../../security/secret.ts';
import { secretsInArgv } from '../../security/secretsInArgv.ts';
import { defineObserver } from '../observer.ts';
import { isEndpoint, isService } from '../targets/target.ts';
import { containers } from './containers.ts';
import { targetsOf } from './targets.ts';
import { composeProjects, envFiles, sourceFacts } from './workspaceFiles.ts';

/** Files with more of them are lists of words, not settings. */
const MAX_LITERALS = 300;

/** Every secret value that the workspace's configuration holds, so that none leaves in a report. */
export const secretsOf = defineObserver<Secret[]>({
  id: 'workspace.secrets',
  label: 'secrets to redact',
  timeoutMs: 10_000,
  observe: async ({ use }) => {
    const [env, projects, source, targets, engine] = await Promise.all([
      use(envFiles),
      use(composeProjects),
      use(sourceFacts),
      use(targetsOf),
      use(containers).catch(() => undefined),
    ]);
    const pairs = [
      ...[...env.values()].flatMap((file) => file.entries),
      // As written, too: of a broken line the parsed value holds less than the secret, or nothing.
      ...[...env.values()].flatMap((file) => file.lines.flatMap(writtenPair)),
      ...projects
        .flatMap((project) => [...project.services, ...project.inactive])
        .flatMap((service) => service.environment),
      ...(engine?.list ?? []).flatMap((container) => container.environment),
      ...(engine?.list ?? []).flatMap(({ command, health }) => secretsInArgv([...command, ...(health?.test ?? [])])),
      ...targets.filter(isService).flatMap((service) => service.environment),
      ...source.urls.map(({ url }) => ({ name: 'URL', value: url })),
      ...source.files.flatMap((file) => literalSecretsIn(source.textOf(file) ?? '')).slice(0, MAX_LITERALS),
    ];
    const publicWords = targets.flatMap((target) => [
      target.name,
      ...(isService(target) ? target.aliases : []),
      ...(isEndpoint(target) ? [target.user, target.database, target.host] : []),
    ]);
    return secretsIn(pairs, new Set(publicWords.filter((word) => word !== undefined)));
  },
});

/** `NAME=value`, `NAME: value` or `NAME value`, with whatever stands behind the name. */
function writtenPair(line: string): { name: string; value: string }[] {
  const pair = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*[=:\s]\s*(.+)$/.exec(line);
  const value = pair?.[2]?.trim().replace(/^(["'`])(.*)\1$/, '$2');
  return pair?.[1] && value ? [{ name: pair[1], value }] : [];
}
