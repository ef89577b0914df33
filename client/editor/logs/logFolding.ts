import * as vscode from 'vscode';
import type { DocumentLogs } from './documentLogs.ts';

/** Folds each record of several lines to its first: a stack trace to what it says. */
export class LogFolding implements vscode.FoldingRangeProvider {
  readonly #logs: DocumentLogs;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeFoldingRanges = this.#changed.event;

  constructor(logs: DocumentLogs) {
    this.#logs = logs;
    logs.onDidChange(() => this.#changed.fire());
  }

  async provideFoldingRanges(document: vscode.TextDocument): Promise<vscode.FoldingRange[]> {
    const outline = await this.#logs.outlineOf(document);
    return (outline?.folds ?? []).map(({ line, endLine }) => new vscode.FoldingRange(line - 1, endLine - 1));
  }
}
