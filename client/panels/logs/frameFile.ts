import { realpath } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { bestMatch } from './bestMatch.ts';

export interface Frame {
  text: string;
  file?: string | undefined;
  line?: number | undefined;
}

/** Files of the name that a frame tells; more are not told apart any better. */
const MAX_CANDIDATES = 40;
const EXCLUDED = '**/{node_modules,.git,dist,build,target,out,vendor,.venv}/**';

/**
 * The file of the workspace that a frame of a stack trace names, by an absolute path or by the end of one. Logs are written
 * by others: what lies outside the open folders, also through a link, is never opened.
 */
export async function frameFile({ text, file }: Frame, folders: readonly string[]): Promise<string | undefined> {
  if (file === undefined || file === '' || folders.length === 0) return undefined;
  const plain = file.replace(/^file:\/\//, '');
  if (path.isAbsolute(plain)) return isInside(plain, folders);
  const name = path.basename(plain);
  // A name is put into a glob: one that holds signs of globs is no source file's.
  if (!/^[\w.@+-]+$/.test(name)) return undefined;
  const found = await vscode.workspace.findFiles(`**/${name}`, EXCLUDED, MAX_CANDIDATES);
  const best = bestMatch(
    found.filter(({ scheme }) => scheme === 'file').map(({ fsPath }) => fsPath),
    plain,
    text,
  );
  return best === undefined ? undefined : isInside(best, folders);
}

async function isInside(file: string, folders: readonly string[]): Promise<string | undefined> {
  try {
    const real = await realpath(file);
    for (const folder of folders) {
      const inside = path.relative(await realpath(folder), real);
      if (inside !== '' && !inside.startsWith('..') && !path.isAbsolute(inside)) return file;
    }
  } catch {
    return undefined; // Gone, or not readable: there is nothing to open.
  }
  return undefined;
}
