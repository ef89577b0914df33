import * as vscode from 'vscode';
import { TROUBLESHOOTING_VIEW_ID } from '../../manifest/views.ts';
import type { TroubleshootingPages } from './troubleshootingPages.ts';

/**
 * Offers the view to the editor; what fills it is loaded when it is first shown. A hidden page is thrown away and drawn again
 * from the state: it holds nothing that is worth its memory.
 */
export function registerTroubleshootingView(load: () => Promise<TroubleshootingPages>): vscode.Disposable {
  return vscode.window.registerWebviewViewProvider(TROUBLESHOOTING_VIEW_ID, {
    resolveWebviewView: async (view) => {
      const pages = await load();
      pages.resolveWebviewView(view);
    },
  });
}
