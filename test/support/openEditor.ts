import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Janitor } from './createJanitor.ts';
import { findOnPath } from './findOnPath.ts';
import { freePort } from './freePort.ts';
import { installWorkbench } from './installWorkbench.ts';
import { cacheFolder, productRoot } from './locations.ts';
import { packageExtension } from './packageExtension.ts';
import { runTool } from './runTool.ts';
import { ownTarget, stageExtension } from './stageExtension.ts';
import { startWorkbench } from './startWorkbench.ts';

export interface OpenEditorOptions {
  janitor: Janitor;
  /** The folder to open. */
  folder: string;
  /** Takes the web workbench even where VS Code is installed. */
  web: boolean;
  print: (line: string) => void;
}

/** The first port that the web workbench tries. */
const FIRST_PORT = 8443;

/**
 * Opens the built extension in an editor on `folder`: in VS Code when its `code` command is on PATH and takes the extension,
 * else in the web workbench. Returns the address of the page, or undefined when VS Code opened its own window.
 */
export async function openEditor(options: OpenEditorOptions): Promise<string | undefined> {
  const code = options.web ? undefined : await findOnPath('code');
  if (code !== undefined) {
    const refused = await openInCode(code, options);
    if (refused === undefined) return undefined;
    options.print(`VS Code did not take it (${refused}); the web workbench takes over.`);
  }
  return openInWorkbench(options);
}

/** Returns what `code` said when it refused, undefined when the window opens. */
async function openInCode(code: string, { janitor, folder, print }: OpenEditorOptions): Promise<string | undefined> {
  print('Installing Tektra into VS Code');
  const vsix = path.join(await janitor.makeFolder('vsix'), 'tektra.vsix');
  await packageExtension({ janitor, target: ownTarget(), file: vsix, print });
  for (const args of [['--install-extension', vsix, '--force'], [folder]]) {
    const { exitCode, output } = await runTool([code, ...args], { cwd: folder });
    if (exitCode !== 0) return output.trim().split('\n').at(-1) ?? `exit code ${exitCode}`;
  }
  return undefined;
}

async function openInWorkbench({ janitor, folder, print }: OpenEditorOptions): Promise<string> {
  const entry = await installWorkbench(janitor, print);
  print('Starting the web workbench');
  const extension = await janitor.makeFolder('extension');
  await stageExtension(extension);
  const { version } = JSON.parse(await readFile(path.join(productRoot, 'package.json'), 'utf8')) as { version: string };
  const dataFolder = path.join(cacheFolder(), `workbench-data-${version}`);
  const port = await freePort(FIRST_PORT);
  const workbench = await startWorkbench({ janitor, entry, extension, dataFolder, port });
  return workbench.urlOf(folder);
}
