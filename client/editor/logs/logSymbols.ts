import * as vscode from 'vscode';
import type { DocumentLogs } from './documentLogs.ts';
import { logTime } from './logTime.ts';

/** The outline of a log: where its program began anew, and which errors it holds. */
export class LogSymbols implements vscode.DocumentSymbolProvider {
  readonly #logs: DocumentLogs;

  constructor(logs: DocumentLogs) {
    this.#logs = logs;
  }

  async provideDocumentSymbols(document: vscode.TextDocument): Promise<vscode.DocumentSymbol[]> {
    const outline = await this.#logs.outlineOf(document);
    if (!outline) return [];
    const at = (line: number, endLine: number): vscode.Range =>
      document.validateRange(new vscode.Range(line - 1, 0, endLine - 1, Number.MAX_SAFE_INTEGER));
    const restarts = outline.restarts.map(({ line, time, text }) =>
      symbol(text, `start${timeText(time)}`, vscode.SymbolKind.Event, at(line, line)),
    );
    const groups = outline.errorGroups.flatMap(({ name, count, records }) => {
      const [first] = records;
      if (!first) return [];
      const last = records.at(-1) ?? first;
      const group = symbol(name, `${count} ×`, vscode.SymbolKind.Class, at(first.line, last.endLine));
      group.selectionRange = at(first.line, first.line);
      group.children = records.map(({ line, endLine, time }) =>
        symbol(`Line ${line}`, timeText(time).trim(), vscode.SymbolKind.Constructor, at(line, endLine)),
      );
      return [group];
    });
    return [...restarts, ...groups];
  }
}

function symbol(name: string, detail: string, kind: vscode.SymbolKind, range: vscode.Range): vscode.DocumentSymbol {
  const selection = new vscode.Range(range.start, range.start);
  // The editor refuses a symbol without a name.
  return new vscode.DocumentSymbol(name.trim() === '' ? '(no message)' : name, detail, kind, range, selection);
}

function timeText(time: number | undefined): string {
  return time === undefined ? '' : ` ${logTime(time)}`;
}
