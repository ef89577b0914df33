import * as vscode from 'vscode';
import { MAX_SYMPTOM } from '../../server/protocol/diagnosis.ts';
import { TektraError } from '../../server/protocol/errors.ts';
import type { LogLines } from '../editor/logs/logLines.ts';
import type { WorkspaceDiagnosis } from '../editor/workspaceDiagnosis.ts';
import type { WorkspaceFolders } from '../editor/workspaceFolders.ts';
import type { TroubleshootingPages } from '../panels/troubleshooting/troubleshootingPages.ts';

/**
 * Diagnoses the workspace with what a line of a log says as the symptom.
 * @throws TektraError workspace.untrusted, workspace.unreadable, request.invalid
 */
export async function diagnoseLine(
  parts: { lines: LogLines; folders: WorkspaceFolders; diagnosis: WorkspaceDiagnosis; pages: TroubleshootingPages },
  args: readonly unknown[],
): Promise<void> {
  const { document, line } = await parts.lines.chosen(args);
  if (!parts.folders.trusted)
    throw new TektraError('workspace.untrusted', 'In an untrusted workspace nothing is diagnosed.', {
      action: 'Trust the workspace first.',
    });
  const owner = vscode.workspace.getWorkspaceFolder(document.uri)?.uri.fsPath;
  const folder = parts.folders.list().find(({ path }) => path === owner) ?? parts.folders.list()[0];
  if (!folder)
    throw new TektraError('workspace.unreadable', 'There is no folder on the local disk to diagnose.', {
      action: 'Open the folder of the program that wrote this log.',
    });
  const symptom = document
    .lineAt(Math.min(line, document.lineCount) - 1)
    .text.trim()
    .slice(0, MAX_SYMPTOM);
  await parts.pages.openView();
  await parts.diagnosis.run(folder.path, { background: false, question: symptom === '' ? {} : { symptom } });
}
