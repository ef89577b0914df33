import path from 'node:path';
import * as vscode from 'vscode';
import { Backend } from './backend/backend.ts';
import { loadLanguageClient } from './backend/loadLanguageClient.ts';
import { createBundle } from './commands/createBundle.ts';
import { diagnoseLine } from './commands/diagnoseLine.ts';
import { getHealth } from './commands/getHealth.ts';
import { listComponent } from './commands/listComponent.ts';
import { listSurroundings } from './commands/listSurroundings.ts';
import { listTemplate } from './commands/listTemplate.ts';
import { listTrace } from './commands/listTrace.ts';
import { openGuide } from './commands/openGuide.ts';
import { openLine } from './commands/openLine.ts';
import { openLog } from './commands/openLog.ts';
import { openLogs } from './commands/openLogs.ts';
import { openPanel } from './commands/openPanel.ts';
import { openSourceLogs } from './commands/openSourceLogs.ts';
import { openTroubleshooting } from './commands/openTroubleshooting.ts';
import type { CommandHandlers, RunCommand } from './commands/registerCommands.ts';
import { restartBackend } from './commands/restartBackend.ts';
import { runDiagnosis } from './commands/runDiagnosis.ts';
import { stopDiagnosis } from './commands/stopDiagnosis.ts';
import { suppressTemplate } from './commands/suppressTemplate.ts';
import { DiagnosisTriggers } from './editor/diagnosisTriggers.ts';
import { EarlyContact } from './editor/earlyContact.ts';
import { DocumentLogs } from './editor/logs/documentLogs.ts';
import { LogLines } from './editor/logs/logLines.ts';
import { registerLogLanguage } from './editor/logs/registerLogLanguage.ts';
import type { ShowLog } from './editor/logs/showLog.ts';
import { Problems } from './editor/problems.ts';
import { SettingsSync } from './editor/settingsSync.ts';
import { showError } from './editor/showError.ts';
import type { StatusBar } from './editor/statusBar.ts';
import { WorkspaceDiagnosis } from './editor/workspaceDiagnosis.ts';
import type { WorkspaceFolders } from './editor/workspaceFolders.ts';
import { LogPages } from './panels/logs/logPages.ts';
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
  readonly logPages: LogPages;
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
  const folderPaths = (): string[] => folders.list().map((folder) => folder.path);
  const logPages = new LogPages(context.extensionUri, { backend, folders: folderPaths, log });
  const documents = new DocumentLogs(backend, log);
  const lines = new LogLines(backend, documents);
  const show: ShowLog = (request) => logPages.openSources(request);
  const handlers: CommandHandlers = {
    'tektra.diagnosis.run': (only) => runDiagnosis(folders, diagnosis, pages, only),
    'tektra.guide.open': () => openGuide(pages, troubleshooting),
    'tektra.diagnosis.stop': () => stopDiagnosis(diagnosis),
    'tektra.troubleshooting.open': () => openTroubleshooting(pages),
    'tektra.panel.open': () => openPanel(pages),
    'tektra.logs.open': (clicked, several) => openLogs(logPages, clicked, several),
    'tektra.logs.openSource': () => openSourceLogs(logPages),
    'tektra.health.get': () => getHealth(backend),
    'tektra.backend.restart': () => restartBackend(backend),
    'tektra.log.open': () => openLog(log),
    'tektra.line.open': (...args) => openLine(lines, show, args),
    'tektra.template.list': (...args) => listTemplate(lines, show, args),
    'tektra.component.list': (...args) => listComponent(lines, show, args),
    'tektra.surroundings.list': (...args) => listSurroundings(lines, show, args),
    'tektra.trace.list': (...args) => listTrace(lines, show, args),
    'tektra.template.suppress': (...args) => suppressTemplate({ lines, documents, backend }, args),
    'tektra.line.diagnose': (...args) => diagnoseLine({ lines, folders, diagnosis, pages }, args),
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
    logPages,
    documents,
    registerLogLanguage(context.extensionUri, backend, documents, log),
    troubleshooting,
    fixes,
    past,
    preview,
    problems,
    diagnosis,
    settingsSync,
  ];
  return { runCommand, pages, logPages, backend, disposables };
}
