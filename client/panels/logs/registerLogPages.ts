import * as vscode from 'vscode';
import { LOG_EDITOR_TYPE, LOG_PANEL_TYPE } from '../../manifest/views.ts';
import type { LogPages } from './logPages.ts';

/** Offers the log view to the editor: as an editor of files, and as tabs that come back after a reload. What fills them is loaded then. */
export function registerLogPages(load: () => Promise<LogPages>): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.window.registerCustomEditorProvider(
      LOG_EDITOR_TYPE,
      {
        // The editor reads nothing: files of any size open.
        openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
        resolveCustomEditor: async ({ uri }, panel) => (await load()).resolveEditor(uri, panel),
      },
      { supportsMultipleEditorsPerDocument: true },
    ),
    vscode.window.registerWebviewPanelSerializer(LOG_PANEL_TYPE, {
      deserializeWebviewPanel: async (panel, kept: unknown) => (await load()).restore(panel, kept),
    }),
  );
}
