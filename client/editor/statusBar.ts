import * as vscode from 'vscode';
import type { BackendState } from '../../server/protocol/health.ts';
import type { Backend } from '../backend/backend.ts';
import { type ContextKey, contextKeys } from '../manifest/contextKeys.ts';
import { statusBarContent } from './statusBarContent.ts';
import type { WorkspaceDiagnosis } from './workspaceDiagnosis.ts';
import type { WorkspaceFolders } from './workspaceFolders.ts';

/** What the item shows before anything of Tektra runs. */
const nothingRuns: BackendState = { phase: 'stopped' };

/**
 * The item in the status bar and the context keys that follow the same state. It appears with the window; what it follows is
 * loaded later.
 */
export class StatusBar implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('tektra.status', vscode.StatusBarAlignment.Left, 50);
  readonly #set = new Map<ContextKey, boolean>();
  readonly #subscriptions: vscode.Disposable[];
  readonly #folders: WorkspaceFolders;
  #backend: Pick<Backend, 'state'> = { state: nothingRuns };
  #diagnosis: Pick<WorkspaceDiagnosis, 'of'> = { of: () => ({}) };

  constructor(folders: WorkspaceFolders) {
    this.#folders = folders;
    this.#subscriptions = [folders.onDidChange(() => this.#draw())];
    this.#item.name = 'Tektra';
    this.#item.command = 'tektra.troubleshooting.open';
    this.#draw();
    this.#item.show();
  }

  /** Shows these from now on. */
  follow(backend: Pick<Backend, 'state' | 'onDidChangeState'>, diagnosis: WorkspaceDiagnosis): void {
    this.#backend = backend;
    this.#diagnosis = diagnosis;
    const draw = (): void => this.#draw();
    this.#subscriptions.push(vscode.Disposable.from(backend.onDidChangeState(draw), diagnosis.onDidChange(draw)));
    this.#draw();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#item.dispose();
  }

  #draw(): void {
    const folders = this.#folders.list().map((folder) => ({ folder, diagnosis: this.#diagnosis.of(folder.path) }));
    const content = statusBarContent({ backend: this.#backend.state, trusted: this.#folders.trusted, folders });
    this.#item.text = content.text;
    this.#item.tooltip = new vscode.MarkdownString(content.tooltip, true);
    this.#item.accessibilityInformation = { label: content.label, role: 'button' };
    this.#item.backgroundColor =
      content.severity === 'none' ? undefined : new vscode.ThemeColor(`statusBarItem.${content.severity}Background`);
    this.#setContext(
      contextKeys.running,
      folders.some(({ diagnosis }) => diagnosis.running !== undefined),
    );
    this.#setContext(
      contextKeys.problem,
      folders.some(({ diagnosis }) => diagnosis.report?.findings.length),
    );
  }

  #setContext(key: ContextKey, value: unknown): void {
    if (this.#set.get(key) === Boolean(value)) return;
    this.#set.set(key, Boolean(value));
    void vscode.commands.executeCommand('setContext', key, Boolean(value));
  }
}
