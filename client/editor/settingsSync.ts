import * as vscode from 'vscode';
import { setSettings } from '../../server/protocol/settings.ts';
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
      .request(setSettings, { diagnosis })
      .catch((error: unknown) => this.#log.warn(`The backend did not take the settings: ${String(error)}`));
  }
}
