import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { TEMPORARY_PREFIX } from './locations.ts';
import { findProgram } from './requireSystem.ts';

export interface MountedImage {
  /** The mount point; writable by root. */
  folder: string;
  dispose(): Promise<void>;
}

/**
 * Makes an ext4 filesystem of `megabytes` in a file and mounts it. Needs root and loop devices.
 * @param options.inodes how many files it can hold
 * @param options.reservedPercent the share that only root may fill, in percent
 * @param options.name of the mount point, which may hold spaces
 */
export async function mountImage(options: {
  megabytes: number;
  inodes?: number;
  reservedPercent?: number;
  readOnly?: boolean;
  name?: string;
}): Promise<MountedImage> {
  const base = await mkdtemp(path.join(os.tmpdir(), `${TEMPORARY_PREFIX}image-`));
  const image = path.join(base, 'image');
  const folder = path.join(base, options.name ?? 'mounted');
  await mkdir(folder);
  const file = openSync(image, 'w');
  ftruncateSync(file, options.megabytes * 1024 * 1024);
  closeSync(file);
  const inodes = options.inodes === undefined ? [] : ['-N', String(options.inodes)];
  const reserved = ['-m', String(options.reservedPercent ?? 0)];
  execFileSync(findProgram('mkfs.ext4') ?? 'mkfs.ext4', ['-q', ...reserved, ...inodes, image], { stdio: 'pipe' });
  execFileSync('mount', ['-o', options.readOnly ? 'loop,ro' : 'loop', image, folder], { stdio: 'pipe' });
  return {
    folder,
    async dispose() {
      execFileSync('umount', [folder], { stdio: 'pipe' });
      await rm(base, { recursive: true, force: true });
    },
  };
}

/** Writes until the filesystem refuses with ENOSPC. */
export async function fillSpace(folder: string): Promise<void> {
  const block = Buffer.alloc(256 * 1024, 1);
  for (let size = block.length; size >= 1024; size = Math.floor(size / 2)) {
    for (let i = 0; await canWrite(path.join(folder, `fill-${size}-${i}`), block.subarray(0, size)); i++);
  }
}

/** Makes empty files until the filesystem has no inode left. */
export async function fillInodes(folder: string): Promise<void> {
  for (let i = 0; await canWrite(path.join(folder, `file-${i}`), Buffer.alloc(0)); i++);
}

async function canWrite(file: string, content: Buffer): Promise<boolean> {
  try {
    await writeFile(file, content);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}
