import * as vscode from 'vscode';
import type { LogOutline } from '../../../server/protocol/logDocument.ts';
import { logLevels } from '../../../server/protocol/logLevels.ts';
import type { DocumentLogs } from './documentLogs.ts';

/** More than this would push the log's first line out of sight. */
const MAX_FINDINGS = 3;
/** A sentence beyond this many letters leaves no room for the next; of those, so many tell the kind of message. */
const MAX_TITLE = 120;
const MAX_TEMPLATE = 60;

/** One line at the top of a log: how much it holds, and what matters in it. */
export class LogCodeLens implements vscode.CodeLensProvider {
  readonly #logs: DocumentLogs;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor(logs: DocumentLogs) {
    this.#logs = logs;
    logs.onDidChange(() => this.#changed.fire());
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    const outline = await this.#logs.outlineOf(document);
    if (!outline || outline.records === 0) return [];
    const top = new vscode.Range(0, 0, 0, 0);
    const uri = document.uri;
    return [
      new vscode.CodeLens(top, {
        title: `$(graph) ${summaryText(outline)}`,
        tooltip: 'Open this log in the log view',
        command: 'tektra.logs.open',
        arguments: [uri],
      }),
      ...outline.findings.slice(0, MAX_FINDINGS).map(
        ({ reason, line, template }) =>
          new vscode.CodeLens(top, {
            title: `$(arrow-right) ${findingText(reason, template?.text)}`,
            tooltip: `Go to line ${line}`,
            command: 'vscode.open',
            arguments: [uri, { selection: new vscode.Range(line - 1, 0, line - 1, 0) }],
          }),
      ),
    ];
  }
}

/** "12,403 records · 41 errors · 7 warnings · 63 templates" */
export function summaryText({ records, levels, templates }: LogOutline): string {
  const of = (...names: readonly (typeof logLevels)[number][]): number =>
    names.reduce((sum, name) => sum + (levels[logLevels.indexOf(name)] ?? 0), 0);
  const count = (number: number, one: string, many: string): string =>
    `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
  const errors = of('error', 'fatal');
  const warnings = of('warn');
  return [
    count(records, 'record', 'records'),
    ...(errors > 0 ? [count(errors, 'error', 'errors')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning', 'warnings')] : []),
    count(templates, 'template', 'templates'),
  ].join(' · ');
}

/** "connection to <*> refused: first seen at 10:42, 19 times since" */
export function findingText(reason: string, template: string | undefined): string {
  const what = template === undefined || template === '' ? '' : `${shortened(template, MAX_TEMPLATE)}: `;
  return shortened(`${what}${reason}`, MAX_TITLE);
}

function shortened(text: string, letters: number): string {
  return text.length > letters ? `${text.slice(0, letters - 1)}…` : text;
}
