import * as vscode from 'vscode';
import { TektraError } from '../../../server/protocol/errors.ts';
import { getLogLine, type LogLine } from '../../../server/protocol/logDocument.ts';
import type { LogSource } from '../../../server/protocol/logs.ts';
import type { Backend } from '../../backend/backend.ts';
import type { DocumentLogs } from './documentLogs.ts';
import { isLogDocument } from './isLogDocument.ts';

/** A line of a log document, as a command is asked about it. */
export interface ChosenLine {
  document: vscode.TextDocument;
  source: LogSource;
  /** The document by the source's name, when it is no local file. */
  documents: ReadonlyMap<string, vscode.Uri>;
  /** 1-based. */
  line: number;
}

/** The lines that commands are about: those that a code action names, or the one with the cursor. */
export class LogLines {
  readonly #backend: Pick<Backend, 'request'>;
  readonly #logs: DocumentLogs;

  constructor(backend: Pick<Backend, 'request'>, logs: DocumentLogs) {
    this.#backend = backend;
    this.#logs = logs;
  }

  /**
   * @param args of the command: a document's address and a 1-based line; without them the active editor's cursor
   * @throws TektraError request.invalid: no log is open there
   */
  async chosen(args: readonly unknown[]): Promise<ChosenLine> {
    const [uri, line] = args;
    const editor = vscode.window.activeTextEditor;
    const document = uri instanceof vscode.Uri ? await vscode.workspace.openTextDocument(uri) : editor?.document;
    if (!document || !isLogDocument(document))
      throw new TektraError('request.invalid', 'This is done with a line of a log.', {
        action: 'Open a log, and put the cursor on the line. Any file is one with the language mode "Log".',
      });
    const source = this.#logs.sourceOf(document);
    return {
      document,
      source,
      documents: new Map(source.kind === 'text' ? [[source.name, document.uri]] : []),
      line: typeof line === 'number' ? line : (editor?.selection.active.line ?? 0) + 1,
    };
  }

  /** What is known of a line's record. @throws TektraError request.invalid: it cannot be read */
  async known({ document, line }: ChosenLine): Promise<LogLine> {
    const log = await this.#logs.logOf(document);
    const known = log === undefined ? null : await this.#backend.request(getLogLine, { log, line });
    if (!known)
      throw new TektraError('request.invalid', `Line ${line} of this log cannot be read.`, {
        action: 'Save the document, or look into the log with "Tektra: Show Log".',
      });
    return known;
  }
}
