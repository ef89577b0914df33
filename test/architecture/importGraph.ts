import path from 'node:path';
import { type BundleName, builtBundle } from '../support/builtBundles.ts';

export interface Import {
  /** Our file that imports, relative to the root. */
  from: string;
  /** Our file, or the name of the package, `node:…` module or `vscode`. */
  to: string;
  kind: 'own' | 'vendor' | 'node' | 'vscode';
}

/** Every import of our own files in a bundle. Imports of types alone are gone by then, as they bind nothing. */
export async function importsOf(name: BundleName): Promise<Import[]> {
  const { metafile } = await builtBundle(name);
  return Object.entries(metafile.inputs)
    .filter(([from]) => isOwn(from))
    .flatMap(([from, { imports }]) => imports.map(({ path: to, external }) => classify(from, to, external === true)));
}

/** Our own files in a bundle. */
export async function filesOf(name: BundleName): Promise<string[]> {
  const { metafile } = await builtBundle(name);
  return Object.keys(metafile.inputs).filter(isOwn);
}

/** The packages that a bundle carries. */
export async function packagesIn(name: BundleName): Promise<Set<string>> {
  const { metafile } = await builtBundle(name);
  return new Set(Object.keys(metafile.inputs).flatMap((file) => packageOf(file) ?? []));
}

function isOwn(file: string): boolean {
  return !file.includes('node_modules/') && /\.tsx?$/.test(file);
}

function classify(from: string, to: string, external: boolean): Import {
  if (to === 'vscode') return { from, to, kind: 'vscode' };
  const vendor = packageOf(to);
  if (vendor !== undefined) return { from, to: vendor, kind: 'vendor' };
  if (!external) return { from, to, kind: 'own' };
  // What stays outside the bundle is Node's own, or a native package.
  return isBuiltin(to) ? { from, to, kind: 'node' } : { from, to: nameOf(to), kind: 'vendor' };
}

function isBuiltin(name: string): boolean {
  return name.startsWith('node:') || process.getBuiltinModule(name) !== undefined;
}

function packageOf(file: string): string | undefined {
  const inside = file.split('node_modules/').at(-1);
  return file.includes('node_modules/') && inside !== undefined ? nameOf(inside) : undefined;
}

function nameOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

/** `server/systems/postgres/x.ts` → `server/systems/postgres`; `server/diagnosis/causes/y.ts` → `server/diagnosis`. */
export function roomOf(file: string): string {
  const parts = path.dirname(file).split('/');
  const depth = parts[0] === 'server' && (parts[1] === 'systems' || parts[1] === 'edges') ? 3 : 2;
  return parts[0] === 'server' ? parts.slice(0, depth).join('/') : (parts[0] ?? '');
}
