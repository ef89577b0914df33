import * as vscode from 'vscode';
import type { DocumentLogs } from './documentLogs.ts';
import { isLogDocument } from './isLogDocument.ts';

/** Marks, beside the line numbers and in the overview ruler, the lines that are new or rare in their log. */
export class LogMarks implements vscode.Disposable {
  readonly #logs: DocumentLogs;
  readonly #types: Readonly<Record<'new' | 'rare', vscode.TextEditorDecorationType>>;
  readonly #subscriptions: vscode.Disposable;

  constructor(extensionUri: vscode.Uri, logs: DocumentLogs) {
    this.#logs = logs;
    const type = (name: 'new' | 'rare', color: string): vscode.TextEditorDecorationType =>
      vscode.window.createTextEditorDecorationType({
        gutterIconPath: vscode.Uri.joinPath(extensionUri, 'media', `mark-${name}.svg`),
        gutterIconSize: 'contain',
        overviewRulerColor: new vscode.ThemeColor(color),
        overviewRulerLane: vscode.OverviewRulerLane.Left,
        isWholeLine: true,
      });
    this.#types = {
      new: type('new', 'editorOverviewRuler.infoForeground'),
      rare: type('rare', 'editorOverviewRuler.warningForeground'),
    };
    this.#subscriptions = vscode.Disposable.from(
      ...Object.values(this.#types),
      vscode.window.onDidChangeVisibleTextEditors((editors) => editors.forEach((editor) => void this.#draw(editor))),
      logs.onDidChange((document) => {
        for (const editor of vscode.window.visibleTextEditors)
          if (editor.document === document) void this.#draw(editor);
      }),
    );
    for (const editor of vscode.window.visibleTextEditors) void this.#draw(editor);
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  async #draw(editor: vscode.TextEditor): Promise<void> {
    if (!isLogDocument(editor.document)) return;
    const outline = await this.#logs.outlineOf(editor.document);
    for (const name of ['new', 'rare'] as const) {
      const marks = (outline?.marks ?? []).filter(({ mark }) => mark === name);
      editor.setDecorations(
        this.#types[name],
        marks.map(({ line, why }) => ({
          range: new vscode.Range(line - 1, 0, line - 1, 0),
          hoverMessage: why,
        })),
      );
    }
  }
}
