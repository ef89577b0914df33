import { stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { LogSource } from '../../../server/protocol/logs.ts';
import { type Frame, frameFile } from './frameFile.ts';

export interface Opened {
  opened: boolean;
  /** Why not, for a person. */
  because?: string;
}

interface RecordPlace {
  file: string;
  /** 1-based, inclusive. */
  line: number;
  endLine: number;
}

/** The editor colours and folds files up to this size; a larger one is slow, or is not opened at all. Bytes. */
const MAX_EDITOR_BYTES = 50 << 20;
const COMPRESSED = /\.(?:gz|zst|xz|bz2)$/i;

/** Shows a record where it stands, when that is a plain file of a size that the editor opens well. */
export async function openRecordPlace(
  record: RecordPlace,
  sources: readonly LogSource[],
  documents: ReadonlyMap<string, vscode.Uri>,
  viewColumn: vscode.ViewColumn,
): Promise<Opened> {
  const document = documents.get(record.file);
  if (document) return show(document, record.line, viewColumn, record.endLine);
  const isFile = sources.some(({ kind }) => kind === 'file');
  if (!isFile) return { opened: false, because: 'This log is no file: here are the lines around it.' };
  if (COMPRESSED.test(record.file))
    return { opened: false, because: 'The file is compressed: here are the lines around it.' };
  const size = await sizeOf(record.file);
  if (size === undefined) return { opened: false, because: `${record.file} is not there any more.` };
  if (size > MAX_EDITOR_BYTES)
    return { opened: false, because: 'The file is larger than the editor opens well: here are the lines around it.' };
  return show(vscode.Uri.file(record.file), record.line, viewColumn, record.endLine);
}

/** Shows the source file that a frame names. */
export async function openFramePlace(
  frame: Frame | undefined,
  folders: readonly string[],
  viewColumn: vscode.ViewColumn,
): Promise<Opened> {
  const file = frame && (await frameFile(frame, folders));
  if (file === undefined) return { opened: false, because: 'This file is not in the open folders.' };
  return show(vscode.Uri.file(file), frame?.line ?? 1, viewColumn);
}

async function show(uri: vscode.Uri, line: number, viewColumn: vscode.ViewColumn, endLine = line): Promise<Opened> {
  const document = await vscode.workspace.openTextDocument(uri);
  const last = document.lineCount - 1;
  const start = document.lineAt(Math.min(line - 1, last)).range.start;
  const end = document.lineAt(Math.min(endLine - 1, last)).range.end;
  const editor = await vscode.window.showTextDocument(document, { viewColumn, preview: true });
  // Selected from its end: the cursor, and what is seen of a long record, is its beginning.
  editor.selection = new vscode.Selection(end, start);
  editor.revealRange(new vscode.Range(start, start), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  return { opened: true };
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch {
    return undefined; // Rotated away or removed meanwhile.
  }
}
