// `npm start [-- DIR] [--no-editor] [--web]`: builds, shows the main job in the terminal, then in an editor.
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildProduct } from './buildProduct.ts';
import { createJanitor } from './createJanitor.ts';
import { createDemoIncident, type Demo } from './demoIncident.ts';
import { productRoot, tektraCli } from './locations.ts';
import { openEditor } from './openEditor.ts';
import { runTool } from './runTool.ts';

const HELP = `usage: npm start [-- DIR] [-- --no-editor] [-- --web]

Builds Tektra, diagnoses a folder in the terminal and opens it in an editor with Tektra installed.
Without DIR the folder is a demo: a service that is really broken, started for the purpose and removed at the end.

  --no-editor  end after the terminal part
  --web        use the web workbench even when VS Code is installed
`;

const janitor = createJanitor();
let stopping: Promise<void> | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    stopping ??= janitor.dispose().then(() => process.exit(signal === 'SIGINT' ? 0 : 1));
  });
}

try {
  await start();
} catch (error) {
  // Whatever fails because we are stopping is no news.
  if (stopping === undefined) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
    await janitor.dispose();
  }
}

async function start(): Promise<void> {
  const options = {
    help: { type: 'boolean', short: 'h' },
    'no-editor': { type: 'boolean' },
    web: { type: 'boolean' },
  } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help || positionals.length > 1) {
    console.log(HELP);
    process.exitCode = values.help ? 0 : 2;
    return janitor.dispose();
  }
  const chosen = positionals[0] === undefined ? undefined : await existingFolder(positionals[0]);
  console.log('Building Tektra');
  await buildProduct();
  const demo = chosen === undefined ? await makeDemo() : undefined;
  const folder = demo?.workspace ?? (chosen as string);

  console.log(`\n$ tektra diagnose ${folder}\n`);
  const { exitCode } = await runTool([process.execPath, tektraCli, 'diagnose', folder], {
    cwd: productRoot,
    show: true,
  });
  if (exitCode !== 0 && exitCode !== 1) throw new Error(`tektra diagnose could not run (exit code ${exitCode})`);
  if (values['no-editor']) return janitor.dispose();

  console.log('');
  const url = await openEditor({ janitor, folder, web: values.web ?? false, print: console.log });
  console.log(url === undefined ? '\nVS Code opens the folder now.' : `\nOpen in your browser:  ${url}`);
  console.log(
    `\nTry next\n${nextSteps(folder, demo).join('\n')}\n\nCtrl-C ends ${demo === undefined ? 'it' : 'the demo and removes it'}.`,
  );
  setInterval(() => undefined, 60_000); // Stays in the foreground until a signal comes.
}

async function makeDemo(): Promise<Demo> {
  console.log('Starting the demo: the service shop-api, whose port another process holds');
  return createDemoIncident(janitor);
}

function nextSteps(folder: string, demo: Demo | undefined): string[] {
  const look = '  • Click Tektra in the status bar: the root cause, its evidence, and what was ruled out and why.';
  const again = '  • Run "Tektra: Diagnose Workspace" from the command palette (F1) after a change.';
  const json = `  • In another terminal, in this folder:  npx tektra diagnose ${folder} --json`;
  if (demo === undefined) return [look, again, json, '  • Is Tektra itself well?  npx tektra doctor'];
  return [
    look,
    '  • Click an evidence link: the editor opens the log at the line.',
    `  • Repair it: end the forgotten preview with  kill ${demo.holderPid}  and start the shop with  npm start  in ${folder};`,
    '    then run "Tektra: Diagnose Workspace" from the command palette (F1).',
    json,
    '  • Your own folder:  npm start -- DIR',
  ];
}

/** The folder that the user named, from where the user called npm. Throws when it is none. */
async function existingFolder(named: string): Promise<string> {
  const folder = path.resolve(process.env.INIT_CWD ?? process.cwd(), named);
  const isFolder = await stat(folder).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new Error(`${folder} is not a folder`);
  return folder;
}
