// Runs after `npm install`: the package that brings Node 24 also brings 67 MB of C++ headers, which nothing here compiles against.
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { productRoot } from './locations.ts';

const packages = path.join(productRoot, 'node_modules/node/node_modules');
for (const name of await readdir(packages).catch(() => [])) {
  if (name.startsWith('node-')) await rm(path.join(packages, name, 'include'), { recursive: true, force: true });
}
