import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import * as z from 'zod';
import { LogSource } from '../../../server/protocol/logs.ts';
import type { LogRequest } from '../../editor/logs/showLog.ts';
import { LOG_EDITOR_TYPE, LOG_PANEL_TYPE } from '../../manifest/views.ts';
import { webviewHtml } from '../webviewHtml.ts';
import { logFiles, type OpenedLogs, titleOf } from './logFiles.ts';
import { LogSession, type LogSessionParts } from './logSession.ts';

/** What a log page keeps of itself, as far as it must be known to bring it back. */
const KeptPage = z.object({ sources: z.array(LogSource).min(1) });

/** The editor tabs in which logs are read: one for each file, and one for each set of sources that is no single file. */
export class LogPages implements vscode.Disposable {
  readonly #extensionUri: vscode.Uri;
  readonly #parts: LogSessionParts;
  readonly #tabs = new Map<vscode.WebviewPanel, { session: LogSession; key: string }>();
  /** What is to be shown by a custom editor that is being opened, by the key of its sources. */
  readonly #awaited = new Map<string, LogRequest>();

  constructor(extensionUri: vscode.Uri, parts: LogSessionParts) {
    this.#extensionUri = extensionUri;
    this.#parts = parts;
  }

  dispose(): void {
    for (const panel of this.#tabs.keys()) panel.dispose();
  }

  /** One file opens as the custom editor of that file; several open as one log, merged by time. */
  async openFiles(uris: readonly vscode.Uri[]): Promise<void> {
    const [uri] = uris;
    if (uri && uris.length === 1) await vscode.commands.executeCommand('vscode.openWith', uri, LOG_EDITOR_TYPE);
    else if (uris.length > 1) this.#openPanel(await logFiles(uris));
  }

  /** Shows sources as one log, and what of it is to be seen; in the tab that has them open, if there is one. */
  async openSources({ sources, documents = new Map(), ...place }: LogRequest): Promise<void> {
    const key = keyOf(sources);
    const open = [...this.#tabs].find(([, tab]) => tab.key === key);
    const [first] = sources;
    if (open) {
      const [panel, { session }] = open;
      panel.reveal();
      session.show(place);
    } else if (sources.length === 1 && first?.kind === 'file' && !first.rotated) {
      this.#awaited.set(key, { sources, ...place });
      await vscode.commands.executeCommand(
        'vscode.openWith',
        vscode.Uri.file(first.path),
        LOG_EDITOR_TYPE,
        vscode.ViewColumn.Beside,
      );
    } else this.#openPanel({ title: titleOf(sources), sources, documents }).show(place);
  }

  /** Fills the custom editor of a file. */
  async resolveEditor(uri: vscode.Uri, panel: vscode.WebviewPanel): Promise<void> {
    this.#serve(panel, await logFiles([uri]));
  }

  /** Brings a tab back after a reload of the window. @param kept what its page kept; anything */
  restore(panel: vscode.WebviewPanel, kept: unknown): void {
    const page = KeptPage.safeParse(kept);
    if (!page.success) {
      // The text of an unsaved document, or the state of an older version: there is nothing to read again.
      panel.dispose();
      return;
    }
    const { sources } = page.data;
    this.#serve(panel, { title: titleOf(sources), sources, documents: new Map() });
  }

  #openPanel(opened: OpenedLogs): LogSession {
    const panel = vscode.window.createWebviewPanel(LOG_PANEL_TYPE, opened.title, vscode.ViewColumn.Active);
    return this.#serve(panel, opened);
  }

  #serve(panel: vscode.WebviewPanel, opened: OpenedLogs): LogSession {
    const { webview } = panel;
    const resources = vscode.Uri.joinPath(this.#extensionUri, 'dist', 'webviews');
    panel.iconPath = vscode.Uri.joinPath(this.#extensionUri, 'media', 'icon.png');
    webview.options = { enableScripts: true, localResourceRoots: [resources] };
    // Beside, so that the list of records and the place in the file are seen together.
    const session = new LogSession(this.#parts, opened, webview, () => vscode.ViewColumn.Beside);
    const key = keyOf(opened.sources);
    this.#tabs.set(panel, { session, key });
    panel.onDidDispose(() => {
      session.dispose();
      this.#tabs.delete(panel);
    });
    const awaited = this.#awaited.get(key);
    if (awaited) {
      const { sources, ...place } = awaited;
      this.#awaited.delete(key);
      session.show(place);
    }
    webview.html = webviewHtml({
      title: 'Tektra log',
      cspSource: webview.cspSource,
      scriptUri: webview.asWebviewUri(vscode.Uri.joinPath(resources, 'logs.js')).toString(),
      styleUri: webview.asWebviewUri(vscode.Uri.joinPath(resources, 'logs.css')).toString(),
      nonce: freshNonce(),
      styleNonce: freshNonce(),
    });
    return session;
  }
}

/** The same for the same sources; a document's text may have changed, its name has not. */
function keyOf(sources: readonly LogSource[]): string {
  return JSON.stringify(sources.map((source) => (source.kind === 'text' ? { ...source, text: '' } : source)));
}

function freshNonce(): string {
  return randomBytes(16).toString('base64url');
}
