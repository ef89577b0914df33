import * as vscode from 'vscode';
import { containerDied, watchContainers } from '../../server/protocol/containers.ts';
import type { Backend } from '../backend/backend.ts';
import type { Log } from './log.ts';
import { hasFailed, isOfferWorthy } from './offerWorthy.ts';
import { readSetting } from './readSetting.ts';
import type { WorkspaceDiagnosis } from './workspaceDiagnosis.ts';
import type { LocalFolder, WorkspaceFolders } from './workspaceFolders.ts';

/** Two offers closer together are one trouble. */
const PAUSE_MS = 30_000;
const NEVER_KEY = 'tektra.earlyContact.never';

export interface EarlyContactParts {
  backend: Pick<Backend, 'state' | 'request' | 'onNotification' | 'onDidChangeState'>;
  folders: WorkspaceFolders;
  diagnosis: Pick<WorkspaceDiagnosis, 'of'>;
  /** Diagnoses the folder and shows the verdict. */
  diagnose: (folder: LocalFolder) => void;
  memory: vscode.Memento;
  log: Log;
}

/**
 * Offers a diagnosis when something that was started in this window fails: a task, a command of a terminal, a compose
 * service. Once for each of them, until it has worked again; one offer at a time; never for what the user said no to.
 */
export class EarlyContact implements vscode.Disposable {
  readonly #parts: EarlyContactParts;
  readonly #subscriptions: vscode.Disposable;
  /** What failed and was offered, and has not worked since. */
  readonly #offered = new Set<string>();
  #open = false;
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(parts: EarlyContactParts) {
    this.#parts = parts;
    const { backend, folders } = parts;
    this.#subscriptions = vscode.Disposable.from(
      vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => this.#onTask(execution.task, exitCode)),
      vscode.window.onDidEndTerminalShellExecution((event) => this.#onCommand(event)),
      backend.onNotification(containerDied, ({ workspace, service, exitCode }) => {
        const folder = folders.list().find(({ path }) => path === workspace);
        if (folder)
          this.#offer(
            folder,
            `container ${service}`,
            `The compose service "${service}" ended (exit code ${exitCode}).`,
          );
      }),
      backend.onDidChangeState(() => this.#watch()),
      folders.onDidChange(() => this.#watch()),
    );
    this.#watch();
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  /** Asks for news of containers only while the backend runs anyway. */
  #watch(): void {
    const { backend, folders, log } = this.#parts;
    if (backend.state.phase !== 'running') return;
    const workspaces = folders.trusted && this.#isOn() ? folders.list().map(({ path }) => path) : [];
    backend
      .request(watchContainers, { workspaces })
      .catch((error: unknown) => log.warn(`Containers are not watched: ${String(error)}`));
  }

  #onTask(task: vscode.Task, exitCode: number | undefined): void {
    const group = task.group?.id;
    // Tests, builds and linters end with an error as their result; the Problems view is theirs.
    if (group === vscode.TaskGroup.Test.id || group === vscode.TaskGroup.Build.id) return;
    if (!isOfferWorthy(`run ${task.name.replace(/^npm: /, '')}`)) return;
    const folder = this.#folderOfTask(task);
    if (!folder) return;
    const key = `task ${task.source}: ${task.name}`;
    if (hasFailed(exitCode)) this.#offer(folder, key, `The task "${task.name}" ended with exit code ${exitCode}.`);
    else if (exitCode === 0) this.#offered.delete(keyIn(folder, key));
  }

  #folderOfTask(task: vscode.Task): LocalFolder | undefined {
    const { folders } = this.#parts;
    const { scope } = task;
    return typeof scope === 'object' ? folders.folderOf(scope.uri) : folders.list()[0];
  }

  #onCommand({ execution, exitCode, shellIntegration }: vscode.TerminalShellExecutionEndEvent): void {
    const line = execution.commandLine.value.trim();
    const place = execution.cwd ?? shellIntegration.cwd;
    const folder = place ? this.#parts.folders.folderOf(place) : this.#parts.folders.list()[0];
    if (!folder || line === '' || !isOfferWorthy(line)) return;
    const key = `command ${line}`;
    const shown = line.length > 60 ? `${line.slice(0, 59)}…` : line;
    if (hasFailed(exitCode)) this.#offer(folder, key, `"${shown}" ended with exit code ${exitCode}.`);
    else if (exitCode === 0) this.#offered.delete(keyIn(folder, key));
  }

  #isOn(): boolean {
    return readSetting('tektra.earlyContact.enabled');
  }

  #offer(folder: LocalFolder, what: string, text: string): void {
    const { folders, diagnosis, diagnose, memory, log } = this.#parts;
    const key = keyIn(folder, what);
    if (!this.#isOn() || !folders.trusted || this.#offered.has(key)) return;
    if (memory.get<string[]>(NEVER_KEY, []).includes(key)) return;
    const now = performance.now();
    // A run that goes on will show it; a second offer beside an open one would be a nag.
    if (this.#open || now - this.#lastAt < PAUSE_MS || diagnosis.of(folder.path).running) return;
    this.#offered.add(key);
    this.#lastAt = now;
    this.#open = true;
    const never = "Don't Offer for This";
    vscode.window.showInformationMessage(`${text} Find out why?`, 'Diagnose', never).then(
      async (choice) => {
        this.#open = false;
        if (choice === 'Diagnose') diagnose(folder);
        else if (choice === never) await memory.update(NEVER_KEY, [...memory.get<string[]>(NEVER_KEY, []), key]);
      },
      (error: unknown) => {
        this.#open = false;
        log.warn(`The offer to diagnose was not shown: ${String(error)}`);
      },
    );
  }
}

function keyIn(folder: LocalFolder, what: string): string {
  return `${folder.path} ${what}`;
}
