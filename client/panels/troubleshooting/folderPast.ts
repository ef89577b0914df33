import { Emitter } from 'vscode-jsonrpc';
import type { DiagnosisReport } from '../../../server/protocol/diagnosis.ts';
import { type AppliedFix, listFixes } from '../../../server/protocol/fix.ts';
import { getHistory, type HistoryEntry, listHistory } from '../../../server/protocol/history.ts';
import type { Backend } from '../../backend/backend.ts';
import type { Log } from '../../editor/log.ts';

/** What the view knows of a folder's past. */
export interface Past {
  readonly applied?: readonly AppliedFix[];
  readonly history?: readonly HistoryEntry[];
  /** A report of the past that is shown now. */
  readonly past?: DiagnosisReport;
}

/** Past diagnoses and applied fixes of the window's folders, as far as the view asked for them. */
export class FolderPast {
  readonly #backend: Pick<Backend, 'state' | 'request'>;
  readonly #log: Log;
  readonly #folders = new Map<string, Past>();
  readonly #changed = new Emitter<void>();

  readonly onDidChange = this.#changed.event;

  constructor(backend: Pick<Backend, 'state' | 'request'>, log: Log) {
    this.#backend = backend;
    this.#log = log;
  }

  of(folder: string): Past {
    return this.#folders.get(folder) ?? {};
  }

  /** Loads the history, and keeps it up to date from now on. @throws TektraError storage.unavailable, backend.unavailable */
  async open(folder: string): Promise<void> {
    const history = await this.#backend.request(listHistory, { workspace: folder });
    this.#update(folder, { history });
  }

  /** Shows the report of one entry; without one, the present again. @throws TektraError history.unknown */
  async show(folder: string, id: number | undefined): Promise<void> {
    if (id === undefined) return this.#update(folder, { past: undefined });
    const past = await this.#backend.request(getHistory, { workspace: folder, id });
    this.#update(folder, { past });
  }

  /** Brings what was asked for up to date: after a diagnosis or a fix. Never rejects; starts no backend. */
  async refresh(folder: string): Promise<void> {
    if (this.#backend.state.phase !== 'running') return;
    try {
      const applied = await this.#backend.request(listFixes, { workspace: folder });
      this.#update(folder, { applied });
      if (this.of(folder).history) await this.open(folder);
    } catch (thrown) {
      // Nobody asked for it just now; the backend's own state tells what is wrong with it.
      this.#log.warn(`The past of ${folder} was not loaded: ${String(thrown)}`);
    }
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #update(folder: string, change: { [K in keyof Past]: Past[K] | undefined }): void {
    const merged = { ...this.#folders.get(folder), ...change };
    this.#folders.set(folder, Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined)));
    this.#changed.fire();
  }
}
