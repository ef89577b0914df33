import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's root: the folder of package.json. */
export const productRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** The built command line, run as `node tektraCli …`. */
export const tektraCli = path.join(productRoot, 'dist/server/tektra.mjs');

/** Where large downloads live between checkouts: `$XDG_CACHE_HOME/tektra`, or `~/.cache/tektra`. */
export function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME;
  // The XDG specification says that a relative value must be ignored.
  return path.join(base !== undefined && path.isAbsolute(base) ? base : path.join(os.homedir(), '.cache'), 'tektra');
}

/** Folders of this prefix below the system's temporary folder are ours to remove. */
export const TEMPORARY_PREFIX = 'tektra-';
