import * as vscode from 'vscode';
import type { DiagnosisQuestion } from '../../../server/protocol/diagnosis.ts';
import { TektraError } from '../../../server/protocol/errors.ts';
import {
  closeGuide,
  getTroubleshooting,
  openEvidence,
  openFolder,
  openGuide,
  openLog,
  openTrust,
  previewFix,
  restartBackend,
  selectTroubleshooting,
  skipTroubleshooting,
  startTroubleshooting,
  stopTroubleshooting,
  type TroubleshootingState,
  troubleshootingChanged,
} from '../../../server/protocol/troubleshooting.ts';
import type { Backend } from '../../backend/backend.ts';
import type { Log } from '../../editor/log.ts';
import { showError } from '../../editor/showError.ts';
import type { WorkspaceDiagnosis } from '../../editor/workspaceDiagnosis.ts';
import type { WorkspaceFolders } from '../../editor/workspaceFolders.ts';
import type { CommandId } from '../../manifest/commands.ts';
import { type AllowedMessage, allow } from '../relayAllowed.ts';
import { connectWebview } from '../webviewConnection.ts';
import { evidenceFile } from './evidenceFile.ts';
import type { FixFlow } from './fixFlow.ts';
import type { FixPreview } from './fixPreview.ts';
import { fixRequests } from './fixRequests.ts';
import type { FolderPast } from './folderPast.ts';
import { selectedFolder, troubleshootingState } from './troubleshootingState.ts';

interface Parts {
  backend: Pick<Backend, 'state' | 'onDidChangeState' | 'request'>;
  folders: WorkspaceFolders;
  diagnosis: WorkspaceDiagnosis;
  preview: FixPreview;
  fixes: FixFlow;
  past: FolderPast;
  log: Log;
}

/** What the troubleshooting pages show and may ask for; one for all pages of the window. */
export class Troubleshooting implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #pages = new Set<(state: TroubleshootingState) => void>();
  readonly #subscriptions: vscode.Disposable;
  #chosen: string | undefined;
  /** The report whose past is loaded. */
  #followed: string | undefined;
  #guide = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    const push = (): void => this.#push();
    this.#subscriptions = vscode.Disposable.from(
      parts.backend.onDidChangeState(push),
      parts.folders.onDidChange(push),
      parts.diagnosis.onDidChange(push),
      parts.diagnosis.onDidChange(() => this.#refreshPast()),
      parts.fixes.onDidChange(push),
      parts.past.onDidChange(push),
    );
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  /** Lets the user choose a category or describe a symptom, in every page of the window; or leaves that. */
  showGuide(shown: boolean): null {
    this.#guide = shown;
    this.#push();
    return null;
  }

  /** Serves a page until the returned object is disposed. `column` says where files that it names are opened. */
  attach(webview: vscode.Webview, column: () => vscode.ViewColumn): vscode.Disposable {
    const { log } = this.#parts;
    const connection = connectWebview(webview, log);
    for (const message of this.#allowed(column)) message.register(connection, log);
    connection.listen();
    const push = (state: TroubleshootingState): void => {
      connection
        .sendNotification(troubleshootingChanged.type, state)
        .catch((error: unknown) => log.warn(`The troubleshooting page did not take its state: ${String(error)}`));
    };
    this.#pages.add(push);
    return new vscode.Disposable(() => {
      this.#pages.delete(push);
      connection.dispose();
    });
  }

  /** The whole allow-list: a page reaches nothing but these. */
  #allowed(column: () => vscode.ViewColumn): AllowedMessage[] {
    return [
      allow(getTroubleshooting, () => this.#get()),
      allow(selectTroubleshooting, ({ workspace }) => this.#select(workspace)),
      allow(startTroubleshooting, ({ workspace, question }) => this.#start(workspace, question)),
      allow(stopTroubleshooting, () => this.#stop()),
      allow(skipTroubleshooting, ({ check }) => this.#skip(check)),
      allow(openGuide, () => this.showGuide(true)),
      allow(closeGuide, () => this.showGuide(false)),
      allow(openEvidence, async ({ source }) => ({ opened: await this.#openEvidence(source, column()) })),
      allow(previewFix, ({ finding, fix }) => this.#preview(finding, fix)),
      allow(restartBackend, () => execute('tektra.backend.restart')),
      allow(openLog, () => execute('tektra.log.open')),
      allow(openTrust, () => execute('workbench.trust.manage')),
      allow(openFolder, () => execute('vscode.openFolder')),
      ...fixRequests({ ...this.#parts, selected: () => this.#selected() }),
    ];
  }

  #get(): TroubleshootingState {
    const selected = this.#selected();
    if (selected !== undefined && this.#parts.folders.trusted) void this.#parts.diagnosis.load(selected);
    // A page that was hidden has missed what happened meanwhile.
    this.#followed = undefined;
    this.#refreshPast();
    return this.#state();
  }

  #select(workspace: string): null {
    this.#chosen = workspace;
    if (this.#parts.folders.trusted) void this.#parts.diagnosis.load(workspace);
    this.#refreshPast();
    this.#push();
    return null;
  }

  #start(workspace: string | undefined, question: DiagnosisQuestion | undefined): null {
    const { folders, diagnosis, past } = this.#parts;
    if (!folders.trusted)
      throw new TektraError('workspace.untrusted', 'In an untrusted workspace nothing is diagnosed.');
    const folder = workspace ?? this.#selected();
    if (folder !== undefined && folders.list().some(({ path }) => path === folder)) {
      void past.show(folder, undefined);
      this.#guide = false;
      void diagnosis.run(folder, { background: false, question });
    }
    return null;
  }

  #stop(): null {
    this.#parts.diagnosis.stop(this.#selected());
    return null;
  }

  #skip(check: string): null {
    const selected = this.#selected();
    if (selected !== undefined) void this.#parts.diagnosis.skip(selected, check);
    return null;
  }

  async #openEvidence(source: string, viewColumn: vscode.ViewColumn): Promise<boolean> {
    const selected = this.#selected();
    const place = selected === undefined ? undefined : await evidenceFile(selected, source);
    if (!place) {
      showError(new TektraError('request.invalid', `${source} is not there any more.`, { action: 'Diagnose again.' }));
      return false;
    }
    const document = await vscode.workspace.openTextDocument(place.file);
    const { range } = document.lineAt(Math.min(place.line, document.lineCount) - 1);
    await vscode.window.showTextDocument(document, { selection: range, viewColumn, preview: true });
    return true;
  }

  async #preview(finding: string, fix: number): Promise<null> {
    const selected = this.#selected();
    const report = selected === undefined ? undefined : this.#parts.diagnosis.of(selected).report;
    try {
      if (!report) throw new TektraError('request.invalid', 'There is no diagnosis to preview a fix of.');
      await this.#parts.preview.show(report, finding, fix);
    } catch (thrown) {
      showError(thrown);
    }
    return null;
  }

  #state(): TroubleshootingState {
    const { backend, folders, diagnosis, fixes, past } = this.#parts;
    return troubleshootingState({
      backend: backend.state,
      trusted: folders.trusted,
      folders: folders.list(),
      unsupported: folders.unsupported(),
      chosen: this.#chosen,
      guide: this.#guide,
      of: (folder) => diagnosis.of(folder),
      fixOf: (folder) => fixes.of(folder),
      pastOf: (folder) => past.of(folder),
    });
  }

  /** Each new report brings its own history; the steps of a run bring none. */
  #refreshPast(): void {
    const selected = this.#selected();
    const at = selected === undefined ? undefined : this.#parts.diagnosis.of(selected).report?.startedAt;
    if (selected === undefined || at === undefined || this.#pages.size === 0 || this.#followed === `${selected} ${at}`)
      return;
    this.#followed = `${selected} ${at}`;
    void this.#parts.past.refresh(selected);
  }

  #selected(): string | undefined {
    const { folders, diagnosis } = this.#parts;
    return selectedFolder({ folders: folders.list(), chosen: this.#chosen, of: (folder) => diagnosis.of(folder) });
  }

  #push(): void {
    if (this.#pages.size === 0) return;
    const state = this.#state();
    for (const push of this.#pages) push(state);
  }
}

async function execute(command: CommandId | 'workbench.trust.manage' | 'vscode.openFolder'): Promise<null> {
  await vscode.commands.executeCommand(command);
  return null;
}
