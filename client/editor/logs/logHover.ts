import * as vscode from 'vscode';
import { fromResponseError } from '../../../server/protocol/errors.ts';
import { getLogLine } from '../../../server/protocol/logDocument.ts';
import type { Backend } from '../../backend/backend.ts';
import type { Log } from '../log.ts';
import type { DocumentLogs } from './documentLogs.ts';
import { hoverText } from './hoverText.ts';

/** Tells of the record under the pointer: its template, how often that occurs, since when and how densely. */
export class LogHover implements vscode.HoverProvider {
  readonly #backend: Pick<Backend, 'request'>;
  readonly #logs: DocumentLogs;
  readonly #log: Log;

  constructor(backend: Pick<Backend, 'request'>, logs: DocumentLogs, log: Log) {
    this.#backend = backend;
    this.#logs = logs;
    this.#log = log;
  }

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | undefined> {
    const log = await this.#logs.logOf(document);
    if (log === undefined || token.isCancellationRequested) return undefined;
    try {
      const line = await this.#backend.request(getLogLine, { log, line: position.line + 1 }, token);
      if (!line) return undefined;
      const range = new vscode.Range(line.line - 1, 0, line.endLine - 1, Number.MAX_SAFE_INTEGER);
      return new vscode.Hover(new vscode.MarkdownString(hoverText(line)), document.validateRange(range));
    } catch (thrown) {
      const error = fromResponseError(thrown);
      if (error.code !== 'request.cancelled') this.#log.info(`No hover: ${error.message}`);
      return undefined;
    }
  }
}
