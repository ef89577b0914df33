// `npm run package -- [--target T] [-o FILE]`: makes the .vsix that editors install.
import { existsSync } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildProduct } from './buildProduct.ts';
import { createJanitor, type Janitor } from './createJanitor.ts';
import { cacheFolder, productRoot } from './locations.ts';
import { foreignEnvironment, npmCommand, runTool } from './runTool.ts';
import { ownTarget, stageExtension } from './stageExtension.ts';

/** The packager of VS Code. Not a development dependency: only this script needs its 100 MB. */
const VSCE_VERSION = '3.9.2';

export interface PackageOptions {
  janitor: Janitor;
  /** The platform, by the editor's name. */
  target: string;
  /** Where the package goes. */
  file: string;
  print: (line: string) => void;
}

/** Packages what is in dist/ into `file`. Throws when vsce cannot be fetched or refuses the extension. */
export async function packageExtension({ janitor, target, file, print }: PackageOptions): Promise<void> {
  const vsce = await installVsce(print);
  const staged = await janitor.makeFolder('package');
  await stageExtension(staged, target);
  await mkdir(path.dirname(file), { recursive: true });
  const flags = ['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
  const argv = [vsce, 'package', ...flags, '--target', target, '--out', file];
  const { exitCode, output } = await runTool([process.execPath, ...argv], { cwd: staged, env: foreignEnvironment() });
  if (exitCode !== 0 || !existsSync(file)) throw new Error(`vsce made no package:\n${output.trim()}`);
}

async function installVsce(print: (line: string) => void): Promise<string> {
  const folder = path.join(cacheFolder(), `vsce-${VSCE_VERSION}`);
  const script = path.join(folder, 'node_modules/@vscode/vsce/vsce');
  const lock = path.join(folder, 'node_modules/.package-lock.json'); // npm writes it last
  if (existsSync(lock)) return script;
  print(`Fetching the packager (@vscode/vsce ${VSCE_VERSION}), once`);
  await mkdir(folder, { recursive: true });
  const args = ['install', `@vscode/vsce@${VSCE_VERSION}`, '--ignore-scripts', '--no-audit', '--no-fund', '--no-save'];
  const { exitCode, output } = await runTool(npmCommand(...args, '--prefix', folder), {
    cwd: folder,
    env: foreignEnvironment(),
  });
  if (exitCode !== 0) throw new Error(`npm could not fetch the packager:\n${output.trim()}`);
  return script;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { target: { type: 'string' }, out: { type: 'string', short: 'o' } } });
  const target = values.target ?? ownTarget();
  const { version } = JSON.parse(await readFile(path.join(productRoot, 'package.json'), 'utf8')) as { version: string };
  const file = path.resolve(values.out ?? path.join(productRoot, `tektra-${version}-${target}.vsix`));
  const janitor = createJanitor();
  try {
    await buildProduct();
    await packageExtension({ janitor, target, file, print: console.log });
    console.log(`${path.basename(file)}: ${((await stat(file)).size / 1e6).toFixed(1)} MB for ${target}`);
    console.log('1 passed, 0 failed');
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    console.log('0 passed, 1 failed');
    process.exitCode = 1;
  } finally {
    await janitor.dispose();
  }
}
