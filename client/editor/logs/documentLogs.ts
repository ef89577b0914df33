import * as vscode from 'vscode';
import { fromResponseError } from '../../../server/protocol/errors.ts';
import { getLogOutline, type LogOutline } from '../../../server/protocol/logDocument.ts';
import { closeLog, type LogSource, logChanged, openLog } from '../../../server/protocol/logs.ts';
import type { Backend } from '../../backend/backend.ts';
import type { Log } from '../log.ts';
import { readSetting } from '../readSetting.ts';
import { isLogDocument } from './isLogDocument.ts';

/** A document that is edited is read again this long after the last key. Milliseconds. */
const EDIT_DELAY_MS = 500;
/** A log that is written to all the time is drawn again no more often. Milliseconds. */
const GROW_DELAY_MS = 1_000;

interface Entry {
  readonly document: vscode.TextDocument;
  /** Of the backend; undefined: it could not be opened, which the log tells. */
  opened: Promise<string | undefined>;
  /** `opened` is settled. */
  settled: boolean;
  outline: Promise<LogOutline | undefined> | undefined;
  timer: NodeJS.Timeout | undefined;
}

/**
 * The logs of the documents that the editor shows, as the backend has read them. A local file that is not edited is read
 * from the disk and followed; any other text (remote, virtual, unsaved) is sent.
 */
export class DocumentLogs implements vscode.Disposable {
  readonly #backend: Pick<Backend, 'request' | 'onNotification' | 'onDidChangeState' | 'state'>;
  readonly #log: Log;
  readonly #entries = new Map<string, Entry>();
  readonly #changed = new vscode.EventEmitter<vscode.TextDocument>();
  readonly #subscriptions: vscode.Disposable;

  /** What is known of a document changed. */
  readonly onDidChange = this.#changed.event;

  constructor(backend: Pick<Backend, 'request' | 'onNotification' | 'onDidChangeState' | 'state'>, log: Log) {
    this.#backend = backend;
    this.#log = log;
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      vscode.workspace.onDidCloseTextDocument((document) => this.#close(document)),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.#readAgain(document, EDIT_DELAY_MS);
      }),
      backend.onNotification(logChanged, ({ log: changed }) => void this.#grown(changed)),
      // A new backend knows nothing of what the old one had open.
      backend.onDidChangeState(({ phase }) => {
        if (phase !== 'running') return;
        // What still waits for an answer waits for this very backend.
        for (const { document, settled } of [...this.#entries.values()]) if (settled) this.#readAgain(document, 0);
      }),
    );
  }

  dispose(): void {
    for (const { document } of [...this.#entries.values()]) this.#close(document);
    this.#subscriptions.dispose();
  }

  /** The backend's name for the log of a document; undefined when it is none, or cannot be read. */
  async logOf(document: vscode.TextDocument): Promise<string | undefined> {
    return this.#entry(document)?.opened;
  }

  /** What is drawn around a document's text. */
  async outlineOf(document: vscode.TextDocument): Promise<LogOutline | undefined> {
    const entry = this.#entry(document);
    if (!entry) return undefined;
    entry.outline ??= entry.opened.then((log) =>
      log === undefined ? undefined : this.#orNothing(this.#backend.request(getLogOutline, { log })),
    );
    return entry.outline;
  }

  /** Where the backend finds a document. */
  sourceOf(document: vscode.TextDocument): LogSource {
    return document.uri.scheme === 'file' && !document.isDirty
      ? { kind: 'file', path: document.uri.fsPath }
      : { kind: 'text', name: document.uri.path, text: document.getText() };
  }

  #entry(document: vscode.TextDocument): Entry | undefined {
    if (
      !readSetting('tektra.logs.inEditor') ||
      !isLogDocument(document) ||
      !vscode.workspace.isTrusted ||
      this.#backend.state.phase === 'failed'
    )
      return undefined;
    const key = document.uri.toString();
    const known = this.#entries.get(key);
    if (known) return known;
    const opened = Promise.resolve(undefined);
    const entry: Entry = { document, opened, settled: true, outline: undefined, timer: undefined };
    this.#entries.set(key, entry);
    this.#read(entry);
    return entry;
  }

  #read(entry: Entry): void {
    const opened = this.#open(entry.document);
    entry.opened = opened;
    entry.settled = false;
    entry.outline = undefined;
    void opened.then(() => {
      if (entry.opened === opened) entry.settled = true;
    });
  }

  async #open(document: vscode.TextDocument): Promise<string | undefined> {
    const source = this.sourceOf(document);
    const opened = await this.#orNothing(
      this.#backend.request(openLog, { sources: [source], follow: source.kind === 'file' }),
    );
    return opened?.log;
  }

  #close(document: vscode.TextDocument): void {
    const entry = this.#entries.get(document.uri.toString());
    if (!entry) return;
    this.#entries.delete(document.uri.toString());
    clearTimeout(entry.timer);
    void this.#forget(entry.opened);
  }

  #readAgain(document: vscode.TextDocument, delayMs: number): void {
    const entry = this.#entries.get(document.uri.toString());
    if (!entry) return;
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => {
      entry.timer = undefined;
      const before = entry.opened;
      this.#read(entry);
      void this.#forget(before);
      this.#changed.fire(document);
    }, delayMs);
  }

  async #forget(opened: Promise<string | undefined>): Promise<void> {
    const log = await opened;
    if (log !== undefined && this.#backend.state.phase === 'running')
      await this.#orNothing(this.#backend.request(closeLog, { log }));
  }

  async #grown(log: string): Promise<void> {
    for (const entry of this.#entries.values()) {
      if ((await entry.opened) !== log || entry.timer !== undefined) continue;
      entry.timer = setTimeout(() => {
        entry.timer = undefined;
        entry.outline = undefined;
        this.#changed.fire(entry.document);
      }, GROW_DELAY_MS);
    }
  }

  /** What decorates a text must not interrupt its reader: a failure is logged, and nothing is drawn. */
  async #orNothing<T>(request: Promise<T>): Promise<T | undefined> {
    try {
      return await request;
    } catch (thrown) {
      this.#log.info(`A log document was not read: ${fromResponseError(thrown).message}`);
      return undefined;
    }
  }
}
