import * as vscode from 'vscode';
import type { Backend } from '../../backend/backend.ts';
import type { Log } from '../log.ts';
import type { DocumentLogs } from './documentLogs.ts';
import { logSelector } from './isLogDocument.ts';
import { LogCodeActions } from './logCodeActions.ts';
import { LogCodeLens } from './logCodeLens.ts';
import { LogFolding } from './logFolding.ts';
import { LogHover } from './logHover.ts';
import { LogMarks } from './logMarks.ts';
import { LogSymbols } from './logSymbols.ts';

/** Everything that the editor shows around the text of a log. */
export function registerLogLanguage(
  extensionUri: vscode.Uri,
  backend: Pick<Backend, 'request'>,
  logs: DocumentLogs,
  log: Log,
): vscode.Disposable {
  const { languages } = vscode;
  return vscode.Disposable.from(
    languages.registerFoldingRangeProvider(logSelector, new LogFolding(logs)),
    languages.registerDocumentSymbolProvider(logSelector, new LogSymbols(logs), { label: 'Tektra' }),
    languages.registerHoverProvider(logSelector, new LogHover(backend, logs, log)),
    languages.registerCodeLensProvider(logSelector, new LogCodeLens(logs)),
    languages.registerCodeActionsProvider(logSelector, new LogCodeActions(), {
      providedCodeActionKinds: [LogCodeActions.kind],
    }),
    new LogMarks(extensionUri, logs),
  );
}
