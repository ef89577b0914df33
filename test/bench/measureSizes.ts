import { lstat, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { productRoot } from '../support/locations.ts';
import type { Measure } from './measure.ts';

/** What `npm ci` leaves on the disk, and the size of the bundle that every window loads. */
export async function measureSizes(): Promise<Measure[]> {
  const installed = await diskUsage(path.join(productRoot, 'node_modules'), new Set());
  const bundle = await stat(path.join(productRoot, 'dist/client/extension.cjs'));
  return [
    { title: 'npm ci on disk', unit: 'MB', limit: 450, value: installed / 1e6, remark: 'node_modules' },
    {
      title: 'extension bundle',
      unit: 'KB',
      limit: 300,
      value: bundle.size / 1e3,
      remark: 'dist/client/extension.cjs',
    },
  ];
}

/** Bytes that a folder takes on the disk; a file with several hard links counts once. */
async function diskUsage(folder: string, seen: Set<number>): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const entry = await lstat(file);
    if (entry.isDirectory()) bytes += await diskUsage(file, seen);
    if (entry.nlink > 1 && !entry.isDirectory()) {
      if (seen.has(entry.ino)) continue;
      seen.add(entry.ino);
    }
    // `blocks` counts units of 512 bytes on every file system; it is absent on Windows.
    bytes += entry.blocks === undefined ? entry.size : entry.blocks * 512;
  }
  return bytes;
}
