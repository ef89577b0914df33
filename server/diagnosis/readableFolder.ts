import { access, constants, realpath, stat } from 'node:fs/promises';
import { TektraError } from '../protocol/errors.ts';

/**
 * @returns the real, absolute path of a folder that may be listed
 * @throws TektraError workspace.unreadable
 */
export async function readableFolder(folder: string): Promise<string> {
  try {
    const real = await realpath(folder);
    if (!(await stat(real)).isDirectory())
      throw new TektraError('workspace.unreadable', `${folder} is not a folder.`, { action: 'Name a folder.' });
    await access(real, constants.R_OK | constants.X_OK);
    return real;
  } catch (error) {
    if (error instanceof TektraError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    const reason =
      code === 'ENOENT'
        ? 'does not exist'
        : code === 'EACCES'
          ? 'may not be read by this user'
          : code === 'ELOOP'
            ? 'is a loop of links'
            : `cannot be read (${code})`;
    throw new TektraError('workspace.unreadable', `The folder ${folder} ${reason}.`, {
      cause: error,
      action: 'Check the path and its permissions.',
    });
  }
}
