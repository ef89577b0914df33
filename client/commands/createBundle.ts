import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { getHealth, type HealthReport } from '../../server/protocol/health.ts';
import type { Backend } from '../backend/backend.ts';
import type { Log } from '../editor/log.ts';
import { supportBundle } from '../editor/supportBundle.ts';
import type { WorkspaceDiagnosis } from '../editor/workspaceDiagnosis.ts';
import type { WorkspaceFolders } from '../editor/workspaceFolders.ts';
import { settings } from '../manifest/settings.ts';

/** The backend may hang; a bundle is wanted most when it does. */
const HEALTH_TIMEOUT_MS = 2000;

/** Opens a support bundle as an untitled document, which the user reads and saves. Works when the backend is dead. */
export async function createBundle(
  backend: Pick<Backend, 'state' | 'request' | 'tailLog'>,
  folders: WorkspaceFolders,
  diagnosis: WorkspaceDiagnosis,
  log: Log,
): Promise<void> {
  const content = supportBundle({
    createdAt: new Date(),
    versions: {
      Tektra: TEKTRA_VERSION,
      [vscode.env.appName]: vscode.version,
      Node: process.version,
      Platform: `${process.platform} ${process.arch}`,
      Remote: vscode.env.remoteName ?? 'none',
    },
    changedSettings: Object.keys(settings).filter(isChanged),
    backend: backend.state,
    health: await healthNow(backend, log),
    reports: folders.list().flatMap(({ path }) => diagnosis.of(path).report ?? []),
    log: await backend.tailLog().catch((error: unknown) => `(not readable: ${String(error)})`),
    home: homedir(),
  });
  const document = await vscode.workspace.openTextDocument({ language: 'markdown', content });
  await vscode.window.showTextDocument(document);
}

/** Undefined when the backend does not run or does not answer in time; a bundle starts nothing. */
async function healthNow(backend: Pick<Backend, 'state' | 'request'>, log: Log): Promise<HealthReport | undefined> {
  if (backend.state.phase !== 'running') return undefined;
  const timeout = new Promise<undefined>((resolve) => setTimeout(resolve, HEALTH_TIMEOUT_MS));
  const health = backend.request(getHealth, {}).catch((error: unknown) => {
    log.warn(`No health for the support bundle: ${String(error)}`);
    return undefined;
  });
  return Promise.race([health, timeout]);
}

function isChanged(name: string): boolean {
  const found = vscode.workspace.getConfiguration().inspect(name);
  return [found?.globalValue, found?.workspaceValue, found?.workspaceFolderValue].some((value) => value !== undefined);
}
