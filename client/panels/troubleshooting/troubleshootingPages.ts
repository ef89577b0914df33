import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { TROUBLESHOOTING_PANEL_TYPE, TROUBLESHOOTING_VIEW_ID } from '../../manifest/views.ts';
import { webviewHtml } from '../webviewHtml.ts';
import type { Troubleshooting } from './troubleshooting.ts';

/** The two places where the troubleshooting page appears: the view in the side bar, and an editor tab. */
export class TroubleshootingPages implements vscode.Disposable {
  readonly #extensionUri: vscode.Uri;
  readonly #troubleshooting: Troubleshooting;
  #panel: vscode.WebviewPanel | undefined;

  constructor(extensionUri: vscode.Uri, troubleshooting: Troubleshooting) {
    this.#extensionUri = extensionUri;
    this.#troubleshooting = troubleshooting;
  }

  dispose(): void {
    this.#panel?.dispose();
  }

  /** Fills the view in the side bar. */
  resolveWebviewView(view: vscode.WebviewView): void {
    const page = this.#serve(view.webview, () => vscode.ViewColumn.Active);
    view.onDidDispose(() => page.dispose());
  }

  /** Shows the view in the side bar. */
  async openView(): Promise<void> {
    await vscode.commands.executeCommand(`${TROUBLESHOOTING_VIEW_ID}.focus`);
  }

  /** Shows the page as an editor tab; there is one at most. */
  openPanel(): void {
    if (this.#panel) {
      this.#panel.reveal();
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      TROUBLESHOOTING_PANEL_TYPE,
      'Troubleshooting',
      vscode.ViewColumn.Active,
    );
    panel.iconPath = vscode.Uri.joinPath(this.#extensionUri, 'media', 'icon.png');
    // Beside, so that the evidence and the verdict are seen together.
    const page = this.#serve(panel.webview, () => vscode.ViewColumn.Beside);
    panel.onDidDispose(() => {
      page.dispose();
      this.#panel = undefined;
    });
    this.#panel = panel;
  }

  #serve(webview: vscode.Webview, column: () => vscode.ViewColumn): vscode.Disposable {
    const resources = vscode.Uri.joinPath(this.#extensionUri, 'dist', 'webviews');
    webview.options = { enableScripts: true, localResourceRoots: [resources] };
    const page = this.#troubleshooting.attach(webview, column);
    webview.html = webviewHtml({
      title: 'Tektra troubleshooting',
      cspSource: webview.cspSource,
      scriptUri: webview.asWebviewUri(vscode.Uri.joinPath(resources, 'troubleshooting.js')).toString(),
      styleUri: webview.asWebviewUri(vscode.Uri.joinPath(resources, 'troubleshooting.css')).toString(),
      nonce: freshNonce(),
      styleNonce: freshNonce(),
    });
    return page;
  }
}

function freshNonce(): string {
  return randomBytes(16).toString('base64url');
}
