import path from 'node:path';
import * as vscode from 'vscode';

type Format = 'jsonl' | 'csv' | 'text';

export interface ExportChoice {
  format: Format;
  redact: boolean;
  file: string;
}

const formats: readonly { label: string; description: string; format: Format; ending: string }[] = [
  {
    label: 'JSON lines',
    description: 'one object a record, as `tektra logs --json` prints it',
    format: 'jsonl',
    ending: 'jsonl',
  },
  { label: 'CSV', description: 'for a spreadsheet', format: 'csv', ending: 'csv' },
  { label: 'Text', description: 'the lines as they stand in the log', format: 'text', ending: 'log' },
];

const redactions: readonly { label: string; description: string; redact: boolean }[] = [
  { label: 'Redacted', description: 'secrets are replaced, so that it can be passed on', redact: true },
  { label: 'As it is', description: 'with whatever secrets the log holds', redact: false },
];

/** Asks how and where the listed records are written. `undefined`: the user gave up. @param folder that is offered */
export async function askExport(title: string, folder: string | undefined): Promise<ExportChoice | undefined> {
  const chosen = await vscode.window.showQuickPick(formats, {
    title: 'Export the listed records',
    placeHolder: 'Form',
  });
  if (!chosen) return undefined;
  const redaction = await vscode.window.showQuickPick(redactions, {
    title: 'Export the listed records',
    placeHolder: 'Secrets',
  });
  if (!redaction) return undefined;
  const name = `${path.parse(title).name.replaceAll(/[^\w.-]+/g, '-')}-export.${chosen.ending}`;
  const uri = await vscode.window.showSaveDialog({
    title: 'Export the listed records',
    filters: { [chosen.label]: [chosen.ending] },
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.file(path.join(folder, name)) }),
  });
  return uri === undefined ? undefined : { format: chosen.format, redact: redaction.redact, file: uri.fsPath };
}
