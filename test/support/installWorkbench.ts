import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Janitor } from './createJanitor.ts';
import { cacheFolder } from './locations.ts';
import { foreignEnvironment, npmCommand, runTool } from './runTool.ts';

/** The VS Code workbench as an npm package. Exact, since the editor tests name things of its page. */
export const CODE_SERVER_VERSION = '4.139.1';

/** The last file that an installation writes; without it a folder is none. */
const MARK = 'tektra-installed.json';

/** Modules without prebuilt binaries whose lack is felt: logs of the output panel, and the end of orphaned extension hosts. */
const COMPILED_MODULES = ['@vscode/spdlog', '@vscode/native-watchdog'];

/** The script that starts the installed workbench, or undefined when it is not installed. */
export function findWorkbench(): string | undefined {
  const folder = installationFolder();
  try {
    const mark = JSON.parse(readFileSync(path.join(folder, MARK), 'utf8')) as { version?: string };
    return mark.version === CODE_SERVER_VERSION ? entryOf(folder) : undefined;
  } catch {
    return undefined; // Not there, or broken off while it was written: both mean "not installed".
  }
}

/**
 * Installs the workbench into the cache unless it is there, telling each step to `print`; takes one or two minutes and 600 MB.
 * It becomes visible in one rename, so that an installation which was broken off is never taken for a whole one.
 * Returns the script that starts it. Throws with npm's last words when a package cannot be had.
 */
export async function installWorkbench(janitor: Janitor, print: (line: string) => void): Promise<string> {
  const installed = findWorkbench();
  if (installed !== undefined) return installed;
  const target = installationFolder();
  await removeAbandoned();
  const staging = `${target}.part-${process.pid}`;
  janitor.removePart(staging);
  await mkdir(staging, { recursive: true });
  const started = Date.now();
  print(`Installing the web workbench (code-server ${CODE_SERVER_VERSION}) into ${target}: once, about 600 MB`);
  try {
    await writeFile(path.join(staging, 'package.json'), '{ "private": true }\n');
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await step('1/3 the server', staging, ['install', `code-server@${CODE_SERVER_VERSION}`, '--save-exact', ...flags]);
    const editor = path.join(staging, 'node_modules/code-server/lib/vscode');
    await step('2/3 the editor', editor, ['install', '--omit=dev', ...flags]);
    const compiled = await step('3/3 compiled modules', editor, ['rebuild', ...COMPILED_MODULES], { optional: true });
    if (!compiled) print('  no C++ compiler answered: the output panel of this workbench stays empty, all else works');
    await writeFile(path.join(staging, MARK), JSON.stringify({ version: CODE_SERVER_VERSION, compiled }));
    await rename(staging, target).catch(async (error: unknown) => {
      if (findWorkbench() !== undefined) return; // Another run was faster.
      if (!existsSync(target)) throw error;
      await rm(target, { recursive: true, force: true });
      await rename(staging, target);
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  print(`  installed in ${Math.round((Date.now() - started) / 1000)} s`);
  return entryOf(target);

  async function step(title: string, cwd: string, args: string[], { optional = false } = {}): Promise<boolean> {
    const stepStarted = Date.now();
    print(`  ${title} …`);
    const seconds = (): number => Math.round((Date.now() - stepStarted) / 1000);
    const heartbeat = setInterval(() => print(`  ${title} … ${seconds()} s`), 15_000);
    try {
      const result = await runTool(npmCommand(...args), { cwd, env: foreignEnvironment(), janitor });
      if (result.exitCode === 0) return true;
      if (optional) return false;
      throw new Error(`npm ${args[0]} failed (exit code ${result.exitCode}):\n${result.output.slice(-3_000)}`);
    } finally {
      clearInterval(heartbeat);
    }
  }
}

function installationFolder(): string {
  return path.join(cacheFolder(), `code-server-${CODE_SERVER_VERSION}`);
}

function entryOf(folder: string): string {
  return path.join(folder, 'node_modules/code-server/out/node/entry.js');
}

/** Removes the parts that killed installations left; those of living processes stay. */
async function removeAbandoned(): Promise<void> {
  const folder = cacheFolder();
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    const pid = /^code-server-.*\.part-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid)))
      await rm(path.join(folder, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
