import * as vscode from 'vscode';
import type { Backend } from '../backend/backend.ts';
import { type ContextKey, contextKeys } from '../manifest/contextKeys.ts';
import { statusBarContent } from './statusBarContent.ts';
import type { WorkspaceDiagnosis } from './workspaceDiagnosis.ts';
import type { WorkspaceFolders } from './workspaceFolders.ts';

/** The item in the status bar and the context keys that follow the same state. */
export class StatusBar implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('tektra.status', vscode.StatusBarAlignment.Left, 50);
  readonly #subscriptions: vscode.Disposable;
  readonly #set = new Map<ContextKey, boolean>();
  readonly #backend: Pick<Backend, 'state'>;
  readonly #folders: WorkspaceFolders;
  readonly #diagnosis: WorkspaceDiagnosis;

  constructor(
    backend: Pick<Backend, 'state' | 'onDidChangeState'>,
    folders: WorkspaceFolders,
    diagnosis: WorkspaceDiagnosis,
  ) {
    this.#backend = backend;
    this.#folders = folders;
    this.#diagnosis = diagnosis;
    const draw = (): void => this.#draw();
    this.#subscriptions = vscode.Disposable.from(
      backend.onDidChangeState(draw),
      folders.onDidChange(draw),
      diagnosis.onDidChange(draw),
    );
    this.#item.name = 'Tektra';
    this.#item.command = 'tektra.troubleshooting.open';
    this.#draw();
    this.#item.show();
  }

  dispose(): void {
    this.#subscriptions.dispose();
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
