import { realpath } from 'node:fs/promises';
import type { ComposeOrigin } from './docker.ts';

export type ReadOrigin = (
  labels: Readonly<Record<string, string>> | null | undefined,
) => Promise<ComposeOrigin | undefined>;

/**
 * Reads the labels of Docker's and Podman's compose. They hold the paths that the user typed: links in them are resolved,
 * each path once, so that they compare with real ones.
 */
export function readComposeOrigin(): ReadOrigin {
  const known = new Map<string, Promise<string>>();
  const resolve = (path: string): Promise<string> => {
    const resolved = known.get(path) ?? realpath(path).catch(() => path);
    known.set(path, resolved);
    return resolved;
  };
  return async (given) => {
    const labels = given ?? {};
    const project = labels['com.docker.compose.project'] ?? labels['io.podman.compose.project'];
    if (project === undefined) return undefined;
    const workingDir = labels['com.docker.compose.project.working_dir'];
    const files = (labels['com.docker.compose.project.config_files'] ?? '').split(',').filter((file) => file !== '');
    return {
      project,
      service: labels['com.docker.compose.service'] ?? labels['io.podman.compose.service'] ?? '',
      workingDir: workingDir === undefined ? undefined : await resolve(workingDir),
      files: await Promise.all(files.map(resolve)),
      oneOff: labels['com.docker.compose.oneoff']?.toLowerCase() === 'true',
    };
  };
}
