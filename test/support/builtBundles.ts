import { type BuildOptions, type BuildResult, build } from 'esbuild';
// @ts-expect-error: plain JavaScript without types
import { bundles } from '../../esbuild.config.mjs';

export type BundleName = 'client' | 'server' | 'webviews';
type InMemory = BuildResult<{ metafile: true; write: false }>;

const built = new Map<BundleName, Promise<InMemory>>();

/** Builds a bundle as `npm run build` does, but in memory and from the sources of now: `dist` may be old or absent. */
export function builtBundle(name: BundleName): Promise<InMemory> {
  const existing = built.get(name);
  if (existing) return existing;
  const options: BuildOptions = bundles[name];
  const result = build({ ...options, metafile: true, write: false });
  built.set(name, result);
  return result;
}

/** One file of a bundle, by its name. @throws Error when the bundle has no such file */
export async function builtFile(name: BundleName, file: string): Promise<Buffer> {
  const { outputFiles } = await builtBundle(name);
  const found = outputFiles.find(({ path }) => path.endsWith(`/${file}`));
  if (!found) throw new Error(`The bundle ${name} has no file ${file}`);
  return Buffer.from(found.contents);
}
