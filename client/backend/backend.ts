import { type CancellationToken, type Disposable, Emitter } from 'vscode-jsonrpc';
import type * as z from 'zod';
import type { NotificationMessage, RequestMessage } from '../../server/protocol/defineMessage.ts';
import type { DiagnosisProgress } from '../../server/protocol/diagnosis.ts';
import { TektraError } from '../../server/protocol/errors.ts';
import type { BackendState } from '../../server/protocol/health.ts';
import type { StatePaths } from '../../server/protocol/statePaths.ts';
import type { Log } from '../editor/log.ts';
import { attachBackend } from './attachBackend.ts';
import { connectBackend } from './connectBackend.ts';
import { CrashBudget } from './crashBudget.ts';
import { endProcess } from './endProcess.ts';
import { type Environment, findStatePaths, environment as ownEnvironment } from './environment.ts';
import {
  type LanguageConnection,
  type OpenTransport,
  openLanguageConnection,
  type Progress,
} from './languageConnection.ts';
import { launchBackend } from './launchBackend.ts';
import { orCancelled } from './orCancelled.ts';
import { readTail } from './readTail.ts';
import { Supervisor } from './supervisor.ts';

export interface BackendOptions {
  /** Absolute path of the built server/main.mjs. */
  serverModule: string;
  /** The program that runs it: the editor's own executable, or a Node. */
  nodePath: string;
  /** The state folder; default TEKTRA_HOME, else ~/.tektra. */
  home?: string;
  clientName: string;
  clientVersion: string;
  /** Speaks LSP over the socket of each connection. */
  openTransport: OpenTransport;
  /** The process of the editor that owns this one; the backend lingers only while it lives. */
  editorPid?: number;
  log: Log;
  /** What the backend's process inherits; default this process's own. */
  environment?: Environment;
}

/** A backend that was told to end gets this long before it is killed. Milliseconds. */
const END_MS = 2_000;
const LOG_TAIL_BYTES = 64 << 10;
const ERROR_TAIL_BYTES = 8 << 10;

/**
 * The user's one backend, as this window sees it: started when first needed (unless another window's runs), kept alive,
 * asked, told goodbye. Subscriptions outlive its crashes.
 */
export class Backend {
  readonly #options: BackendOptions;
  readonly #paths: StatePaths;
  readonly #budget = new CrashBudget(() => performance.now(), Math.random);
  readonly #supervisor: Supervisor;
  readonly #progress = new Emitter<Progress>();
  readonly #notifications = new Emitter<{ method: string; params: unknown }>();
  #restarting: Promise<void> | undefined;
  #disposed = false;

  readonly onDidChangeState: (listener: (state: BackendState) => void) => Disposable;

  constructor(options: BackendOptions) {
    this.#options = options;
    const environment = options.environment ?? ownEnvironment;
    const paths = findStatePaths(options.home, environment);
    this.#paths = paths;
    const launch = () => launchBackend({ ...options, paths, environment });
    const attach = (signal: AbortSignal) => attachBackend({ connect: () => this.#connect(), launch }, signal);
    this.#supervisor = new Supervisor(attach, this.#budget, options.log);
    this.onDidChangeState = this.#supervisor.onDidChangeState;
  }

  get state(): BackendState {
    return this.#supervisor.state;
  }

  /**
   * Connects to the running backend or starts one; resolves when it is usable. Calls at the same time share one start.
   * @throws TektraError backend.unavailable with the cause and the next step, protocol.mismatch
   */
  async start(): Promise<void> {
    await this.#ready();
  }

  /**
   * Asks the backend, and starts it first when it does not run.
   * @throws TektraError what the backend answered; request.cancelled; backend.unavailable when it died meanwhile (`retryable`)
   * or cannot be started; protocol.mismatch when the answer has not the message's shape
   */
  async request<P extends z.ZodType, R extends z.ZodType>(
    message: RequestMessage<P, R>,
    params: z.input<P>,
    token?: CancellationToken,
  ): Promise<z.output<R>> {
    const connection = this.#restarting ? undefined : this.#supervisor.connection;
    const usable = connection ?? (await orCancelled(this.#ready(), token));
    const result = message.result.safeParse(await usable.request(message.method, params, token));
    if (result.success) return result.data;
    throw new TektraError('protocol.mismatch', `The backend's answer to ${message.method} has an unknown form.`, {
      cause: result.error,
      action: 'Reload every window after an update of Tektra.',
    });
  }

  /** Hears the progress that is reported under this token, of any backend of this window. */
  onProgress(token: string | number, listener: (step: DiagnosisProgress) => void): Disposable {
    return this.#progress.event((told) => {
      if (told.token === token) listener(told.value as DiagnosisProgress);
    });
  }

  /** Hears a notification; one that has not the message's shape is logged and dropped. */
  onNotification<P extends z.ZodType>(
    message: NotificationMessage<P>,
    listener: (params: z.output<P>) => void,
  ): Disposable {
    return this.#notifications.event(({ method, params }) => {
      if (method !== message.method) return;
      const checked = message.params.safeParse(params);
      if (checked.success) listener(checked.data);
      else this.#options.log.warn(`A notification ${method} of an unknown form was dropped: ${checked.error.message}`);
    });
  }

  /**
   * Ends the backend's process, also when it hangs or another window started it, and starts anew with a fresh crash budget.
   * @throws as {@link start}; backend.unavailable when the old process cannot be ended
   */
  restart(): Promise<void> {
    this.#restarting ??= this.#endProcess()
      .catch((error: unknown) => Promise.reject(this.#supervisor.giveUp(error)))
      .finally(() => {
        this.#restarting = undefined;
      });
    return this.#restarting.then(() => this.start());
  }

  /** The end of the backend's log and of what it wrote to standard error; works when it is dead. @throws when unreadable */
  async tailLog(): Promise<string> {
    const log = await readTail(this.#paths.log, LOG_TAIL_BYTES);
    const errors = await readTail(this.#paths.errorOutput, ERROR_TAIL_BYTES);
    return errors === '' ? log : `${log}\n--- standard error ---\n${errors}`;
  }

  /** Says goodbye; the backend stays a while for the next window. Never rejects. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    const attached = await this.#supervisor.stop('stopped');
    await attached?.connection.goodbye();
    attached?.launched?.release();
    this.#progress.dispose();
    this.#notifications.dispose();
  }

  async #ready(): Promise<LanguageConnection> {
    // A restart that failed is told to who asked for it; who only waits tries a start of their own.
    await this.#restarting?.catch(() => undefined);
    if (this.#disposed) throw new TektraError('backend.unavailable', "Tektra's backend was closed with its window.");
    return this.#supervisor.ready();
  }

  async #endProcess(): Promise<void> {
    const attached = await this.#supervisor.stop('starting');
    await attached?.connection.goodbye();
    const pid = attached?.connection.server.pid ?? (await this.#listenerPid());
    if (pid !== undefined && !(await endProcess(pid, END_MS)))
      throw new TektraError('backend.unavailable', `The old backend (process ${pid}) does not end.`, {
        action: `End process ${pid} by hand, then run "Tektra: Restart Backend".`,
      });
    attached?.launched?.release();
    this.#budget.reset();
  }

  /** The backend that listens and that this window could not attach to. A lock file alone proves nothing: its pid may be another's by now. */
  async #listenerPid(): Promise<number | undefined> {
    const found = await connectBackend(this.#paths);
    found?.socket.on('error', () => undefined).destroy();
    return found?.lock.pid;
  }

  async #connect(): Promise<LanguageConnection | undefined> {
    const { clientName, clientVersion, editorPid, openTransport, log } = this.#options;
    const found = await connectBackend(this.#paths);
    if (!found) return undefined;
    const owner = editorPid === undefined ? {} : { editorPid };
    const client = { name: clientName, version: clientVersion, pid: process.pid, ...owner };
    const listener = {
      progress: (told: Progress) => this.#progress.fire(told),
      notification: (method: string, params: unknown) => this.#notifications.fire({ method, params }),
    };
    return openLanguageConnection(found, openTransport, client, listener, log);
  }
}
