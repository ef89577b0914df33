import path from 'node:path';

/**
 * A path written in a compose file. Inside the workspace the result is relative to it with '/', elsewhere absolute.
 * @param base folder it starts from, relative to the workspace
 */
export function resolveWritten(written: string, base: string, workspace: string, home: string | undefined): string {
  const expanded =
    home !== undefined && /^~(?=$|[\\/])/.test(written)
      ? path.join(home, written.slice(1))
      : written.replaceAll('\\', '/');
  if (/^[A-Za-z]:\//.test(expanded) && process.platform !== 'win32') return expanded;
  const absolute = path.resolve(workspace, base, expanded);
  return insideWorkspace(absolute, workspace) ?? absolute;
}

/** The path relative to the workspace ('' is the workspace itself); undefined when it lies outside. */
export function insideWorkspace(absolute: string, workspace: string): string | undefined {
  const relative = path.relative(workspace, absolute);
  if (relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)) return undefined;
  return relative.split(path.sep).join('/');
}

/** Folder of a file relative to the workspace; '' for the workspace itself. */
export function folderOf(file: string): string {
  const folder = path.posix.dirname(file);
  return folder === '.' ? '' : folder;
}
