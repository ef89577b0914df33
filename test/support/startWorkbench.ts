import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Janitor } from './createJanitor.ts';
import { foreignEnvironment } from './runTool.ts';

export interface WorkbenchOptions {
  janitor: Janitor;
  /** The script that starts it; see installWorkbench. */
  entry: string;
  /** The staged extension; see stageExtension. */
  extension: string;
  /** Where the workbench keeps settings and logs; made when absent. */
  dataFolder: string;
  port: number;
  /** More environment, which the extension and the backend inherit. */
  env?: NodeJS.ProcessEnv;
  /** Settings of the user besides those that keep the first view quiet. */
  settings?: Record<string, unknown>;
}

export interface Workbench {
  /** The page's address for a folder that is to be opened. */
  urlOf(folder: string): string;
  pid: number;
}

/** No welcome page, no chat sidebar, no questions: the first thing seen is the workspace. */
const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
};

/** Time that the server may take until it answers. Milliseconds; a busy two-core machine needs about 4,000. */
const READY_MS = 60_000;

/**
 * Starts the web workbench with Tektra installed, reachable from this machine only. It ends with the janitor.
 * Throws with the last lines of its log when it does not come up.
 */
export async function startWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const { janitor, dataFolder, port } = options;
  const settingsFile = path.join(dataFolder, 'User/settings.json');
  await mkdir(path.dirname(settingsFile), { recursive: true });
  // What the user changed in an earlier session stays.
  if (!existsSync(settingsFile)) {
    await writeFile(settingsFile, `${JSON.stringify({ ...quietSettings, ...options.settings }, null, 2)}\n`);
  }
  const extensions = await janitor.makeFolder('extensions');
  await cp(options.extension, path.join(extensions, await folderName(options.extension)), { recursive: true });

  const log = path.join(dataFolder, 'workbench.log');
  const output = openSync(log, 'w', 0o600);
  const argv = [options.entry, '--config', path.join(dataFolder, 'config.yaml'), '--auth', 'none'];
  argv.push('--bind-addr', `127.0.0.1:${port}`, '--user-data-dir', dataFolder, '--extensions-dir', extensions);
  argv.push('--disable-workspace-trust', '--disable-telemetry', '--disable-update-check');
  const env = foreignEnvironment({ PORT: undefined, PASSWORD: undefined, ...options.env });
  const child = spawn(process.execPath, argv, { env, detached: true, stdio: ['ignore', output, output] });
  closeSync(output);
  await once(child, 'spawn');
  const pid = child.pid as number;
  janitor.endGroup(pid);
  child.unref();

  const deadline = Date.now() + READY_MS;
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      throw new Error(`the web workbench did not come up:\n${(await readFile(log, 'utf8')).slice(-2_000)}`);
    }
    await delay(100);
  }
  return { pid, urlOf: (folder) => `http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}` };
}

/** The folder name under which an editor expects an extension: `publisher.name-version`. */
async function folderName(extension: string): Promise<string> {
  const text = await readFile(path.join(extension, 'package.json'), 'utf8');
  const manifest = JSON.parse(text) as { publisher: string; name: string; version: string };
  return `${manifest.publisher}.${manifest.name}-${manifest.version}`;
}

async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}
