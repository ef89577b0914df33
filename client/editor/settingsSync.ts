import * as vscode from 'vscode';
import { LogFormatSetting, setSettings } from '../../server/protocol/settings.ts';
import type { Backend } from '../backend/backend.ts';
import type { Log } from './log.ts';
import { readSetting } from './readSetting.ts';

/** Tells the backend this window's settings: once it runs, and when they change. Starts nothing. */
export class SettingsSync implements vscode.Disposable {
  readonly #backend: Pick<Backend, 'state' | 'request'>;
  readonly #log: Log;
  readonly #subscriptions: vscode.Disposable;

  constructor(backend: Pick<Backend, 'state' | 'request' | 'onDidChangeState'>, log: Log) {
    this.#backend = backend;
    this.#log = log;
    this.#subscriptions = vscode.Disposable.from(
      backend.onDidChangeState(() => this.#send()),
      vscode.workspace.onDidChangeConfiguration((change) => change.affectsConfiguration('tektra') && this.#send()),
    );
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  #send(): void {
    if (this.#backend.state.phase !== 'running') return;
    const diagnosis = {
      timeoutSeconds: readSetting('tektra.diagnosis.timeoutSeconds'),
      extraLogs: readSetting('tektra.diagnosis.extraLogs'),
    };
    this.#backend
      .request(setSettings, { diagnosis, logs: { formats: this.#formats() } })
      .catch((error: unknown) => this.#log.warn(`The backend did not take the settings: ${String(error)}`));
  }

  /** One that is written wrong must not cost the others: it is left out, and the log says so. */
  #formats(): LogFormatSetting[] {
    return readSetting('tektra.logs.formats').flatMap((value: unknown) => {
      const format = LogFormatSetting.safeParse(value);
      if (format.success) return [format.data];
      this.#log.warn(`tektra.logs.formats holds what is no format, which is left out: ${format.error.message}`);
      return [];
    });
  }
}
