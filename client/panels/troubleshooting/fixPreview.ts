import path from 'node:path';
import * as vscode from 'vscode';
import { applyEdits } from '../../../server/protocol/applyEdits.ts';
import type { DiagnosisReport, Finding, Fix } from '../../../server/protocol/diagnosis.ts';
import { TektraError } from '../../../server/protocol/errors.ts';
import { commandText, type FileChange } from './previewText.ts';

const SCHEME = 'tektra-preview';

/** Shows what a fix would change: file changes as a diff, commands as their exact arguments. Changes nothing. */
export class FixPreview implements vscode.Disposable {
  readonly #documents = new Map<string, string>();
  readonly #registration = vscode.Disposable.from(
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
      provideTextDocumentContent: (uri) => this.#documents.get(uri.toString()) ?? '',
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#documents.delete(uri.toString())),
  );
  #next = 1;

  /** @throws TektraError request.invalid when the finding or fix is not in the report, or its file changed since. */
  async show(report: DiagnosisReport, findingId: string, index: number): Promise<void> {
    const finding = report.findings.find(({ id }) => id === findingId);
    const fix = finding?.fixes[index];
    if (!finding || !fix) throw new TektraError('request.invalid', 'This fix is no longer part of the last diagnosis.');
    const diffs = await this.#diffs(report.workspace, fix);
    const [only, ...more] = diffs;
    if (only && more.length === 0) {
      await vscode.commands.executeCommand('vscode.diff', ...only.slice(1), `${fix.title} (preview)`, {
        preview: true,
      });
    } else if (only) {
      await vscode.commands.executeCommand('vscode.changes', `${fix.title} (preview)`, diffs);
    }
    if (fix.changes.some(({ kind }) => kind !== 'edit' && kind !== 'create'))
      await this.#showCommands(finding, fix, diffs.length > 0);
  }

  dispose(): void {
    this.#registration.dispose();
    this.#documents.clear();
  }

  /** `[file, before, after]` of each file that the fix changes. */
  async #diffs(workspace: string, fix: Fix): Promise<[vscode.Uri, vscode.Uri, vscode.Uri][]> {
    const byFile = new Map<string, FileChange[]>();
    for (const change of fix.changes) {
      if (change.kind !== 'edit' && change.kind !== 'create') continue;
      const file = path.resolve(workspace, change.file);
      byFile.set(file, [...(byFile.get(file) ?? []), change]);
    }
    return Promise.all(
      [...byFile].map(async ([file, changes]): Promise<[vscode.Uri, vscode.Uri, vscode.Uri]> => {
        const uri = vscode.Uri.file(file);
        const created = changes.find((change) => change.kind === 'create');
        if (created) return [uri, this.#document(file, ''), this.#document(file, created.content)];
        const before = (await vscode.workspace.openTextDocument(uri)).getText();
        const after = applyEdits(
          before,
          changes.filter((change) => change.kind === 'edit'),
        );
        if (after === undefined) throw changedSince(path.relative(workspace, file));
        return [uri, uri, this.#document(file, after)];
      }),
    );
  }

  async #showCommands(finding: Finding, fix: Fix, beside: boolean): Promise<void> {
    const document = await vscode.workspace.openTextDocument(this.#document('/fix.txt', commandText(finding, fix)));
    const viewColumn = beside ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
    await vscode.window.showTextDocument(document, { preview: true, viewColumn });
  }

  #document(file: string, content: string): vscode.Uri {
    // The file's own path keeps its name and language in the tab; the query tells documents of one file apart.
    const uri = vscode.Uri.file(file).with({ scheme: SCHEME, query: String(this.#next++) });
    this.#documents.set(uri.toString(), content);
    return uri;
  }
}

function changedSince(file: string): TektraError {
  return new TektraError('request.invalid', `${file} changed since the diagnosis, so this fix may no longer fit.`, {
    action: 'Diagnose again.',
  });
}
