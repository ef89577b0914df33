import path from 'node:path';
import * as vscode from 'vscode';
import type { LogSource } from '../../../server/protocol/logs.ts';

/** A document that is no local file is sent whole; a larger one has no business in the memory of three processes. Bytes. */
const MAX_TEXT_BYTES = 64 << 20;

/** What is opened as one log, and what it is called. */
export interface OpenedLogs {
  title: string;
  sources: LogSource[];
  /** The documents of those sources that are no local files, by their names. */
  documents: ReadonlyMap<string, vscode.Uri>;
}

/**
 * Local files by their paths; anything else (a remote or virtual file system, an old version, an unsaved document) as its text.
 * @throws when a document cannot be read
 */
export async function logFiles(uris: readonly vscode.Uri[]): Promise<OpenedLogs> {
  const documents = new Map<string, vscode.Uri>();
  const sources: LogSource[] = [];
  for (const uri of uris) {
    if (uri.scheme === 'file') sources.push({ kind: 'file', path: uri.fsPath });
    else {
      const name = uri.path.split('/').at(-1) ?? uri.path;
      documents.set(name, uri);
      sources.push({ kind: 'text', name, text: await textOf(uri) });
    }
  }
  return { title: titleOf(sources), sources, documents };
}

/** `app.log`, `3 logs`, `container web` */
export function titleOf(sources: readonly LogSource[]): string {
  const [first] = sources;
  if (!first) return 'Log';
  if (sources.length > 1) return `${sources.length} logs`;
  switch (first.kind) {
    case 'file':
      return path.basename(first.path);
    case 'text':
      return first.name;
    case 'journal':
      return first.unit ?? 'System journal';
    case 'container':
      return `Container ${first.name}`;
    case 'pod':
      return `Pod ${first.name}`;
    case 'stdin':
      return 'Standard input';
  }
}

async function textOf(uri: vscode.Uri): Promise<string> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open) return open.getText();
  const bytes = await vscode.workspace.fs.readFile(uri);
  return new TextDecoder().decode(bytes.subarray(0, MAX_TEXT_BYTES));
}
