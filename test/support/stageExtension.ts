import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { productRoot } from './locations.ts';

/** The editor's name of a platform → the name of better-sqlite3's binary for it. */
const BINARIES: Record<string, string> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'alpine-x64': 'linuxmusl-x64',
  'alpine-arm64': 'linuxmusl-arm64',
  'darwin-x64': 'darwin-x64',
  'darwin-arm64': 'darwin-arm64',
  'win32-x64': 'win32-x64',
  'win32-arm64': 'win32-arm64',
};

/** The platforms that a package can be made for, by the editor's names. */
export const packageTargets: readonly string[] = Object.keys(BINARIES);

/** The platform of this machine, by the editor's name. */
export function ownTarget(): string {
  // `header.glibcVersionRuntime` is absent where another C library runs Node.
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  const musl = process.platform === 'linux' && report?.header?.glibcVersionRuntime === undefined;
  return `${musl ? 'alpine' : process.platform}-${process.arch}`;
}

/**
 * Copies the built extension into `folder`, exactly as it is shipped for `target`: the package, the web workbench and the editor
 * tests all take this folder. The native module lies beside the bundle that imports it, with the one binary of the platform.
 * Throws when nothing was built or when there is no binary for the platform.
 */
export async function stageExtension(folder: string, target: string = ownTarget()): Promise<void> {
  const binary = BINARIES[target];
  if (binary === undefined) throw new Error(`no package for ${target}; there are: ${packageTargets.join(', ')}`);
  await mkdir(folder, { recursive: true });
  for (const entry of await shippedEntries()) {
    await cp(path.join(productRoot, entry), path.join(folder, entry), {
      recursive: true,
      filter: (source) => !source.endsWith('.map'),
    });
  }
  await writeFile(path.join(folder, 'package.json'), `${JSON.stringify(await shippedManifest(), null, 2)}\n`);
  await copyNativeModule(path.join(folder, 'dist/server/node_modules/better-sqlite3'), binary);
}

/** What .vscodeignore lets through: files and folders of the checkout. package.json is written apart. */
async function shippedEntries(): Promise<string[]> {
  const text = await readFile(path.join(productRoot, '.vscodeignore'), 'utf8');
  const kept = text.split('\n').flatMap((line) => /^!(.+?)(?:\/\*\*)?$/.exec(line.trim())?.[1] ?? []);
  return kept.filter((entry) => entry !== 'package.json');
}

/** package.json without what only a checkout needs. What the extension depends on is inside its bundles. */
async function shippedManifest(): Promise<Record<string, unknown>> {
  const manifest = JSON.parse(await readFile(path.join(productRoot, 'package.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  for (const key of ['scripts', 'dependencies', 'devDependencies', 'optionalDependencies', 'allowScripts', 'private']) {
    delete manifest[key];
  }
  return manifest;
}

async function copyNativeModule(folder: string, binary: string): Promise<void> {
  const source = path.join(productRoot, 'node_modules/better-sqlite3');
  await mkdir(path.join(folder, 'prebuilds'), { recursive: true });
  for (const entry of ['package.json', 'LICENSE', 'lib', `prebuilds/${binary}.node`]) {
    await cp(path.join(source, entry), path.join(folder, entry), { recursive: true });
  }
  // A module of lib/ for each platform names a binary that is not shipped; only the general entry is used.
  const others = (await readdir(path.join(folder, 'prebuilds'))).length;
  if (others !== 1) throw new Error(`expected one native binary in ${folder}, found ${others}`);
}
