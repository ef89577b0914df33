import { readlink, stat } from 'node:fs/promises';
import { describeFsError, fsErrorCode } from './describeFsError.ts';
import { listFiles } from './listFiles.ts';
import { readTextFile } from './readTextFile.ts';
import { tailFile } from './tailFile.ts';

export interface WorkspaceListing {
  /** Relative paths with '/' of regular files, sorted. Dependency, build and VCS folders are left out. */
  files: string[];
  /** The walk stopped at its limit of entries or time; what lies beyond was not seen. */
  truncated: boolean;
  /** Folders that could not be read, with the reason. */
  unreadable: { path: string; because: string }[];
}

export type PathState =
  | { kind: 'file' | 'folder' | 'other'; size: number; mode: number; uid: number; gid: number; modifiedAt: Date }
  /** `linkTo`: a link stands there, and what it names does not exist. */
  | { kind: 'absent'; linkTo?: string }
  /** A folder on the way may not be entered, or a link loops. */
  | { kind: 'unreachable'; because: string };

export interface Tail {
  /** Whole lines, without the line ends. ANSI sequences are removed, bytes that are not UTF-8 are replaced. */
  lines: string[];
  /** 1-based number of lines[0] in the file; undefined when the file is too large to count (> 64 MiB). */
  firstLine: number | undefined;
  truncated: boolean;
  size: number;
  modifiedAt: Date;
}

export type TailResult =
  | { kind: 'text'; tail: Tail }
  | { kind: 'binary' }
  | { kind: 'absent' }
  | { kind: 'unreadable'; because: string };

/** Files of the workspace, read-only and bounded. Links are followed only to files inside the workspace; loops end. */
export interface Files {
  /** Breadth first; at most `limit` entries (default 20 000) and `timeoutMs` (default 300 ms). Throws TektraError workspace.unreadable when the root cannot be read. */
  list(
    workspace: string,
    options: { signal: AbortSignal; limit?: number; timeoutMs?: number },
  ): Promise<WorkspaceListing>;
  /** Text of a file up to `maxBytes` (default 256 KiB); undefined when absent, binary, larger or unreadable. */
  readText(path: string, options: { signal: AbortSignal; maxBytes?: number }): Promise<string | undefined>;
  /** The last `maxBytes` (default 512 KiB) of a log. Reads no more of the file than that plus, up to 64 MiB, what it takes to count lines. */
  tail(path: string, options: { signal: AbortSignal; maxBytes?: number }): Promise<TailResult>;
  state(path: string): Promise<PathState>;
}

export function createFiles(): Files {
  return {
    list: listFiles,
    readText: readTextFile,
    tail: tailFile,
    state: readPathState,
  };
}

/** What stands at a path, links followed; a link that leads nowhere counts as absent. Never throws. */
async function readPathState(path: string): Promise<PathState> {
  try {
    const found = await stat(path);
    return {
      kind: found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other',
      size: found.size,
      mode: found.mode & 0o7777,
      uid: found.uid,
      gid: found.gid,
      modifiedAt: found.mtime,
    };
  } catch (error) {
    const code = fsErrorCode(error);
    // ENOTDIR: a file stands where a folder of the path should be; ERR_INVALID_ARG_VALUE: a NUL in the path.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ERR_INVALID_ARG_VALUE') {
      const linkTo = await readlink(path).catch(() => undefined);
      return linkTo === undefined ? { kind: 'absent' } : { kind: 'absent', linkTo };
    }
    return { kind: 'unreachable', because: describeFsError(error) };
  }
}
