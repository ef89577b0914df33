import path from 'node:path';
import { folderOf, insideWorkspace } from './composePaths.ts';

/** In compose's own order of preference: the first one that exists is used, others beside it are not. */
const BASE_NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];
const OVERRIDE_NAMES = BASE_NAMES.map((name) => name.replace(/\.ya?ml$/, (extension) => `.override${extension}`));

/** Folders with a compose file, with the files that compose takes there by itself; paths relative to the workspace, sorted by folder. */
export function discoverComposeFiles(files: readonly string[]): { folder: string; files: string[] }[] {
  const namesByFolder = new Map<string, Set<string>>();
  for (const file of files) {
    const name = path.posix.basename(file);
    if (!BASE_NAMES.includes(name) && !OVERRIDE_NAMES.includes(name)) continue;
    const folder = folderOf(file);
    const names = namesByFolder.get(folder);
    if (names === undefined) namesByFolder.set(folder, new Set([name]));
    else names.add(name);
  }
  const found: { folder: string; files: string[] }[] = [];
  for (const [folder, names] of namesByFolder) {
    const base = BASE_NAMES.find((name) => names.has(name));
    if (base === undefined) continue;
    const override = OVERRIDE_NAMES.find((name) => names.has(name));
    const chosen = override === undefined ? [base] : [base, override];
    found.push({ folder, files: chosen.map((name) => path.posix.join(folder, name)) });
  }
  return found.sort((a, b) => a.folder.localeCompare(b.folder));
}

/**
 * The files of `COMPOSE_FILE` in a folder's `.env`; undefined when it is not set or names something outside the workspace
 * or something that is not there, which compose itself would refuse.
 */
export function filesOfSetting(
  setting: string | undefined,
  options: { separator: string | undefined; folder: string; workspace: string; files: readonly string[] },
): string[] | undefined {
  if (setting === undefined || setting === '') return undefined;
  const separator = options.separator || (process.platform === 'win32' ? ';' : ':');
  const chosen: string[] = [];
  for (const written of setting.split(separator)) {
    const file = insideWorkspace(path.resolve(options.workspace, options.folder, written.trim()), options.workspace);
    if (file === undefined || !options.files.includes(file)) return undefined;
    chosen.push(file);
  }
  return chosen;
}
