import * as vscode from 'vscode';
import type { CommandId } from '../../manifest/commands.ts';
import { isLogDocument } from './isLogDocument.ts';

/** What can be done with a line of a log, from the light bulb. None of it changes the text. */
export class LogCodeActions implements vscode.CodeActionProvider {
  static readonly kind = vscode.CodeActionKind.Empty.append('tektra');

  provideCodeActions(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
    if (!isLogDocument(document) || !vscode.workspace.isTrusted) return [];
    return lineActions.map(({ title, command }) => {
      const action = new vscode.CodeAction(title, LogCodeActions.kind);
      action.command = { title, command, arguments: [document.uri, range.start.line + 1] };
      return action;
    });
  }
}

/** In the order of use. Which of them apply to a line (has it a trace id?) is known when one is chosen, and said then. */
export const lineActions: readonly { title: string; command: CommandId }[] = [
  { title: 'Explain', command: 'tektra.line.open' },
  { title: 'Show All Like This', command: 'tektra.template.list' },
  { title: 'Filter to This Component', command: 'tektra.component.list' },
  { title: 'Show Surrounding 30 Seconds', command: 'tektra.surroundings.list' },
  { title: 'Follow This Trace Id', command: 'tektra.trace.list' },
  { title: 'Suppress Findings Like This…', command: 'tektra.template.suppress' },
  { title: 'Diagnose from Here', command: 'tektra.line.diagnose' },
];
