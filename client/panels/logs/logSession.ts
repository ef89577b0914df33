import path from 'node:path';
import * as vscode from 'vscode';
import type { MessageConnection } from 'vscode-jsonrpc';
import { fromResponseError, TektraError } from '../../../server/protocol/errors.ts';
import {
  askLogSuppression,
  copyLogText,
  findLogFrames,
  getLogPage,
  type LogPageState,
  logPageChanged,
  openComparedLog,
  openLogFrame,
  openLogRecord,
  reopenLog,
  saveLogView,
} from '../../../server/protocol/logPage.ts';
import {
  closeLog,
  exportLog,
  getLog,
  getLogRecord,
  type LogSummary,
  logChanged,
  logQueryProgress,
  openLog,
  suppressLogFinding,
} from '../../../server/protocol/logs.ts';
import type { Backend } from '../../backend/backend.ts';
import { askTerm } from '../../editor/askTerm.ts';
import type { Log } from '../../editor/log.ts';
import type { LogRequest } from '../../editor/logs/showLog.ts';
import { type AllowedMessage, allow } from '../relayAllowed.ts';
import { connectWebview } from '../webviewConnection.ts';
import { askExport } from './askExport.ts';
import { frameFile } from './frameFile.ts';
import { logFiles, type OpenedLogs } from './logFiles.ts';
import { openFramePlace, openRecordPlace } from './logPlaces.ts';
import { logRelay } from './logRelay.ts';

export interface LogSessionParts {
  backend: Pick<Backend, 'request' | 'onProgress' | 'onNotification' | 'onDidChangeState' | 'state'>;
  /** Absolute paths of the open folders. */
  folders: () => readonly string[];
  log: Log;
}

/** One log page and the log that the server opened for it. The log is closed with the page. */
export class LogSession implements vscode.Disposable {
  readonly #parts: LogSessionParts;
  readonly #opened: OpenedLogs;
  readonly #column: () => vscode.ViewColumn;
  readonly #connection: MessageConnection;
  readonly #subscriptions: vscode.Disposable;
  #summary: LogSummary | undefined;
  #error: TektraError | undefined;
  #opening: Promise<void> | undefined;
  /** Logs that were opened to be compared with. */
  readonly #compared = new Set<string>();
  #disposed = false;
  #place: LogPageState['place'];

  /** @param column says where files that the page names are opened */
  constructor(parts: LogSessionParts, opened: OpenedLogs, webview: vscode.Webview, column: () => vscode.ViewColumn) {
    this.#parts = parts;
    this.#opened = opened;
    this.#column = column;
    const { backend, log } = parts;
    this.#connection = connectWebview(webview, log);
    for (const message of this.#allowed()) message.register(this.#connection, log);
    this.#connection.listen();
    let wasRunning = backend.state.phase === 'running';
    this.#subscriptions = vscode.Disposable.from(
      backend.onNotification(logChanged, (summary) => this.#changed(summary)),
      backend.onDidChangeState(({ phase }) => {
        // A backend that comes back knows nothing of the logs that the one before had open.
        if (phase === 'running' && !wasRunning && this.#summary) void this.#open();
        wasRunning = phase === 'running';
      }),
    );
    void this.#open();
  }

  dispose(): void {
    this.#disposed = true;
    this.#subscriptions.dispose();
    this.#connection.dispose();
    this.#close();
  }

  /** Shows what another part of the editor wants to be seen; also before the page is there. */
  show(place: Omit<LogRequest, 'sources'>): void {
    this.#place = { number: Date.now(), ...place };
    this.#send(logPageChanged, this.#state());
  }

  /** The whole allow-list: a page reaches nothing but these. */
  #allowed(): AllowedMessage[] {
    const { backend } = this.#parts;
    return [
      allow(getLogPage, () => this.#get()),
      allow(reopenLog, async () => {
        await this.#open();
        return null;
      }),
      allow(openLogRecord, async (place) => {
        const record = await this.#record(place);
        return openRecordPlace(record, this.#opened.sources, this.#opened.documents, this.#column());
      }),
      allow(openLogFrame, async ({ frame, ...place }) => {
        const { frames } = await this.#record(place);
        return openFramePlace(frames[frame], this.#parts.folders(), this.#column());
      }),
      allow(findLogFrames, async (place) => {
        const { frames } = await this.#record(place);
        const files = await Promise.all(frames.map((frame) => frameFile(frame, this.#parts.folders())));
        return { frames: files.map((file) => file !== undefined) };
      }),
      allow(copyLogText, async ({ text }) => {
        await vscode.env.clipboard.writeText(text);
        return null;
      }),
      allow(saveLogView, (view) => this.#save(view)),
      allow(askLogSuppression, (finding) => this.#suppress(finding)),
      allow(openComparedLog, () => this.#openCompared()),
      ...logRelay({
        backend,
        owns: (log) => this.#owns(log),
        report: (token, view) => {
          this.#connection
            .sendProgress(logQueryProgress, token, view)
            .catch((error: unknown) => this.#parts.log.warn(`A log page did not take its progress: ${String(error)}`));
        },
      }),
    ];
  }

  /** A page that was hidden has missed what happened meanwhile. */
  async #get(): Promise<LogPageState> {
    await this.#opening;
    if (this.#summary) {
      try {
        this.#summary = await this.#parts.backend.request(getLog, { log: this.#summary.log });
      } catch (thrown) {
        if (fromResponseError(thrown).code !== 'log.unknown') throw thrown;
        await this.#open();
      }
    }
    return this.#state();
  }

  #state(): LogPageState {
    const error = this.#error;
    return {
      title: this.#opened.title,
      // The text of a document is nothing to come back to after a reload.
      sources: this.#opened.sources.filter(({ kind }) => kind !== 'text'),
      ...(this.#summary ? { summary: this.#summary } : {}),
      ...(this.#place ? { place: this.#place } : {}),
      ...(error
        ? { error: { message: error.message, ...(error.action === undefined ? {} : { action: error.action }) } }
        : {}),
    };
  }

  /** Opens the log, once at a time; the page is told how that went. Never rejects. */
  #open(): Promise<void> {
    this.#opening ??= this.#tryOpen().finally(() => {
      this.#opening = undefined;
      this.#send(logPageChanged, this.#state());
    });
    return this.#opening;
  }

  async #tryOpen(): Promise<void> {
    const { backend, log } = this.#parts;
    const before = this.#summary?.log;
    try {
      this.#summary = await backend.request(openLog, { sources: this.#opened.sources, follow: true });
      this.#error = undefined;
      if (this.#disposed) this.#close();
      else if (before !== undefined) this.#closeOne(before);
    } catch (thrown) {
      this.#error = fromResponseError(thrown);
      log.warn(`${this.#opened.title} cannot be opened: ${this.#error.message}`);
    }
  }

  #changed(summary: LogSummary): void {
    if (summary.log !== this.#summary?.log) return;
    this.#summary = summary;
    this.#send(logChanged, summary);
  }

  #send(message: typeof logChanged | typeof logPageChanged, params: LogSummary | LogPageState): void {
    if (this.#disposed) return;
    this.#connection
      .sendNotification(message.method, params)
      .catch((error: unknown) => this.#parts.log.warn(`A log page did not take its state: ${String(error)}`));
  }

  #owns(log: string): boolean {
    return log === this.#summary?.log || this.#compared.has(log);
  }

  #record({ log, record }: { log: string; record: number }) {
    if (!this.#owns(log)) throw new TektraError('log.unknown', 'This log is not open any more.');
    return this.#parts.backend.request(getLogRecord, { log, record });
  }

  async #save({ log, view }: { log: string; view: string }): Promise<{ file?: string; records?: number }> {
    if (!this.#owns(log)) throw new TektraError('log.unknown', 'This log is not open any more.');
    const [source] = this.#opened.sources;
    const folder = source?.kind === 'file' ? path.dirname(source.path) : this.#parts.folders()[0];
    const choice = await askExport(this.#opened.title, folder);
    if (!choice) return {};
    const progress = { location: vscode.ProgressLocation.Notification, title: 'Exporting records', cancellable: true };
    const { records } = await vscode.window.withProgress(progress, (_, token) =>
      this.#parts.backend.request(exportLog, { log, view, ...choice }, token),
    );
    return { file: choice.file, records };
  }

  async #suppress(finding: { fingerprint: string; summary: string }): Promise<{ suppressed: boolean }> {
    const answer = await askTerm({
      title: 'Suppress this finding',
      subject: finding.summary,
      forever: { label: 'For good', description: 'in every log' },
    });
    if (!answer) return { suppressed: false };
    await this.#parts.backend.request(suppressLogFinding, { ...finding, ...answer });
    return { suppressed: true };
  }

  async #openCompared(): Promise<LogSummary | null> {
    const uris = await vscode.window.showOpenDialog({ canSelectMany: true, title: 'Log to compare with' });
    if (!uris || uris.length === 0) return null;
    const { sources } = await logFiles(uris);
    const summary = await this.#parts.backend.request(openLog, { sources, follow: false });
    this.#compared.add(summary.log);
    return summary;
  }

  #close(): void {
    if (this.#summary) this.#closeOne(this.#summary.log);
    for (const log of this.#compared) this.#closeOne(log);
  }

  #closeOne(log: string): void {
    if (this.#parts.backend.state.phase !== 'running') return;
    this.#parts.backend
      .request(closeLog, { log })
      .catch((error: unknown) => this.#parts.log.info(`A log was not closed: ${String(error)}`));
  }
}
