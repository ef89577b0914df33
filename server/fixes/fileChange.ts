import { createHash, randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, open, readFile, realpath, rename, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { applyEdits } from '../protocol/applyEdits.ts';
import type { Change } from '../protocol/diagnosis.ts';
import { TektraError } from '../protocol/errors.ts';
import type { Reversal } from './fixJournal.ts';

type FileChange = Extract<Change, { kind: 'edit' | 'create' }>;
type FileReversal = Extract<Reversal, { kind: 'file' }>;

/** A configuration file that a person edits is far smaller. */
const MAX_BYTES = 4 << 20;

/**
 * What a change would write, and how it is taken back. Reads only.
 * @throws TektraError fix.stale when the file is not as the change expects it, fix.refused when it may not be changed
 */
export async function prepareFile(
  workspace: string,
  change: FileChange,
): Promise<{ bytes: Buffer; reversal: FileReversal }> {
  const file = await insideWorkspace(workspace, change.file);
  const before = await readBytes(file, change.file);
  if (change.kind === 'create') {
    if (before !== undefined) throw stale(`${change.file} exists by now.`);
    const bytes = Buffer.from(change.content);
    return {
      bytes,
      reversal: { ...reversalOf(change.file, undefined, bytes), folders: await missing(workspace, file) },
    };
  }
  if (before === undefined) throw stale(`${change.file} is not there any more.`);
  const text = before.toString('utf8');
  if (!Buffer.from(text).equals(before))
    throw new TektraError('fix.refused', `${change.file} is not UTF-8 text, so Tektra does not edit it.`, {
      action: 'Make the change by hand.',
    });
  const after = applyEdits(text, [change]);
  if (after === undefined) throw stale(`Line ${change.line} of ${change.file} is not what it was.`);
  const bytes = Buffer.from(after);
  return { bytes, reversal: reversalOf(change.file, before, bytes) };
}

/** Writes what was prepared. The file is replaced whole, or not at all. */
export async function writeFileChange(
  workspace: string,
  { bytes, reversal }: { bytes: Buffer; reversal: FileReversal },
) {
  const file = await insideWorkspace(workspace, reversal.file);
  const before = await readBytes(file, reversal.file);
  if (digest(before) !== digest(decode(reversal.before))) throw stale(`${reversal.file} was changed in between.`);
  await mkdir(path.dirname(file), { recursive: true });
  await replace(file, bytes);
}

/** @throws TektraError fix.stale when the file was changed after the fix */
export async function restoreFile(workspace: string, reversal: FileReversal): Promise<void> {
  const file = await insideWorkspace(workspace, reversal.file);
  const now = await readBytes(file, reversal.file);
  const before = decode(reversal.before);
  // Taken back already, or never made.
  if (digest(now) === digest(before)) return;
  if (digest(now) !== reversal.wrote)
    throw stale(
      `${reversal.file} was changed since the fix.`,
      'Take the change back by hand; nothing was overwritten.',
    );
  if (before !== undefined) return replace(file, before);
  await rm(file);
  for (const folder of reversal.folders.toReversed()) {
    const empty = await rmdir(path.join(workspace, folder)).then(
      () => true,
      () => false,
    );
    // Something else lives in it by now: it stays, and so do those above.
    if (!empty) break;
  }
}

function reversalOf(file: string, before: Buffer | undefined, wrote: Buffer): FileReversal {
  return { kind: 'file', file, before: before?.toString('base64'), wrote: digest(wrote), folders: [] };
}

function decode(base64: string | undefined): Buffer | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64');
}

function digest(bytes: Buffer | undefined): string {
  return bytes === undefined ? 'absent' : createHash('sha256').update(bytes).digest('hex');
}

/** The real path of a file in the workspace; links inside may not lead out of it. */
async function insideWorkspace(workspace: string, file: string): Promise<string> {
  const wanted = path.resolve(workspace, file);
  let existing = wanted;
  let real: string | undefined;
  while (real === undefined) {
    real = await realpath(existing).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT' || existing === path.dirname(existing)) throw error;
      return undefined;
    });
    if (real === undefined) existing = path.dirname(existing);
  }
  const place = path.join(real, path.relative(existing, wanted));
  const relative = path.relative(workspace, place);
  if (relative === '' || relative.startsWith('..') || path.isAbsolute(relative))
    throw new TektraError('fix.refused', `${file} lies outside of the folder, so Tektra does not change it.`, {
      action: 'Make the change by hand.',
    });
  return place;
}

async function readBytes(file: string, name: string): Promise<Buffer | undefined> {
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES)
      throw new TektraError(
        'fix.refused',
        `${name} is larger than ${MAX_BYTES >> 20} MiB, so Tektra does not edit it.`,
      );
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function missing(workspace: string, file: string): Promise<string[]> {
  const folders: string[] = [];
  for (let folder = path.dirname(file); folder.length > workspace.length; folder = path.dirname(folder)) {
    if (await stat(folder).catch(() => undefined)) break;
    folders.unshift(path.relative(workspace, folder));
  }
  return folders;
}

/** Through a second file and a rename, which keeps mode and owner; in place where a rename would cut a hard link. */
async function replace(file: string, bytes: Buffer): Promise<void> {
  const old = await stat(file).catch(() => undefined);
  if (old !== undefined && old.nlink > 1) return write(file, bytes, 'r+');
  const temporary = `${file}.tektra-${randomBytes(4).toString('hex')}`;
  try {
    await write(temporary, bytes, 'wx');
    if (old) {
      const made = await stat(temporary);
      if (made.uid !== old.uid || made.gid !== old.gid) await chown(temporary, old.uid, old.gid);
      await chmod(temporary, old.mode & 0o7777);
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function write(file: string, bytes: Buffer, flags: 'r+' | 'wx'): Promise<void> {
  const handle = await open(file, flags);
  try {
    await handle.writeFile(bytes);
    await handle.truncate(bytes.length);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function stale(message: string, action = 'Diagnose again: the system changed in between.'): TektraError {
  return new TektraError('fix.stale', message, { action });
}
