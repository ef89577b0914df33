import path from 'node:path';
import * as vscode from 'vscode';
import type { Change, DiagnosisReport, Finding, Fix } from '../../../server/protocol/diagnosis.ts';
import { TektraError } from '../../../server/protocol/errors.ts';
import type { AppliedFix, FixPlan } from '../../../server/protocol/fix.ts';
import { type FileChange, plannedText } from './plannedText.ts';
import { actionText, commandText } from './previewText.ts';

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
  /** What was opened of changes that somebody is asked about. */
  readonly #asked = new Set<string>();
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

  /**
   * Shows one change of a plan with its exact bytes: a file as a diff against what the changes before it make of it.
   * @throws TektraError request.invalid when the file has unsaved changes or is another by now
   */
  async showChange(plan: FixPlan, index: number): Promise<void> {
    const change = plan.changes[index]?.change;
    if (!change) return;
    const many = plan.changes.length > 1 ? `, change ${index + 1} of ${plan.changes.length}` : '';
    if (change.kind !== 'edit' && change.kind !== 'create') {
      const text = actionText(plan, index);
      const uri = this.#document('/Tektra fix.txt', text);
      this.#asked.add(uri.toString());
      const document = await vscode.workspace.openTextDocument(uri);
      await vscode.window.showTextDocument(document, { preview: true });
      return;
    }
    const file = path.resolve(plan.workspace, change.file);
    const earlier = plan.changes
      .slice(0, index)
      .flatMap((planned) => (isSameFile(planned.change, change) ? [planned.change] : []));
    let before = earlier.length > 0 || change.kind === 'create' ? '' : undefined;
    if (change.kind === 'edit' && earlier[0]?.kind !== 'create') before = await savedText(file, change.file);
    for (const one of earlier) before = before === undefined ? undefined : plannedText(before, one);
    const after = before === undefined ? undefined : plannedText(before, change);
    if (before === undefined || after === undefined) throw changedSince(change.file);
    const left = earlier.length > 0 || change.kind === 'create' ? this.#document(file, before) : vscode.Uri.file(file);
    const title = `${plan.fix.title} (not applied yet${many})`;
    const right = this.#document(file, after);
    this.#asked.add(right.toString());
    await vscode.commands.executeCommand('vscode.diff', left, right, title, { preview: true });
  }

  /** Closes what {@link showChange} opened: it shows what would have been, not what is. */
  async hideChanges(): Promise<void> {
    const shown = ({ input }: vscode.Tab): boolean =>
      (input instanceof vscode.TabInputTextDiff && this.#asked.has(input.modified.toString())) ||
      (input instanceof vscode.TabInputText && this.#asked.has(input.uri.toString()));
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs.filter(shown));
    this.#asked.clear();
    if (tabs.length > 0) await vscode.window.tabGroups.close(tabs, true);
  }

  /** Shows what the commands of an applied fix printed. */
  async showOutput({ title, output = '' }: AppliedFix): Promise<void> {
    const text = `${title}\n\n${output === '' ? '(It printed nothing.)' : output}\n`;
    const document = await vscode.workspace.openTextDocument(this.#document('/Tektra output.txt', text));
    await vscode.window.showTextDocument(document, { preview: true });
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
        const after = changes
          .filter((change) => change.kind === 'edit')
          // From the bottom up: no edit moves the lines of one that is still to come.
          .sort((a, b) => b.line - a.line)
          .reduce<string | undefined>(
            (text, edit) => (text === undefined ? undefined : plannedText(text, edit)),
            before,
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

function isSameFile(one: Change, other: FileChange): one is FileChange {
  return (one.kind === 'edit' || one.kind === 'create') && one.file === other.file;
}

/** The text on the disk, as the fix will find it. */
async function savedText(file: string, name: string): Promise<string> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
  if (document.isDirty)
    throw new TektraError('request.invalid', `${name} has unsaved changes, and a fix would collide with them.`, {
      action: 'Save the file or revert it, then apply the fix.',
    });
  return document.getText();
}

function changedSince(file: string): TektraError {
  return new TektraError('request.invalid', `${file} changed since the diagnosis, so this fix may no longer fit.`, {
    action: 'Diagnose again.',
  });
}
