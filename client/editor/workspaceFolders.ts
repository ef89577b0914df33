import * as vscode from 'vscode';

export interface LocalFolder {
  /** Absolute path. */
  path: string;
  name: string;
}

/** The folders of this window, as far as they can be diagnosed, and whether the user trusts them. */
export class WorkspaceFolders implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  /** Folders were added or removed, or the workspace was trusted. */
  readonly onDidChange = this.#changed.event;
  readonly #subscriptions = vscode.Disposable.from(
    this.#changed,
    vscode.workspace.onDidChangeWorkspaceFolders(() => this.#changed.fire()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => this.#changed.fire()),
  );

  get trusted(): boolean {
    return vscode.workspace.isTrusted;
  }

  /** Folders on the local disk. */
  list(): LocalFolder[] {
    return (vscode.workspace.workspaceFolders ?? [])
      .filter((folder) => folder.uri.scheme === 'file')
      .map((folder) => ({ path: folder.uri.fsPath, name: folder.name }));
  }

  /** Names of the folders of virtual file systems: they have no path that a process could use. */
  unsupported(): string[] {
    return (vscode.workspace.workspaceFolders ?? [])
      .filter((folder) => folder.uri.scheme !== 'file')
      .map((folder) => folder.name);
  }

  /** The folder that holds a document, if it is one that can be diagnosed. */
  folderOf(uri: vscode.Uri): LocalFolder | undefined {
    const folder = vscode.workspace.getWorkspaceFolder(uri);
    return folder?.uri.scheme === 'file' ? { path: folder.uri.fsPath, name: folder.name } : undefined;
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }
}
