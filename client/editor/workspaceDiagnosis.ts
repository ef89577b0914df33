import { realpathSync } from 'node:fs';
import { CancellationTokenSource, Emitter } from 'vscode-jsonrpc';
import {
  type DiagnosisProgress,
  type DiagnosisQuestion,
  type DiagnosisReport,
  diagnosisChanged,
  getDiagnosis,
  runDiagnosis,
  skipDiagnosis,
} from '../../server/protocol/diagnosis.ts';
import { fromResponseError, type TektraError } from '../../server/protocol/errors.ts';
import type { Backend } from '../backend/backend.ts';
import type { Log } from './log.ts';

/** What this window knows of one folder. It outlives the backend: the last verdict stays readable while that restarts. */
export interface FolderDiagnosis {
  readonly report?: DiagnosisReport;
  /** A run that goes on. `background`: nobody asked for it, so it announces itself quietly. */
  readonly running?: DiagnosisProgress & { background: boolean };
  /** Why the last run failed, for a person. Absent after a success or a cancellation. */
  readonly error?: { message: string; action?: string };
}

export interface RunOptions {
  background: boolean;
  /** Default: what the folder's last report was asked. */
  question?: DiagnosisQuestion | undefined;
}

interface ActiveRun {
  readonly token: string;
  readonly question: DiagnosisQuestion;
  readonly cancellation: CancellationTokenSource;
  readonly finished: Promise<void>;
  /** Another question was asked meanwhile: a run for that one follows at once. */
  superseded: boolean;
}

type DiagnosisBackend = Pick<Backend, 'state' | 'request' | 'onProgress' | 'onNotification'>;

/** Runs diagnoses for this window and keeps each folder's last answer. */
export class WorkspaceDiagnosis {
  readonly #backend: DiagnosisBackend;
  readonly #log: Log;
  readonly #changed = new Emitter<void>();
  readonly #folders = new Map<string, FolderDiagnosis>();
  readonly #runs = new Map<string, ActiveRun>();
  readonly #loading = new Map<string, Promise<void>>();
  readonly #subscription: { dispose(): void };
  #nextToken = 1;

  /** The state of some folder changed. */
  readonly onDidChange = this.#changed.event;

  constructor(backend: DiagnosisBackend, log: Log) {
    this.#backend = backend;
    this.#log = log;
    this.#subscription = backend.onNotification(diagnosisChanged, (report) => {
      // Reports carry the real path; a window may have opened the folder through a link.
      for (const folder of this.#folders.keys()) {
        if (folder === report.workspace || realPath(folder) === report.workspace) this.#update(folder, { report });
      }
    });
  }

  of(folder: string): FolderDiagnosis {
    return this.#folders.get(folder) ?? {};
  }

  /** Resolves when no run of this folder goes on. */
  async settled(folder: string): Promise<void> {
    await this.#runs.get(folder)?.finished;
  }

  /**
   * Diagnoses a folder; joins the run that goes on, if there is one, unless that was asked something else: then it is replaced.
   * Never rejects: a failure becomes the folder's `error`. A backend that gave up is tried again only when the user asks for it, not for a run in the background.
   */
  run(folder: string, options: RunOptions): Promise<void> {
    const active = this.#runs.get(folder);
    if (active && options.question && !isSame(options.question, active.question)) {
      active.superseded = true;
      active.cancellation.cancel();
      return active.finished.then(() => this.run(folder, options));
    }
    if (active) {
      const { running } = this.of(folder);
      if (running?.background && !options.background)
        this.#update(folder, { running: { ...running, background: false } });
      return active.finished;
    }
    if (options.background && this.#backend.state.phase === 'failed') return Promise.resolve();
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
    const run: ActiveRun = {
      token: `tektra-${process.pid}-${this.#nextToken++}`,
      question: options.question ?? lastQuestion(this.of(folder).report),
      cancellation: new CancellationTokenSource(),
      finished,
      superseded: false,
    };
    this.#runs.set(folder, run);
    void this.#run(folder, options.background, run).finally(() => {
      this.#runs.delete(folder);
      run.cancellation.dispose();
      this.#changed.fire();
      finish();
    });
    return finished;
  }

  /** Asks the backend for the folder's last report, unless this window already has one. Never rejects. */
  load(folder: string): Promise<void> {
    if (this.of(folder).report || this.#runs.has(folder) || this.#backend.state.phase === 'failed')
      return Promise.resolve();
    const loading = this.#loading.get(folder) ?? this.#load(folder).finally(() => this.#loading.delete(folder));
    this.#loading.set(folder, loading);
    return loading;
  }

  /** Cancels the run of one folder, or all runs. */
  stop(folder?: string): void {
    for (const [path, run] of this.#runs) if (folder === undefined || path === folder) run.cancellation.cancel();
  }

  /** Gives up one check of the run of this folder. Never rejects. */
  async skip(folder: string, check: string): Promise<void> {
    const run = this.#runs.get(folder);
    if (!run) return;
    try {
      await this.#backend.request(skipDiagnosis, { progressToken: run.token, check });
    } catch (thrown) {
      // The run shows what became of the check, and of the backend.
      this.#log.warn(`${check} was not skipped: ${fromResponseError(thrown).message}`);
    }
  }

  dispose(): void {
    this.stop();
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  async #run(folder: string, background: boolean, run: ActiveRun): Promise<void> {
    const { token, question, cancellation } = run;
    const progress = this.#backend.onProgress(token, (step) => {
      const quiet = this.of(folder).running?.background ?? background;
      this.#update(folder, { running: { ...step, background: quiet } });
    });
    const starting = { done: 0, total: 0, label: 'Starting' };
    this.#update(folder, { running: { ...starting, background } });
    const request = { workspace: folder, progressToken: token, ...question };
    try {
      const report = await this.#backend.request(runDiagnosis, request, cancellation.token);
      progress.dispose();
      this.#update(folder, { report, error: undefined, running: undefined });
    } catch (thrown) {
      progress.dispose();
      const error = fromResponseError(thrown);
      const next = run.superseded ? { ...starting, background: false } : undefined;
      this.#update(folder, { error: describe(error), running: next });
      if (error.code !== 'request.cancelled') this.#log.error(`Diagnosis of ${folder} failed: ${error.message}`);
    }
  }

  async #load(folder: string): Promise<void> {
    try {
      const report = await this.#backend.request(getDiagnosis, { workspace: folder });
      if (report && !this.of(folder).report) this.#update(folder, { report });
    } catch (thrown) {
      // Nobody asked to see it: the view shows the backend's own state, which tells the reason.
      this.#log.warn(`No last report of ${folder}: ${fromResponseError(thrown).message}`);
    }
  }

  #update(folder: string, change: { [K in keyof FolderDiagnosis]: FolderDiagnosis[K] | undefined }): void {
    const merged = { ...this.#folders.get(folder), ...change };
    const present = Object.entries(merged).filter(([, value]) => value !== undefined);
    this.#folders.set(folder, Object.fromEntries(present));
    this.#changed.fire();
  }
}

function lastQuestion(report: DiagnosisReport | undefined): DiagnosisQuestion {
  const { about, symptom } = report?.asked ?? {};
  return { ...(about === undefined ? {} : { about }), ...(symptom === undefined ? {} : { symptom }) };
}

function isSame(one: DiagnosisQuestion, other: DiagnosisQuestion): boolean {
  return one.about === other.about && one.symptom === other.symptom;
}

/** What the view shows of a failed run; a cancelled one is no failure. */
function describe(error: TektraError): FolderDiagnosis['error'] | undefined {
  if (error.code === 'request.cancelled') return undefined;
  const message =
    error.audience === 'user' ? error.message : 'Tektra ran into an internal problem; its log tells more.';
  return error.action === undefined ? { message } : { message, action: error.action };
}

function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    // Gone meanwhile: no report of it comes any more.
    return folder;
  }
}
