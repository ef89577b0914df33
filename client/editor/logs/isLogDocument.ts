import type * as vscode from 'vscode';

/** Documents of the language "Log", wherever they come from: the workspace, another machine, another extension. */
export const LOG_LANGUAGE = 'log';
export const logSelector: vscode.DocumentSelector = { language: LOG_LANGUAGE };

/** Output channels are of the same language, and shown by the editor in another way. */
export function isLogDocument({ languageId, uri }: Pick<vscode.TextDocument, 'languageId' | 'uri'>): boolean {
  return languageId === LOG_LANGUAGE && uri.scheme !== 'output';
}
