import path from 'node:path';
import type { MissingPath } from './missingPaths.ts';

/** What stands near a path that is not there; all names are relative to the workspace. */
export interface Nearest {
  /** The deepest existing folder above. */
  folder: string;
  /** The folder that should hold it does not exist either. */
  folderMissing: string | undefined;
  /** Differs in upper and lower case only. */
  otherCase: string | undefined;
  /** Has the same name, in another folder. */
  elsewhere: string | undefined;
  /** Of the same kind, in the same folder. */
  similar: string[];
  /** `x.example` or `x.sample` beside it. */
  sample: string | undefined;
  /** The missing path itself. */
  wanted: string;
}

/** @param wanted relative to the workspace */
export function nearestTo(wanted: string, files: readonly string[], kind: MissingPath['kind']): Nearest {
  const parent = path.posix.dirname(wanted);
  let folder = parent;
  while (folder !== '.' && !files.some((file) => file.startsWith(`${folder}/`))) folder = path.posix.dirname(folder);
  const inside = files.filter((file) => path.posix.dirname(file) === folder);
  const extension = path.extname(wanted);
  const plain = (file: string): string => (kind === 'module' ? file.replace(/\.\w+$/, '') : file).toLowerCase();
  const outside = wanted.startsWith('..');
  return {
    folder: folder === '.' ? '' : folder,
    folderMissing: outside || parent === folder || parent === '.' ? undefined : parent,
    otherCase: files.find((file) => plain(file) === plain(wanted) && file !== wanted),
    elsewhere: files.find(
      (file) =>
        path.posix.basename(file) === path.posix.basename(wanted) &&
        file !== wanted &&
        !/^(?:index|__init__|main)\.\w+$/.test(path.posix.basename(wanted)),
    ),
    similar: inside
      .filter((file) => (extension === '' ? kind === 'module' : path.extname(file) === extension))
      .slice(0, 4),
    sample: files.find((file) =>
      ['.example', '.sample', '.template', '.dist'].some((ending) => file === `${wanted}${ending}`),
    ),
    wanted,
  };
}
