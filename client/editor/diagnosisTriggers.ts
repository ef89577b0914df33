import * as vscode from 'vscode';
import { decidesStart } from './decidesStart.ts';
import { readSetting } from './readSetting.ts';
import type { WorkspaceDiagnosis } from './workspaceDiagnosis.ts';
import type { LocalFolder, WorkspaceFolders } from './workspaceFolders.ts';

/** Lets the window finish opening before the first diagnosis starts a process; it counts from when the rest was loaded. */
const STARTUP_DELAY_MS = 1000;
/** "Save all" writes several files; one run answers them together. */
const SAVE_DELAY_MS = 800;

/** Diagnoses without being asked: after the start, after a decisive save, and while a problem is shown. Never untrusted. */
export class DiagnosisTriggers implements vscode.Disposable {
  readonly #folders: WorkspaceFolders;
  readonly #diagnosis: WorkspaceDiagnosis;
  readonly #subscriptions: vscode.Disposable;
  readonly #saves = new Map<string, NodeJS.Timeout>();
  #startup: NodeJS.Timeout | undefined;
  #interval: NodeJS.Timeout | undefined;
  /** When a run of ours last ended, well or not: a backend that does not answer must not be asked in a tight loop. */
  #lastRunAt = 0;

  constructor(folders: WorkspaceFolders, diagnosis: WorkspaceDiagnosis) {
    this.#folders = folders;
    this.#diagnosis = diagnosis;
    this.#subscriptions = vscode.Disposable.from(
      folders.onDidChange(() => this.#scheduleStartup()),
      vscode.workspace.onDidSaveTextDocument((document) => this.#onSave(document)),
      vscode.window.onDidChangeWindowState(({ focused }) => focused && this.#scheduleInterval()),
      diagnosis.onDidChange(() => this.#scheduleInterval()),
    );
    this.#scheduleStartup();
  }

  dispose(): void {
    clearTimeout(this.#startup);
    clearTimeout(this.#interval);
    for (const timer of this.#saves.values()) clearTimeout(timer);
    this.#subscriptions.dispose();
  }

  #scheduleStartup(): void {
    clearTimeout(this.#startup);
    if (!readSetting('tektra.diagnosis.onStartup')) return;
    this.#startup = setTimeout(() => {
      const fresh = this.#folders.list().filter(({ path }) => !this.#diagnosis.of(path).report);
      void this.#runAll(fresh);
    }, STARTUP_DELAY_MS);
  }

  #onSave(document: vscode.TextDocument): void {
    const folder = this.#folders.folderOf(document.uri);
    if (!folder || !decidesStart(document.uri.fsPath) || !readSetting('tektra.diagnosis.onSave')) return;
    clearTimeout(this.#saves.get(folder.path));
    this.#saves.set(
      folder.path,
      setTimeout(async () => {
        this.#saves.delete(folder.path);
        // A run that began before the save has read the old file.
        await this.#diagnosis.settled(folder.path);
        await this.#runAll([folder]);
      }, SAVE_DELAY_MS),
    );
  }

  #scheduleInterval(): void {
    clearTimeout(this.#interval);
    const seconds = readSetting('tektra.diagnosis.intervalSeconds');
    const broken = this.#folders.list().filter(({ path }) => this.#diagnosis.of(path).report?.findings.length);
    if (seconds <= 0 || broken.length === 0 || !vscode.window.state.focused) return;
    const reports = broken.map(({ path }) => Date.parse(this.#diagnosis.of(path).report?.startedAt ?? '') || 0);
    const wait = Math.max(1, Math.max(this.#lastRunAt, ...reports) + seconds * 1000 - Date.now());
    this.#interval = setTimeout(() => void this.#runAll(broken), wait);
  }

  /** One after the other: nobody waits, and the machine is the user's. */
  async #runAll(folders: readonly LocalFolder[]): Promise<void> {
    for (const folder of folders) {
      if (!this.#folders.trusted) return;
      await this.#diagnosis.run(folder.path, { background: true });
      this.#lastRunAt = Date.now();
    }
    this.#scheduleInterval();
  }
}
