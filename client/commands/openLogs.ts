import * as vscode from 'vscode';
import type { LogPages } from '../panels/logs/logPages.ts';

const LOG_NAME = /\.(?:log|out|err|jsonl|ndjson)(?:[.-]|$)/i;

/**
 * Opens logs in the log view: what the explorer or an editor's title passes on; else the log in the active editor; else
 * what the user picks. @param several everything that is selected in the explorer
 */
export async function openLogs(pages: LogPages, clicked: unknown, several: unknown): Promise<void> {
  const uris = Array.isArray(several) ? several.filter(isUri) : [];
  if (uris.length === 0 && isUri(clicked)) uris.push(clicked);
  if (uris.length === 0) uris.push(...((await activeLog()) ?? (await pick())));
  await pages.openFiles(uris);
}

function isUri(value: unknown): value is vscode.Uri {
  return value instanceof vscode.Uri;
}

async function activeLog(): Promise<vscode.Uri[] | undefined> {
  const document = vscode.window.activeTextEditor?.document;
  if (!document || (document.languageId !== 'log' && !LOG_NAME.test(document.uri.path))) return undefined;
  return [document.uri];
}

async function pick(): Promise<vscode.Uri[]> {
  const picked = await vscode.window.showOpenDialog({
    title: 'Open logs',
    openLabel: 'Open',
    canSelectMany: true,
    filters: {
      Logs: ['log', 'out', 'err', 'txt', 'jsonl', 'ndjson', 'json', 'csv', 'gz', 'zst', 'xz', 'bz2'],
      'All files': ['*'],
    },
  });
  return picked ?? [];
}
