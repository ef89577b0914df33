import path from 'node:path';
import * as vscode from 'vscode';
import { Backend } from './backend/backend.ts';
import { loadLanguageClient } from './backend/loadLanguageClient.ts';
import { createBundle } from './commands/createBundle.ts';
import { getHealth } from './commands/getHealth.ts';
import { openGuide } from './commands/openGuide.ts';
import { openLog } from './commands/openLog.ts';
import { openPanel } from './commands/openPanel.ts';
import { openTroubleshooting } from './commands/openTroubleshooting.ts';
import type { CommandHandlers, RunCommand } from './commands/registerCommands.ts';
import { restartBackend } from './commands/restartBackend.ts';
import { runDiagnosis } from './commands/runDiagnosis.ts';
import { stopDiagnosis } from './commands/stopDiagnosis.ts';
import { DiagnosisTriggers } from './editor/diagnosisTriggers.ts';
import { EarlyContact } from './editor/earlyContact.ts';
import { Problems } from './editor/problems.ts';
import { SettingsSync } from './editor/settingsSync.ts';
import { showError } from './editor/showError.ts';
import type { StatusBar } from './editor/statusBar.ts';
import { WorkspaceDiagnosis } from './editor/workspaceDiagnosis.ts';
import type { WorkspaceFolders } from './editor/workspaceFolders.ts';
import { askFix } from './panels/troubleshooting/askFix.ts';
import { FixFlow } from './panels/troubleshooting/fixFlow.ts';
import { FixPreview } from './panels/troubleshooting/fixPreview.ts';
import { FolderPast } from './panels/troubleshooting/folderPast.ts';
import { Troubleshooting } from './panels/troubleshooting/troubleshooting.ts';
import { TroubleshootingPages } from './panels/troubleshooting/troubleshootingPages.ts';

/** What activation made already: it is there before anything else is loaded. */
export interface Foreground {
  log: vscode.LogOutputChannel;
  folders: WorkspaceFolders;
  statusBar: StatusBar;
}

export interface Composition {
  readonly runCommand: RunCommand;
  readonly pages: TroubleshootingPages;
  readonly backend: Backend;
  /** Everything of the editor that must be given back; the backend says goodbye apart, since that takes time. */
  readonly disposables: readonly vscode.Disposable[];
}

/** Builds every other object of the extension once. Starts no process: the backend starts with the first request. */
export function compose(context: vscode.ExtensionContext, { log, folders, statusBar }: Foreground): Composition {
  const backend = new Backend({
    serverModule: path.join(context.extensionPath, 'dist', 'server', 'main.mjs'),
    nodePath: process.execPath,
    clientName: vscode.env.appName,
    clientVersion: TEKTRA_VERSION,
    editorPid: process.ppid,
    openTransport: loadLanguageClient(path.join(context.extensionPath, 'dist', 'client', 'languageClient.cjs'), log),
    log,
  });
  // Ahead of the diagnosis: the settings must be the first thing that a new backend hears.
  const settingsSync = new SettingsSync(backend, log);
  const diagnosis = new WorkspaceDiagnosis(backend, log);
  statusBar.follow(backend, diagnosis);
  const problems = new Problems(folders, diagnosis);
  const preview = new FixPreview();
  const person = askFix(preview);
  const fixes = new FixFlow({ backend, diagnosis, person, trusted: () => folders.trusted, log });
  const past = new FolderPast(backend, log);
  const troubleshooting = new Troubleshooting({ backend, folders, diagnosis, preview, fixes, past, log });
  const pages = new TroubleshootingPages(context.extensionUri, troubleshooting);
  const handlers: CommandHandlers = {
    'tektra.diagnosis.run': (only) => runDiagnosis(folders, diagnosis, pages, only),
    'tektra.guide.open': () => openGuide(pages, troubleshooting),
    'tektra.diagnosis.stop': () => stopDiagnosis(diagnosis),
    'tektra.troubleshooting.open': () => openTroubleshooting(pages),
    'tektra.panel.open': () => openPanel(pages),
    'tektra.health.get': () => getHealth(backend),
    'tektra.backend.restart': () => restartBackend(backend),
    'tektra.log.open': () => openLog(log),
    'tektra.bundle.create': () => createBundle(backend, folders, diagnosis, log),
  };
  const runCommand: RunCommand = async (id, args) => {
    try {
      await handlers[id](...args);
    } catch (thrown) {
      showError(thrown);
    }
  };
  const triggers = new DiagnosisTriggers(folders, diagnosis);
  const earlyContact = new EarlyContact({
    backend,
    folders,
    diagnosis,
    diagnose: (folder) => void runCommand('tektra.diagnosis.run', [folder.path]),
    memory: context.workspaceState,
    log,
  });
  const disposables = [
    earlyContact,
    triggers,
    pages,
    troubleshooting,
    fixes,
    past,
    preview,
    problems,
    diagnosis,
    settingsSync,
  ];
  return { runCommand, pages, backend, disposables };
}
