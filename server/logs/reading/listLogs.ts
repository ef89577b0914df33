import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { TimeLimitExceeded, withDeadline } from '../../runtime/deadline.ts';
import { rotatedName } from './rotatedName.ts';

/** A log of the workspace, with its rotated predecessors as one. */
export interface ListedLog {
  /** Of the newest file. */
  path: string;
  /** Bytes on the disk, of all files. */
  bytes: number;
  /** ms since the epoch */
  modified: number;
  /** Files of the rotated set, this one included. */
  files: number;
}

/** Folders that tools fill; a log in them is hardly the user's. */
const SKIPPED = new Set([
  ...[
    'node_modules',
    'bower_components',
    'vendor',
    '.venv',
    'venv',
    '__pycache__',
    '.tox',
    '.mypy_cache',
    'site-packages',
  ],
  ...['.git', '.hg', '.svn', '.idea', '.gradle', '.cache', '.next'],
]);
/** Entries that are looked at; breadth first, so that what lies near the root is seen before. */
const MAX_ENTRIES = 50_000;
const MAX_LOGS = 500;
const MAX_DEPTH = 8;
/** A quick pick is open and waits. */
const TIME_MS = 1_500;
/** As many again as libuv has threads. */
const AT_ONCE = 8;

const LOG_NAME =
  /\.(?:log|out|err|jsonl|ndjson|trace)$|(?:^|[-_.])logs?(?:\.(?:txt|json|csv))?$|^(?:syslog|messages|dmesg|stdout|stderr|catalina)(?:\.txt)?$/i;
/** In a folder that is called so, text files are logs, too. */
const LOG_FOLDER = /^(?:logs?|log-files|journal)$/i;
const TEXT_NAME = /\.(?:txt|json|csv)$|^[^.]+$/i;

/**
 * The files of a folder that are logs by their names and places, newest first. Settles within 1.5 s with what it found.
 * @throws errors of node:fs when the folder itself cannot be read; the signal's reason
 */
export async function listLogs(folder: string, signal: AbortSignal): Promise<ListedLog[]> {
  const found = new Map<string, ListedLog>();
  try {
    await withDeadline((inner) => walk(folder, found, inner), TIME_MS, signal);
  } catch (error) {
    if (!(error instanceof TimeLimitExceeded)) throw error;
  }
  return [...found.values()].toSorted((a, b) => b.modified - a.modified).slice(0, MAX_LOGS);
}

async function walk(root: string, found: Map<string, ListedLog>, signal: AbortSignal): Promise<void> {
  let level = [root];
  let left = MAX_ENTRIES;
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth += 1) {
    const below: string[] = [];
    for (let at = 0; at < level.length; at += AT_ONCE) {
      const folders = level.slice(at, at + AT_ONCE);
      const contents = await Promise.all(folders.map((folder) => entriesOf(folder, folder === root)));
      signal.throwIfAborted();
      const logs: string[] = [];
      for (const [place, entries] of contents.entries()) {
        const folder = folders[place] as string;
        for (const entry of entries) {
          left -= 1;
          if (left < 0) return;
          if (entry.isDirectory() && !SKIPPED.has(entry.name)) below.push(path.join(folder, entry.name));
          else if (entry.isFile() && isLog(entry.name, path.basename(folder))) logs.push(path.join(folder, entry.name));
        }
      }
      await Promise.all(logs.map((file) => take(file, found, signal)));
      signal.throwIfAborted();
    }
    level = below.toSorted();
  }
}

async function entriesOf(folder: string, isRoot: boolean): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isRoot || (error as NodeJS.ErrnoException).code === undefined) throw error;
    return []; // not ours to read, or gone: there is no log in it that could be opened
  }
}

function isLog(name: string, folder: string): boolean {
  const { stem } = rotatedName(name);
  return LOG_NAME.test(stem) || (LOG_FOLDER.test(folder) && TEXT_NAME.test(stem));
}

async function take(file: string, found: Map<string, ListedLog>, signal: AbortSignal): Promise<void> {
  const stats = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === undefined) throw error;
    return undefined; // removed since
  });
  if (stats === undefined || signal.aborted) return;
  const { stem, isPacked } = rotatedName(path.basename(file));
  const set = path.join(path.dirname(file), stem);
  const known = found.get(set);
  const one = { path: file, bytes: stats.size, modified: stats.mtimeMs, files: 1 };
  if (known === undefined) {
    found.set(set, one);
    return;
  }
  const isNewer = path.basename(file) === stem || (known.path !== set && !isPacked && one.modified > known.modified);
  found.set(set, {
    path: isNewer ? file : known.path,
    bytes: known.bytes + one.bytes,
    modified: Math.max(known.modified, one.modified),
    files: known.files + 1,
  });
}
